// Troubles of the loop itself, as things that need a person: relays that don't answer, data at risk there,
// repositories that refuse to be filed to. Pure.
import type { LoopTrouble, TroubleHand } from '../db/loop-troubles.ts'
import type { FilingError } from '../db/project-list.ts'
import type { Relay } from '../db/relays.ts'
import { clockTime, duration, type Viewer } from './format.ts'
import { filingHref, relayName } from './frame.ts'
import { relayTtlMs } from './limits.ts'

export type Trouble = LoopTrouble & {
  readonly kind: 'Data at risk' | 'Relay unreachable' | 'Filing failed'
  readonly hue: 'red' | 'amber'
  readonly name: string
  readonly message: string
  /** One line. */
  readonly why: string
  readonly figure: { readonly text: string; readonly label: string } | null
  readonly href: string
}

const hourMs = 3_600_000
// A relay that missed a poll or two is not worth waking somebody for.
const silentAfterMs = 60_000
const atRiskMs = 24 * hourMs

/** How long what waits at a relay is still safe: until its oldest envelope expires there. */
export function safeMs(relay: Pick<Relay, 'oldestAt' | 'answeredAt' | 'error' | 'ttlMs'>, now: Date): number {
  const ttlMs = relay.ttlMs ?? relayTtlMs
  // What came since the last answer is at most as old as that answer.
  const oldest = relay.oldestAt ?? (relay.error === null ? null : relay.answeredAt)
  return oldest === null ? ttlMs : ttlMs - (now.getTime() - oldest.getTime())
}

function relayTrouble(relay: Relay, viewer: Viewer): Trouble | null {
  const { now } = viewer
  const since = relay.answeredAt ?? relay.failedAt
  const isSilent = relay.error !== null && since !== null && now.getTime() - since.getTime() > silentAfterMs
  const safe = safeMs(relay, now)
  const base = {
    trouble: `relay:${relay.url}`,
    name: relayName(relay.url),
    href: '/relays',
    figure: { text: `${Math.max(0, Math.floor(safe / hourMs))}\u202fh`, label: 'data safe' },
  }
  if (safe < atRiskMs && since !== null) {
    return {
      ...base,
      // Another trouble than silence: who has that in hand may not know of this.
      trouble: `at-risk:${relay.url}`,
      since: isSilent ? since : (relay.oldestAt ?? since),
      kind: 'Data at risk',
      hue: 'red',
      message: isSilent ? 'has not answered' : 'is fetched too slowly',
      why:
        safe <= 0
          ? 'What waits there longest has begun to expire unread.'
          : `What waits there longest expires unread in ${duration(safe)}.`,
    }
  }
  if (!isSilent || since === null) return null
  const heard = relay.watermarkAt
  return {
    ...base,
    since,
    kind: 'Relay unreachable',
    hue: 'amber',
    message: relay.error ?? '',
    why: heard
      ? `Last heard ${clockTime(heard, viewer, true).text}. Phones keep sending to it; quiet clocks stand still.`
      : 'Never heard. Phones keep sending to it; quiet clocks stand still.',
  }
}

export function troublesOf(
  facts: { readonly relays: readonly Relay[]; readonly filing: readonly FilingError[] },
  viewer: Viewer,
): Trouble[] {
  const relays = facts.relays
    .map((relay) => relayTrouble(relay, viewer))
    .filter((trouble) => trouble !== null)
  const filing = facts.filing.map(
    (one): Trouble => ({
      trouble: `filing:${one.repository}`,
      since: one.at,
      kind: 'Filing failed',
      hue: 'amber',
      name: one.repository,
      message: one.error,
      why: 'Alerts wait and are filed once this is mended.',
      figure: null,
      href: filingHref(one),
    }),
  )
  return [...relays, ...filing]
}

/** Who has a trouble in hand, if it is still the same stretch of it. */
export function handOf(trouble: LoopTrouble, hands: readonly TroubleHand[]): TroubleHand | null {
  const hand = hands.find((one) => one.trouble === trouble.trouble)
  return hand && hand.since.getTime() >= trouble.since.getTime() ? hand : null
}

/** Whether nobody has it in hand, and it isn't put off. */
export function isOpenTrouble(trouble: LoopTrouble, hands: readonly TroubleHand[], now: Date): boolean {
  const hand = handOf(trouble, hands)
  if (!hand) return true
  if (hand.acknowledgedAt !== null) return false
  return hand.snoozedUntil === null || hand.snoozedUntil <= now
}
