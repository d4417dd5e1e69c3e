// Pure: which conditions of the installation people are told of, from what the relays last said.
import type { Relay } from '../db/relays.ts'
import { describeDuration } from '../trackers/duration.ts'
import type { NotifyKind } from './kinds.ts'

export type Condition = {
  /** Names it while it lasts. */
  readonly key: string
  readonly kind: NotifyKind
  readonly reason: string
  /** Told once it has lasted this long. */
  readonly afterMs: number
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
/** A collector that keeps up is seconds behind. */
const behindMs = 10 * minuteMs
/** A relay keeps what it holds for days (RELAY_TTL_HOURS); after one there is still time to act. */
const oldMs = 24 * hourMs

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? url
}

/**
 * @param relays      those in use
 * @param lostLately  envelopes that relays expired or evicted in the last hours
 */
export function listConditions(relays: readonly Relay[], lostLately: number, now: Date): Condition[] {
  const found: Condition[] = []
  for (const relay of relays) {
    const host = hostOf(relay.url)
    const waited = relay.oldestAt && relay.backlogEnvelopes > 0 ? now.getTime() - relay.oldestAt.getTime() : 0
    const backlog = `${relay.backlogEnvelopes.toLocaleString('en-US')} envelopes wait there`
    if (relay.error !== null) {
      const since = relay.answeredAt ? ` It last answered ${relay.answeredAt.toISOString()}.` : ''
      found.push({
        key: `relay_unreachable:${relay.url}`,
        kind: 'relay_unreachable',
        reason: `${host} does not answer.${since} What apps send is kept there; quiet clocks stand still.`,
        afterMs: 5 * minuteMs,
      })
    } else if (waited > behindMs) {
      found.push({
        key: `collector_behind:${relay.url}`,
        kind: 'collector_behind',
        reason: `The collector is ${describeDuration(waited)} behind ${host}: ${backlog}.`,
        afterMs: 5 * minuteMs,
      })
    }
    if (waited > oldMs) {
      found.push({
        key: `data_at_risk:${relay.url}`,
        kind: 'data_at_risk',
        reason: `The oldest of what waits at ${host} is ${describeDuration(waited)} old: ${backlog}. A relay drops what nobody fetches in time (RELAY_TTL_HOURS).`,
        afterMs: 0,
      })
    }
  }
  if (lostLately > 0) {
    found.push({
      key: 'data_at_risk:lost',
      kind: 'data_at_risk',
      reason: `Relays had to drop ${lostLately.toLocaleString('en-US')} envelopes in the last hours: too old or no room.`,
      afterMs: 0,
    })
  }
  return found
}
