// The preview of detection's rules: what was filed is known, what else would have been is estimated by the hour.
import { expect, test } from 'vitest'
import { previewRules, type SeenIssue } from '../../collector/detect/preview-rules.ts'
import { type DetectionSettings, defaultDetection, rulesOf } from '../../collector/detect/rules.ts'

const until = new Date('2026-11-18T03:00:00Z')
const from = new Date(until.getTime() - 7 * 86_400_000)
const hour = (ago: number) => until.getTime() - ago * 3_600_000

const seen = (change: Partial<SeenIssue> = {}): SeenIssue => ({
  id: 1,
  title: 'TypeError: x is undefined',
  level: 'error',
  users: 3,
  troubleSince: new Date(hour(30)),
  isOpen: true,
  environments: ['production'],
  releases: ['shop@5.1.0'],
  hours: new Map(),
  alerts: [],
  ...change,
})
const rules = (change: Partial<DetectionSettings> = {}) =>
  // Slow burn is off: it files what is left, and would hide what these tests look for.
  rulesOf({ ...defaultDetection, slowBurn: { on: false, minutes: 60 }, ...change })
const counts = (issues: readonly SeenIssue[], before = rules(), after = rules()) => {
  const { filed, withChanges, added, dropped } = previewRules(issues, before, after, { from, until })
  return [filed.length, withChanges.length, added.length, dropped.length]
}

const burst = (events: number, spanMs: number) => ({
  rule: 'burst' as const,
  at: new Date(hour(20)),
  facts: {
    events,
    windowMinutes: 5,
    spanMs,
    environment: 'production',
    level: 'error',
    release: 'shop@5.1.0',
  },
})

test('with the rules as they are nothing differs, whatever the hours suggest', () => {
  // Filed when three were enough, as the rules were then.
  const asTheyAre = rules({ burst: { on: true, events: 5, minutes: 5 } })
  const issues = [
    seen({ hours: new Map([[hour(20), 500]]) }),
    seen({ isOpen: false, alerts: [burst(3, 4000)] }),
  ]
  expect(counts(issues, asTheyAre, asTheyAre)).toEqual([1, 1, 0, 0])
})

test('a burst that was filed stays one where fewer events are enough, and where it was narrow enough', () => {
  const filed = [seen({ isOpen: false, hours: new Map([[hour(20), 3]]), alerts: [burst(3, 200_000)] })]
  expect(counts(filed, rules(), rules({ burst: { on: true, events: 2, minutes: 5 } }))).toEqual([1, 1, 0, 0])
  expect(counts(filed, rules(), rules({ burst: { on: true, events: 3, minutes: 4 } }))).toEqual([1, 1, 0, 0])
  expect(counts(filed, rules(), rules({ burst: { on: true, events: 3, minutes: 3 } }))).toEqual([1, 0, 0, 1])
  expect(counts(filed, rules(), rules({ burst: { on: true, events: 4, minutes: 5 } }))).toEqual([1, 0, 0, 1])
})

test('an issue with a full hour would be filed where fewer events make a burst', () => {
  const open = [seen({ hours: new Map([[hour(20), 8]]) })]
  const before = rules({ burst: { on: true, events: 5, minutes: 5 } })
  expect(counts(open, before, rules())).toEqual([0, 1, 1, 0])
  // Three in five minutes are unlikely among four of an hour.
  expect(counts([seen({ hours: new Map([[hour(20), 4]]) })], before, rules())).toEqual([0, 0, 0, 0])
  // A window of an hour or more is as good as counted.
  expect(
    counts(
      [seen({ hours: new Map([[hour(20), 4]]) })],
      before,
      rules({ burst: { on: true, events: 4, minutes: 60 } }),
    ),
  ).toEqual([0, 1, 1, 0])
})

test('slow burn files what has been in trouble for longer, at the moment at which it would have', () => {
  const after = rules({ slowBurn: { on: true, minutes: 120 } })
  const { added } = previewRules([seen()], rules(), after, { from, until })
  expect(added).toMatchObject([{ rule: 'slow_burn', at: new Date(hour(28)) }])
  expect(counts([seen({ troubleSince: null })], rules(), after)).toEqual([0, 0, 0, 0])
  expect(counts([seen({ troubleSince: new Date(hour(1)) })], rules(), after)).toEqual([0, 0, 0, 0])
})

test('what no longer meets the conditions is dropped, and what a person filed stays', () => {
  const production = { ...defaultDetection.only, environments: ['staging'] }
  const byHand = { rule: 'by_hand' as const, at: new Date(hour(3)), facts: {} }
  const issues = [seen({ alerts: [burst(3, 1000)] }), seen({ id: 2, alerts: [byHand] })]
  expect(counts(issues, rules(), rules({ only: production }))).toEqual([2, 1, 0, 1])
  const fewUsers = { ...defaultDetection.only, users: 4 }
  expect(counts(issues, rules(), rules({ only: fewUsers }))).toEqual([2, 1, 0, 1])
})

test('a fatal issue is filed whatever it touches, and neither resolved nor ignored ones are', () => {
  const before = rules({ fatal: { on: false, events: 1 } })
  const fatal = seen({ level: 'fatal', users: 0, hours: new Map([[hour(9), 1]]) })
  expect(counts([fatal], before, rules({ only: { ...defaultDetection.only, users: 5 } }))).toEqual([
    0, 1, 1, 0,
  ])
  expect(counts([{ ...fatal, isOpen: false }], before, rules())).toEqual([0, 0, 0, 0])
  expect(counts([{ ...fatal, level: 'warning' }], before, rules())).toEqual([0, 0, 0, 0])
})
