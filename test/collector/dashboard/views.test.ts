// The pure functions behind the pages, by tables of small cases.
import { describe, expect, test } from 'vitest'
import { shareWidth, sparkView } from '../../../collector/dashboard/bars.ts'
import { beforeText } from '../../../collector/dashboard/breadcrumbs.ts'
import {
  ageTime,
  agoTime,
  boundedCount,
  clockTime,
  cutEnd,
  cutMiddle,
  duration,
  exactCount,
  initials,
  longDuration,
  percent,
  safeLink,
  shortCount,
  shortRelease,
  sizeText,
  versionOf,
} from '../../../collector/dashboard/format.ts'
import { issueListHref, readIssueQuery } from '../../../collector/dashboard/issue-query.ts'
import { type LoopFacts, markOf, quietOf } from '../../../collector/dashboard/marks.ts'
import { packageOf, plainLook, stackParts, stackView } from '../../../collector/dashboard/stack.ts'
import type { Heard } from '../../../collector/db/heard.ts'
import type { Frame, JsonObject } from '../../../collector/pipeline/event.ts'
import { normalise } from '../../../collector/pipeline/normalise.ts'
import { minutesAgo, seedNow } from '../../support/seed.ts'

const viewer = { now: seedNow, zone: 'Europe/Brussels' }

test.each([
  [0, '0', '0'],
  [9_999, '9,999', '9,999'],
  [12_449, '12.4k', '12,449'],
  [112_000, '112k', '112,000'],
  [999_600, '1M', '999,600'],
  [1_234_567, '1.2M', '1,234,567'],
  [2_000_000_000, '2G', '2,000,000,000'],
])('a count of %d is short %s and exact %s', (count, short, exact) => {
  expect(shortCount(count)).toBe(short)
  expect(exactCount(count)).toBe(exact)
})

test('counts beyond the bound say so, and shares never lie at their ends', () => {
  expect(boundedCount(1_000, 1_000)).toBe('1,000')
  expect(boundedCount(1_001, 1_000)).toBe('1,000+')
  expect(percent(0, 10)).toBe('0\u202f%')
  expect(percent(1, 1_000)).toBe('<1\u202f%')
  expect(percent(999, 1_000)).toBe('99\u202f%')
  expect(percent(10, 10)).toBe('100\u202f%')
  expect([shareWidth(0, 10), shareWidth(1, 10_000), shareWidth(10, 10)]).toEqual([0, 2, 96])
})

test('spans, ages and clock times', () => {
  expect([59_999, 60_000, 3_600_000, 90_000_000].map(duration)).toEqual([
    '59\u202fs',
    '1\u202fmin',
    '1\u202fh',
    '1\u202fd',
  ])
  expect(longDuration(88 * 3_600_000)).toBe('3\u202fd 16\u202fh')
  expect(ageTime(seedNow, viewer).text).toBe('now')
  expect(agoTime(minutesAgo(41), viewer).text).toBe('41\u202fmin ago')
  expect(agoTime(minutesAgo(60 * 24 * 400), viewer).text).toBe('14 Oct 2025')
  expect(clockTime(minutesAgo(41), viewer)).toEqual({
    text: '03:27',
    exact: '2026-11-18 03:27:00.000 CET',
    iso: '2026-11-18T02:27:00.000Z',
  })
  expect(clockTime(minutesAgo(60 * 24), viewer).text).toBe('17 Nov, 04:08')
})

test('texts are cut where they can be missed', () => {
  expect(cutEnd('abcdef', 4)).toBe('abc…')
  expect(cutEnd('👍👍👍', 3)).toBe('👍👍👍')
  expect(cutEnd('👍👍👍👍', 3)).toBe('👍👍…')
  expect(cutMiddle('app/tickets/deep/down/decodeTicket.ts', 28)).toBe('app/tickets…/decodeTicket.ts')
  expect(shortRelease('rider-app@4.3.0+902')).toBe('4.3.0 (902)')
  expect(shortRelease('9f2c41d0aa31bb77')).toBe('9f2c41d')
  expect(versionOf('rider-app@4.3.0+902')).toBe('4.3.0')
  expect(sizeText(3_100)).toBe('3.1\u202fkB')
  expect([initials('Mara Lindqvist'), initials('mara'), initials(' ')]).toEqual(['ML', 'M', '?'])
})

test('only http and https become links', () => {
  expect(safeLink('https://a.example/b?c')).toBe('https://a.example/b?c')
  for (const text of [
    'javascript:alert(1)',
    'JAVASCRIPT:alert(1)',
    'data:text/html,x',
    ' https://a.example',
    '//a.example',
    'https://',
    null,
  ]) {
    expect(safeLink(text), String(text)).toBeNull()
  }
})

test('a sparkline names its peak and colours only from the start of the trouble', () => {
  const hour = (index: number) => Math.floor(seedNow.getTime() / 3_600_000) * 3_600_000 - index * 3_600_000
  const view = sparkView(
    new Map([
      [hour(0), 10],
      [hour(1), 214],
      [hour(2), 1],
      [hour(30), 999],
    ]),
    viewer,
    { from: minutesAgo(30), hue: 'red' },
  )
  expect(view.words).toBe('24 hours, peak 214 at 03:00')
  expect(view.hot.match(/M/g)).toHaveLength(2)
  expect(view.bars).toBe('M84 28h3v-2h-3z')
  expect(view.none.match(/M/g)).toHaveLength(21)
})

test('the address of a list reads back as it was written', () => {
  const query = {
    project: 'a b',
    text: 'x&y=% env:production',
    sort: 'events',
    after: { rank: 0, value: 12, id: 7 },
  } as const
  const search = new URL(issueListHref(query), 'http://localhost').searchParams
  expect(readIssueQuery(Object.fromEntries(search))).toEqual(query)
  expect(issueListHref({ text: 'is:unresolved', sort: 'urgency' })).toBe('/issues')
  expect(readIssueQuery({ q: '' }).text).toBe('')
  expect(readIssueQuery({}).text).toBe('is:unresolved')
})

describe('marks', () => {
  const calm: LoopFacts = {
    status: 'unresolved',
    level: 'error',
    regressions: 0,
    inEpisode: false,
    alert: null,
    trackerNumber: null,
    snoozedUntil: null,
    snoozedForEvents: null,
    quiet: null,
  }
  const alert = {
    rule: 'burst',
    createdAt: minutesAgo(5),
    error: null,
    permanent: false,
    done: true,
    acknowledgedAt: null,
  } as const
  test.each<[string, Partial<LoopFacts>]>([
    ['watching', {}],
    ['filed', { trackerNumber: 4 }],
    ['burst', { inEpisode: true, alert, trackerNumber: 4 }],
    ['filed', { inEpisode: true, alert: { ...alert, createdAt: minutesAgo(60 * 25) }, trackerNumber: 4 }],
    ['regressed', { inEpisode: true, alert: { ...alert, rule: 'regression' }, trackerNumber: 4 }],
    [
      'acknowledged',
      { inEpisode: true, alert: { ...alert, acknowledgedAt: minutesAgo(1) }, trackerNumber: 4 },
    ],
    ['snoozed', { inEpisode: true, alert, snoozedUntil: minutesAgo(-60) }],
    ['burst', { inEpisode: true, alert, snoozedUntil: minutesAgo(1) }],
    ['stuck', { inEpisode: true, alert: { ...alert, error: 'refused', done: false } }],
    [
      'quiet',
      {
        status: 'resolving',
        inEpisode: true,
        alert,
        trackerNumber: 4,
        quiet: { minutes: 7, of: 10, stands: false, deafMinutes: 0 },
      },
    ],
    ['stands', { status: 'resolving', quiet: { minutes: 7, of: 10, stands: true, deafMinutes: 0 } }],
    ['resolved', { status: 'resolved', alert }],
    ['ignored', { status: 'ignored', alert: { ...alert, error: 'refused', done: false } }],
  ])('%s', (name, facts) => {
    expect(markOf({ ...calm, ...facts }, seedNow).name).toBe(name)
  })

  test('the quiet clock runs only up to what was heard, and stands while a relay is silent', () => {
    const closed = (ago: number) => ({ projectId: 1, closedAt: minutesAgo(ago), quietMs: null })
    const relay = { error: null }
    const deaf: Heard['deaf'] = []
    expect(quietOf(closed(9), { at: minutesAgo(2), relays: [relay], deaf }, 10)).toEqual({
      minutes: 7,
      of: 10,
      stands: false,
      deafMinutes: 0,
    })
    expect(
      quietOf(closed(9), { at: minutesAgo(2), relays: [relay, { error: 'refused' }], deaf }, 10).stands,
    ).toBe(true)
    expect(quietOf(closed(9), { at: null, relays: [], deaf }, 10)).toEqual({
      minutes: 0,
      of: 10,
      stands: true,
      deafMinutes: 0,
    })
    // As the step that decides counts it: the project's own spans and those of all projects, each once.
    const span = (projectId: number, from: number, until: number) => ({
      projectId,
      from: minutesAgo(from).getTime(),
      until: minutesAgo(until).getTime(),
    })
    const spans = [span(1, 12, 8), span(0, 8.5, 6), span(2, 9, 0)]
    expect(quietOf(closed(9), { at: minutesAgo(2), relays: [relay], deaf: spans }, 10)).toMatchObject({
      minutes: 4,
      deafMinutes: 3,
    })
    expect(quietOf(closed(99), { at: minutesAgo(0), relays: [relay], deaf }, 10).minutes).toBe(10)
  })
})

describe('stacks', () => {
  const frame = (name: string, inApp: boolean, absPath = 'app/a.ts'): Frame => ({
    function: name,
    rawFunction: null,
    module: null,
    package: null,
    filename: absPath,
    absPath,
    line: 1,
    column: null,
    inApp,
    platform: null,
    contextLine: 'code',
    preContext: [],
    postContext: [],
    vars: null,
    instructionAddr: null,
    imageAddr: null,
    symbolAddr: null,
    addrMode: null,
    symbolicated: false,
    inAppOfFirst: true,
  })
  const shape = (frames: readonly Frame[]) =>
    stackParts({ frames }, plainLook).map((part) =>
      part.kind === 'fold' ? part.words : `${part.name}${part.open ? ' open' : ''}`,
    )

  test('frames that came as addresses are told once, with their binaries and the build', () => {
    const read = (release: string | null, frames: JsonObject[]) =>
      stackView(
        normalise(
          { release, exception: { values: [{ type: 'SIGSEGV', stacktrace: { frames } }] } },
          { eventId: '1'.repeat(32), receivedAt: 0, sentAt: null, peer: null, userAgent: null, sdk: null },
        ),
      ).unreadable
    const bare = { instruction_addr: '0x1000', package: '/usr/lib/NfcGate.framework/NfcGate' }
    expect(read('app@4.3.0+902', [bare, { ...bare, instruction_addr: '0x2000' }, { function: 'main' }])).toBe(
      '2 frames in NfcGate stay unreadable: the SDK sent addresses without names, and no debug file of build 902 is known here.',
    )
    expect(read(null, [bare])).toMatch(/^1 frame in NfcGate stays unreadable: .* of this build /)
    expect(read('app@1', [{ ...bare, function: 'poll' }])).toBe('')
  })

  test('a value that was removed says why', () => {
    const own = { ...frame('own', true), vars: { token: '[Filtered]', n: 3 } }
    const [part] = stackParts({ frames: [own] }, plainLook)
    expect(part?.kind === 'frame' && part.vars).toEqual([
      { name: 'token', value: 'removed: by its name or form a secret', removed: true },
      { name: 'n', value: '3', removed: false },
    ])
  })

  test('the crash site stands on top, runs of library frames fold, the first own frame is open', () => {
    const frames = [
      frame('main', true),
      frame('run', false),
      frame('step', false),
      frame('own', true),
      frame('throw', false),
    ]
    expect(shape(frames)).toEqual(['1 library frame', 'own open', '2 library frames', 'main'])
  })

  test('without any own frame the top stays readable', () => {
    const frames = Array.from({ length: 20 }, (_, index) => frame(`f${index}`, false))
    expect(shape(frames)).toEqual([
      'f19 open',
      'f18',
      'f17',
      'f16',
      'f15',
      'f14',
      'f13',
      'f12',
      '12 library frames',
    ])
  })

  test.each([
    ['/srv/node_modules/@sentry/core/build/x.js', '@sentry/core'],
    ['/usr/lib/python3.12/site-packages/django/core/x.py', 'django'],
    ['vendor/x.rb', 'x.rb'],
  ])('%s belongs to %s', (path, name) => {
    expect(packageOf(frame('f', false, path))).toBe(name)
  })

  test('breadcrumbs count back from the error', () => {
    const at = seedNow.getTime()
    expect([at - 48_200, at, at + 300, at - 720_000, null].map((crumb) => beforeText(crumb, at))).toEqual([
      '−48.2\u202fs',
      '0.0\u202fs',
      '+0.3\u202fs',
      '−12\u202fmin',
      '',
    ])
  })
})
