// Detection as a table of small stories: what an issue was, what arrived, what was decided.
import { describe, expect, test } from 'vitest'
import { compareReleases } from '../../collector/detect/compare-releases.ts'
import { type Arrival, detect, type IssueState } from '../../collector/detect/detect.ts'
import { defaultRules } from '../../collector/detect/rules.ts'

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
  fixedInRelease: null,
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
    const fixed = { ...resolved, fixedInRelease: 'app@4.2.2' }
    const old = arrivalAt(0, { release: 'app@4.2.1+900' })
    expect(detect(fixed, [old], defaultRules).state.status).toBe('resolved')
  })

  test('regresses by the release with the fix, also months later', () => {
    const fixed = { ...resolved, fixedInRelease: 'app@4.2.2', resolvedAt: new Date(start - 90 * 86_400_000) }
    const decision = detect(fixed, [arrivalAt(0, { release: 'app@4.2.2' })], defaultRules)
    expect(rulesOf(decision)).toEqual(['regression'])
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

describe('the order of releases', () => {
  test.each([
    ['app@1.2.3', 'app@1.2.4', -1],
    ['app@1.10.0', 'app@1.9.9', 1],
    ['app@2.0.0-rc.1', 'app@2.0.0', -1],
    ['app@2.0.0-rc.2', 'app@2.0.0-rc.10', -1],
    ['app@2.0.0+900', 'app@2.0.0+1000', -1],
    ['v1.2', '1.2.0', 0],
    ['2026.46.2', '2026.47.0', -1],
    ['1.2.3.4', '1.2.3.5', -1],
  ])('%s against %s is %d', (a, b, sign) => {
    expect(Math.sign(compareReleases(a, b) ?? Number.NaN)).toBe(sign)
    expect(Math.sign(compareReleases(b, a) ?? Number.NaN)).toBe(sign === 0 ? 0 : -sign)
  })

  test.each([
    ['app@1.0.0', 'other@1.0.1'],
    ['e1f4c09', '1.0.0'],
    ['e1f4c09a', 'f00ba4b1'],
  ])('there is none between %s and %s', (a, b) => {
    expect(compareReleases(a, b)).toBeNull()
  })
})
