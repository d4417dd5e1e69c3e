// Detection as a table of small stories: what an issue was, what arrived, what was decided.
import { describe, expect, test } from 'vitest'
import {
  type Arrival,
  detect,
  detectSlowBurn,
  fileByHand,
  type IssueState,
} from '../../collector/detect/detect.ts'
import { type Fix, unknownStanding } from '../../collector/detect/fix.ts'
import { forGood } from '../../collector/detect/ignore-end.ts'
import { lineOf } from '../../collector/detect/release-line.ts'
import { defaultRules, detectionSettings, rulesOf as rulesFrom } from '../../collector/detect/rules.ts'

const start = Date.parse('2026-11-24T03:00:00Z')
const minute = 60_000

const fresh: IssueState = {
  status: 'unresolved',
  statusReason: 'First seen.',
  statusAt: new Date(start),
  episode: 0,
  inEpisode: false,
  regressions: 0,
  burstWindow: [],
  closedAt: null,
  resolvedAt: null,
  troubleSince: null,
  fatals: 0,
  fix: null,
  ignoreEnd: forGood,
}

const resolved: IssueState = {
  ...fresh,
  status: 'resolved',
  episode: 1,
  closedAt: new Date(start - 20 * minute),
  resolvedAt: new Date(start - 10 * minute),
}

function arrivalAt(ms: number, more: Partial<Arrival> = {}): Arrival {
  return {
    eventId: 'a'.repeat(32),
    receivedAt: new Date(start + ms),
    occurredAt: new Date(start + ms),
    level: 'error',
    release: null,
    environment: 'production',
    ...more,
  }
}

const fixedIn = (...releases: string[]): Fix => ({
  releases,
  source: null,
  seenIn: [],
  lines: [{ app: 'app', platform: 'java', newest: 'app@4.2.1', isOnly: false }],
  constant: null,
})

/** An arrival whose release is placed among the others. */
function arrivalOf(release: string, more: { next?: string; isOutlier?: boolean } = {}): Arrival {
  const line = lineOf(release, 'java')
  const standing = { ...unknownStanding, line, next: more.next ?? null, isOutlier: more.isOutlier ?? false }
  return arrivalAt(0, { release, standing })
}

const rulesOf = (decision: ReturnType<typeof detect>) => decision.alerts.map((alert) => alert.rule)
const kindsOf = (decision: ReturnType<typeof detect>) => decision.changes.map((change) => change.kind)

describe('a burst', () => {
  test('is three errors within five minutes, and starts one episode', () => {
    const decision = detect(
      fresh,
      [0, 2 * minute, 5 * minute].map((ms) => arrivalAt(ms)),
      defaultRules,
    )
    expect(rulesOf(decision)).toEqual(['burst'])
    expect(decision.state).toMatchObject({ episode: 1, inEpisode: true })
    expect(decision.changes[0]?.reason).toBe('Burst: 3 events within 5 minutes (in 300 s).')
  })

  test('that one relay kept is seen when it is delivered, whatever came through another since', () => {
    const later = [60, 70, 80, 90].map((at) => arrivalAt(at * minute))
    const single = detect(fresh, later, defaultRules)
    expect(single.alerts).toEqual([])
    let state = single.state
    const rules = [0, 1, 2].map((at) => {
      const decision = detect(state, [arrivalAt(at * minute)], defaultRules)
      state = decision.state
      return rulesOf(decision)
    })
    expect(rules).toEqual([[], [], ['burst']])
  })

  test('keeps a bounded number of moments', () => {
    const many = Array.from({ length: 500 }, (_, n) => arrivalAt(n * 3 * minute))
    const { alerts, state } = detect(fresh, many, defaultRules)
    expect(alerts).toEqual([])
    expect(state.burstWindow.length).toBeLessThan(70)
  })

  test('is the same however the events are batched', () => {
    let state = fresh
    const rules: string[] = []
    for (const ms of [0, minute, 2 * minute]) {
      const decision = detect(state, [arrivalAt(ms)], defaultRules)
      state = decision.state
      rules.push(...rulesOf(decision))
    }
    expect(rules).toEqual(['burst'])
  })

  test('is not three errors in five minutes and one millisecond', () => {
    const decision = detect(
      fresh,
      [0, minute, 5 * minute + 1].map((ms) => arrivalAt(ms)),
      defaultRules,
    )
    expect(rulesOf(decision)).toEqual([])
    expect(decision.state.inEpisode).toBe(false)
  })

  test('slides: the newest three count, not the first three', () => {
    const moments = [0, 6 * minute, 7 * minute, 8 * minute]
    expect(
      rulesOf(
        detect(
          fresh,
          moments.map((ms) => arrivalAt(ms)),
          defaultRules,
        ),
      ),
    ).toEqual(['burst'])
  })

  test('is not made by warnings', () => {
    const warnings = [0, 1, 2].map((ms) => arrivalAt(ms, { level: 'warning' }))
    expect(rulesOf(detect(fresh, warnings, defaultRules))).toEqual([])
  })

  test('is not made by what a phone kept for more than an hour', () => {
    const late = [0, 1, 2].map((ms) => arrivalAt(ms, { occurredAt: new Date(start - 61 * minute) }))
    expect(rulesOf(detect(fresh, late, defaultRules))).toEqual([])
  })

  test('files once an episode, whatever comes after', () => {
    const many = Array.from({ length: 50 }, (_, i) => arrivalAt(i * 1_000, i > 10 ? { level: 'fatal' } : {}))
    expect(rulesOf(detect(fresh, many, defaultRules))).toEqual(['burst'])
  })
})

describe('a fatal', () => {
  test('is enough by itself, also when it was delivered days late', () => {
    const late = arrivalAt(0, { level: 'fatal', occurredAt: new Date(start - 3 * 86_400_000) })
    const decision = detect(fresh, [late], defaultRules)
    expect(rulesOf(decision)).toEqual(['fatal'])
    expect(kindsOf(decision)).toEqual(['detected'])
  })

  test('waits for as many as the project says', () => {
    const two = rulesFrom(detectionSettings.parse({ fatal: { events: 2 } }))
    const first = detect(fresh, [arrivalAt(0, { level: 'fatal' })], two)
    expect(first.alerts).toEqual([])
    expect(rulesOf(detect(first.state, [arrivalAt(1e9, { level: 'fatal' })], two))).toEqual(['fatal'])
  })

  test('files nothing in an ignored issue', () => {
    const decision = detect({ ...fresh, status: 'ignored' }, [arrivalAt(0, { level: 'fatal' })], defaultRules)
    expect(decision.alerts).toEqual([])
    expect(decision.state.status).toBe('ignored')
  })
})

describe('a resolved issue', () => {
  test('regresses with the first event that came after, as a new episode', () => {
    const decision = detect(resolved, [arrivalAt(0), arrivalAt(1)], defaultRules)
    expect(rulesOf(decision)).toEqual(['regression'])
    expect(kindsOf(decision)).toEqual(['regressed'])
    expect(decision.state).toMatchObject({
      status: 'unresolved',
      episode: 2,
      inEpisode: true,
      regressions: 1,
    })
  })

  test('does not regress by an event that happened before the close', () => {
    const old = arrivalAt(0, { occurredAt: new Date(start - 30 * minute) })
    expect(detect(resolved, [old], defaultRules)).toMatchObject({
      state: { status: 'resolved' },
      alerts: [],
      changes: [],
    })
  })

  test('does not regress by an older release than the one with the fix', () => {
    const fixed = { ...resolved, fix: fixedIn('app@4.2.2') }
    expect(detect(fixed, [arrivalOf('app@4.2.1+900')], defaultRules).state.status).toBe('resolved')
  })

  test('regresses by the release with the fix, also months later', () => {
    const long = new Date(start - 90 * 86_400_000)
    const fixed = { ...resolved, fix: fixedIn('app@4.2.2'), resolvedAt: long }
    expect(rulesOf(detect(fixed, [arrivalOf('app@4.2.2')], defaultRules))).toEqual(['regression'])
  })

  test('waits for the next release where none was named, and older ones only count', () => {
    const fixed = { ...resolved, fix: fixedIn() }
    const seen = (release: string, next?: string) =>
      detect(fixed, [arrivalOf(release, next ? { next } : {})], defaultRules).state.status
    expect(seen('app@4.2.1')).toBe('resolved')
    expect(seen('app@4.2.1', 'app@4.3.0')).toBe('resolved')
    // A hotfix of the old branch that is seen after the next release has what the old branch has.
    expect(seen('app@4.2.2', 'app@4.3.0')).toBe('resolved')
    expect(seen('app@4.3.0', 'app@4.3.0')).toBe('unresolved')
    expect(seen('app@4.3.1', 'app@4.3.0')).toBe('unresolved')
  })

  test('does not regress by an outlier that few users have', () => {
    const fixed = { ...resolved, fix: fixedIn('app@4.2.2') }
    const outlier = arrivalOf('app@999.9.9', { isOutlier: true })
    expect(detect(fixed, [outlier], defaultRules).state.status).toBe('resolved')
    expect(detect(fixed, [arrivalOf('app@999.9.9')], defaultRules).state.status).toBe('unresolved')
  })

  test('takes one string that is always sent for a constant, but not the first commit hash or store build', () => {
    const seen = (release: string) => {
      const line = lineOf(release, 'java')
      const lines = line ? [{ ...line, newest: release, isOnly: true }] : []
      const fix = { ...fixedIn(), lines, seenIn: [release], constant: release }
      const standing = { ...unknownStanding, line, isOnly: true, wasAffected: true }
      return detect({ ...resolved, fix }, [arrivalAt(0, { release, standing })], defaultRules).state.status
    }
    expect(['1.0.0', 'app@1.0.0', 'main'].map(seen)).toEqual(['unresolved', 'unresolved', 'unresolved'])
    const telling = ['f43fde0fa0e8', 'web@f43fde0', '5f0c3b1e'.repeat(5), 'app@1.0.0+17']
    expect(telling.map(seen)).toEqual(telling.map(() => 'resolved'))
  })

  test('escalates with the second regression, or the one that the project says', () => {
    const once = { ...resolved, regressions: 1, episode: 2 }
    const decision = detect(once, [arrivalAt(0)], defaultRules)
    expect(rulesOf(decision)).toEqual(['escalation'])
    expect(kindsOf(decision)).toEqual(['regressed', 'escalated'])
    expect(decision.state).toMatchObject({ regressions: 2, episode: 3, inEpisode: true })
    const third = rulesFrom(detectionSettings.parse({ escalation: { regressions: 3 } }))
    expect(rulesOf(detect(once, [arrivalAt(0)], third))).toEqual(['regression'])
  })

  test('only reopens where regressions are switched off', () => {
    const off = rulesFrom(detectionSettings.parse({ regression: { on: false } }))
    const decision = detect(resolved, [arrivalAt(0)], off)
    expect(kindsOf(decision)).toEqual(['reopened_late'])
    expect(decision.alerts).toEqual([])
  })

  test('is reopened, not regressed, when it recurs after the grace window with no release that tells', () => {
    const long = { ...resolved, resolvedAt: new Date(start - 25 * 3_600_000) }
    const decision = detect(long, [arrivalAt(0)], defaultRules)
    expect(kindsOf(decision)).toEqual(['reopened_late'])
    expect(decision.state).toMatchObject({ status: 'unresolved', inEpisode: false, regressions: 0 })
    const fatal = detect(long, [arrivalAt(0, { level: 'fatal' })], defaultRules)
    expect(rulesOf(fatal)).toEqual(['fatal'])
    expect(kindsOf(fatal)).toEqual(['reopened_late', 'detected'])
  })
})

describe('the quiet period', () => {
  const resolving: IssueState = {
    ...fresh,
    status: 'resolving',
    episode: 1,
    inEpisode: true,
    closedAt: new Date(start),
  }

  test('is broken by an event after the close, within the same episode', () => {
    const decision = detect(resolving, [arrivalAt(minute)], defaultRules)
    expect(kindsOf(decision)).toEqual(['quiet_broken'])
    expect(decision.state).toMatchObject({ status: 'unresolved', episode: 1, inEpisode: true })
    expect(decision.alerts).toEqual([])
  })

  test('is not broken by an event that happened before the close', () => {
    const late = arrivalAt(minute, { occurredAt: new Date(start - 1) })
    expect(detect(resolving, [late], defaultRules).state.status).toBe('resolving')
  })
})

describe('by hand', () => {
  const byMara = (state: IssueState) =>
    fileByHand(state, new Date(start + minute), { name: 'Mara', actor: 'person:1' }, 'e'.repeat(32))

  test('a person has filed what no rule has, once, and the episode is like any other', () => {
    const { state } = detect(fresh, [arrivalAt(0, { level: 'warning' })], defaultRules)
    const decision = byMara(state)
    expect(decision.alerts).toEqual([{ episode: 1, rule: 'by_hand', facts: { eventId: 'e'.repeat(32) } }])
    expect(decision.changes).toMatchObject([{ kind: 'detected', actor: 'person:1' }])
    expect(decision.state).toMatchObject({ episode: 1, inEpisode: true, troubleSince: null })
    expect(byMara(decision.state).alerts).toEqual([])
  })

  test.each(['resolving', 'resolved', 'ignored', 'merged'] as const)('what is %s is not filed', (status) => {
    expect(byMara({ ...fresh, status })).toMatchObject({ alerts: [], changes: [] })
  })
})

describe('slow burn', () => {
  const hour = 60 * minute
  const burnAt = (state: IssueState, ms: number, users = 1, rules = defaultRules) =>
    detectSlowBurn(state, new Date(start + ms), rules, users, 'e'.repeat(32))

  test('files an error that nothing filed for an hour, and not a minute before', () => {
    const { state } = detect(fresh, [arrivalAt(0)], defaultRules)
    expect(state.troubleSince).toEqual(new Date(start))
    expect(burnAt(state, hour - 1).alerts).toEqual([])
    const decision = burnAt(state, hour)
    expect(rulesOf(decision)).toEqual(['slow_burn'])
    expect(decision.state).toMatchObject({ episode: 1, inEpisode: true, troubleSince: null })
    expect(burnAt(decision.state, 9 * hour).alerts).toEqual([])
  })

  test('is no matter of warnings', () => {
    const { state } = detect(fresh, [arrivalAt(0, { level: 'warning' })], defaultRules)
    expect(burnAt(state, 9 * hour).alerts).toEqual([])
  })

  test('can be switched off, and takes as long as the project says', () => {
    const { state } = detect(fresh, [arrivalAt(0)], defaultRules)
    const off = rulesFrom(detectionSettings.parse({ slowBurn: { on: false } }))
    expect(burnAt(state, 99 * hour, 1, off).alerts).toEqual([])
    const slow = rulesFrom(detectionSettings.parse({ slowBurn: { minutes: 180 } }))
    expect(burnAt(state, 2 * hour, 1, slow).alerts).toEqual([])
    expect(rulesOf(burnAt(state, 3 * hour, 1, slow))).toEqual(['slow_burn'])
  })
})

describe('further conditions', () => {
  const only = (conditions: object) => rulesFrom(detectionSettings.parse({ only: conditions }))
  const burst = (more: Partial<Arrival>) => [0, 1, 2].map((ms) => arrivalAt(ms, more))

  test.each([
    [{ environments: ['production'] }, { environment: 'production' }, true],
    [{ environments: ['production'] }, { environment: 'staging' }, false],
    [{ levels: ['fatal' as const] }, { level: 'error' as const }, false],
    [{ releases: ['shop@5.*'] }, { release: 'shop@5.1.0+9' }, true],
    [{ releases: ['shop@5.*'] }, { release: 'shop@4.9.0' }, false],
    [{ releases: ['shop@*-beta*'] }, { release: 'shop@5.0.0-beta.2' }, true],
    [{ releases: ['shop@5.*'] }, {}, false],
  ])('%j lets %j make a burst: %s', (conditions, event, files) => {
    expect(rulesOf(detect(fresh, burst(event), only(conditions)))).toEqual(files ? ['burst'] : [])
  })

  test('an issue files once it has enough users', () => {
    const three = only({ users: 3 })
    const early = detect(fresh, burst({}), three, 2)
    expect(early.alerts).toEqual([])
    expect(rulesOf(detect(early.state, [arrivalAt(3)], three, 3))).toEqual(['burst'])
    // A fatal always files.
    expect(rulesOf(detect(fresh, [arrivalAt(0, { level: 'fatal' })], three, 2))).toEqual(['fatal'])
  })

  test('what does not meet them neither regresses nor breaks the quiet', () => {
    const production = only({ environments: ['production'] })
    const staging = arrivalAt(0, { environment: 'staging' })
    expect(detect(resolved, [staging], production).state.status).toBe('resolved')
    const resolving: IssueState = { ...resolved, status: 'resolving', inEpisode: true, resolvedAt: null }
    expect(detect(resolving, [staging], production).state.status).toBe('resolving')
  })
})

test('rules that are switched off file nothing', () => {
  const off = rulesFrom(detectionSettings.parse({ burst: { on: false }, fatal: { on: false } }))
  const events = Array.from({ length: 9 }, (_, i) => arrivalAt(i, i > 4 ? { level: 'fatal' } : {}))
  const decision = detect(fresh, events, off)
  expect(decision.alerts).toEqual([])
  expect(decision.state.burstWindow).toEqual([])
})

describe('an ignored issue', () => {
  const ignored: IssueState = { ...fresh, status: 'ignored', statusReason: 'Aiko ignored it.' }
  const until = (ignoreEnd: Partial<IssueState['ignoreEnd']>) => ({
    ...ignored,
    ignoreEnd: { ...forGood, ...ignoreEnd },
  })

  test('is heard of again with the event that reaches its count, which may be the first of new trouble', () => {
    const arrivals = [0, 1, 2].map((second) => arrivalAt(second * 1000, { level: 'fatal' }))
    const before = detect(until({ events: 14 }), arrivals, defaultRules, 1, 10)
    expect(before).toMatchObject({ state: { status: 'ignored' }, alerts: [], changes: [] })
    const reached = detect(until({ events: 13 }), arrivals, defaultRules, 1, 10)
    expect(reached.state).toMatchObject({ status: 'unresolved', inEpisode: true, ignoreEnd: forGood })
    expect(reached.changes.map(({ kind }) => kind)).toEqual(['reopened', 'detected'])
    expect(reached.changes[0]?.reason).toContain('13 events')
  })

  test('is heard of again at its number of users or its moment, and for good never', () => {
    const arrivals = [arrivalAt(0)]
    expect(detect(until({ users: 5 }), arrivals, defaultRules, 4).state.status).toBe('ignored')
    expect(detect(until({ users: 5 }), arrivals, defaultRules, 5).state.status).toBe('unresolved')
    const at = (ms: number) => detect(until({ at: new Date(start + ms) }), arrivals, defaultRules, 1)
    expect(at(1).state.status).toBe('ignored')
    expect(at(0).state.status).toBe('unresolved')
    expect(detect(until({}), arrivals, defaultRules, 1e9, 1e9).state.status).toBe('ignored')
  })
})

test('resolved for all releases at once, an event of an old release is a regression', () => {
  const fix: Fix = { releases: [], source: null, seenIn: ['app@1.0.0'], lines: [], constant: null }
  const old = arrivalAt(minute, { release: 'app@1.0.0', standing: { ...unknownStanding, wasAffected: true } })
  expect(detect({ ...resolved, fix }, [old], defaultRules).state.status).toBe('resolved')
  const everywhere = { ...fix, everywhere: true }
  expect(detect({ ...resolved, fix: everywhere }, [old], defaultRules).state).toMatchObject({
    status: 'unresolved',
    regressions: 1,
  })
})
