// Which payloads of an issue are worth keeping. While an issue is quiet, all; in a flood a sample that thins
// out as the hour's number grows, beside what must not be missed: the first of each release, environment,
// device, system and browser, turning points (what opened, reopened or alerted), and the latest. Pure.
import type { EventFacts } from './pipeline/event.ts'

/** Of each hour and issue so many are kept whatever comes. */
export const keptPerHour = 100

/** Tags whose new values make an event worth keeping. */
export const varietyTags: ReadonlySet<string> = new Set([
  'release',
  'environment',
  'device',
  'device.family',
  'os',
  'os.name',
  'browser',
  'browser.name',
])

type Candidate = { readonly event: EventFacts }

export type Flood = {
  /** Events of the hour (of each event) before this batch. */
  readonly hourCount: (event: EventFacts) => number
  /** Ids of events with a release, environment, device … that the issue did not have. */
  readonly variety: ReadonlySet<string>
  /** Ids of events that changed something. */
  readonly turningPoints: ReadonlySet<string>
  /** The project's budget of the day is used up: nothing but what must not be missed. */
  readonly isOverBudget: boolean
}

/**
 * @param events new ones of one issue, in order of received-at
 * @returns those to keep; `latest` is among them and may give way to a later one
 */
export function choosePayloads<T extends Candidate>(
  events: readonly T[],
  { hourCount, variety, turningPoints, isOverBudget }: Flood,
): { readonly kept: readonly T[]; readonly latest: T | null } {
  const numbers = new Map<number, number>()
  const kept: T[] = []
  let latest: T | null = null
  events.forEach((one, index) => {
    const { event } = one
    const hour = Math.floor(event.receivedAt.getTime() / 3_600_000)
    const before = numbers.get(hour) ?? hourCount(event)
    numbers.set(hour, before + 1)
    const isWorth =
      variety.has(event.eventId) ||
      turningPoints.has(event.eventId) ||
      (isOverBudget ? before === 0 : isSampled(before + 1))
    if (isWorth) kept.push(one)
    else if (index === events.length - 1) {
      kept.push(one)
      latest = one
    }
  })
  return { kept, latest }
}

/** The first hundred of an hour, then each tenth up to a thousand, each hundredth up to ten thousand … */
export function isSampled(number: number): boolean {
  if (number <= keptPerHour) return true
  return number % 10 ** (Math.ceil(Math.log10(number)) - 2) === 0
}
