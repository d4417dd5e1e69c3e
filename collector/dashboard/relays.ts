// Relays: how far all of them were heard, what waits at each, and what could not be taken in.
import type { RequestHandler } from 'express'
import { type Outcome, refusals } from '../../shared/handover.ts'
import { listClientDiscards, type ProjectDiscards } from '../db/client-discards.ts'
import { countDeadLetters, type DeadLetter, listDeadLetters } from '../db/dead-letters.ts'
import { heardFrom } from '../db/heard.ts'
import { listProjectNames } from '../db/projects.ts'
import { countOutcomes, listAcceptedHours } from '../db/relay-outcomes.ts'
import { listRelays, type Relay } from '../db/relays.ts'
import { shareWidth, sparkFrom, sparkView } from './bars.ts'
import { discardsView } from './client-discards.ts'
import type { PageDeps } from './deps.ts'
import {
  agoTime,
  clockTime,
  countView,
  cutEnd,
  duration,
  exactCount,
  sizeText,
  type Viewer,
} from './format.ts'
import { relayName } from './frame.ts'
import { safeMs } from './troubles.ts'

const lettersShown = 50
// A watermark moves with each poll; behind that it isn't worth a word.
const lateAfterMs = 60_000

export type RelaysData = {
  readonly relays: readonly Relay[]
  readonly heardAt: Date | null
  readonly letters: readonly DeadLetter[]
  /** Whoever looks may send letters through the line again. */
  readonly mayReplay: boolean
  readonly letterCount: number
  /** Of the last 24 hours, all relays. */
  readonly outcomes: ReadonlyMap<Outcome, number>
  /** Of the last 24 hours, of the projects that may be seen. */
  readonly discards: readonly ProjectDiscards[]
  readonly projectNames: ReadonlyMap<number, string>
  /** Envelopes accepted, by spool and hour (ms). */
  readonly accepted: ReadonlyMap<string, ReadonlyMap<number, number>>
}

/** One line a relay from an hour and more ago to now: how far it was heard, and where all were. */
function tracksView(data: RelaysData, viewer: Viewer) {
  if (!data.heardAt || data.relays.length === 0) return null
  const now = viewer.now.getTime()
  const span = Math.max(3_600_000, (now - data.heardAt.getTime()) * 1.6)
  const share = (at: Date | null) => (at ? Math.min(1, Math.max(0, 1 - (now - at.getTime()) / span)) : 0)
  const percent = (part: number) => `${Math.round(part * 10_000) / 100}%`
  const heard = share(data.heardAt)
  return {
    height: data.relays.length * 22 + 24,
    base: data.relays.length * 22,
    lines: data.relays.map((relay, index) => ({
      name: relayName(relay.url),
      y: index * 22 + 8,
      width: percent(share(relay.watermarkAt)),
      isLate: relay.error !== null,
    })),
    heard: percent(heard),
    heardText: clockTime(data.heardAt, viewer, true).text,
    isNear: heard > 0.86,
    from: clockTime(new Date(now - span), viewer).text,
  }
}

function relayView(relay: Relay, data: RelaysData, viewer: Viewer) {
  const hours = (relay.spool && data.accepted.get(relay.spool)) || new Map<number, number>()
  const safe = safeMs(relay, viewer.now)
  const isDown = relay.error !== null
  const behindMs = relay.watermarkAt ? viewer.now.getTime() - relay.watermarkAt.getTime() : null
  return {
    name: relayName(relay.url),
    url: relay.url,
    mark: isDown
      ? { name: 'stuck', hue: 'amber', word: 'Not heard' }
      : relay.answeredAt
        ? { name: 'well', hue: 'green', word: 'Answers' }
        : { name: 'watching', hue: 'stone', word: 'Not asked yet' },
    error: relay.error === null ? null : cutEnd(relay.error, 300),
    tried: relay.failedAt && isDown ? `tried ${agoTime(relay.failedAt, viewer).text}` : null,
    answered: relay.answeredAt ? agoTime(relay.answeredAt, viewer) : null,
    waiting: isDown ? 'unknown' : countView(relay.backlogEnvelopes).text,
    waitingExact: isDown
      ? 'The relay does not answer'
      : `${exactCount(relay.backlogEnvelopes)} envelopes, ${sizeText(relay.backlogBytes)}`,
    oldest: isDown
      ? 'unknown'
      : relay.oldestAt
        ? duration(viewer.now.getTime() - relay.oldestAt.getTime())
        : '–',
    safe: `${Math.max(0, Math.floor(safe / 3_600_000))}\u202fh`,
    isAtRisk: safe < 86_400_000,
    received: countView([...hours.values()].reduce((sum, count) => sum + count, 0)),
    spark: sparkView(hours, viewer),
    behind: behindMs === null ? 'never heard' : duration(behindMs),
    isLate: isDown || behindMs === null || behindMs > lateAfterMs,
  }
}

// In the order in which one asks. Where `expected` is not set, anything but 0 wants a look.
const outcomeWords: readonly {
  readonly outcome: Outcome
  readonly label: string
  readonly more: string
  readonly expected?: boolean
}[] = [
  { outcome: 'accepted', label: 'Accepted', more: 'answered with 200, on disk', expected: true },
  { outcome: 'delivered', label: 'Delivered', more: 'taken in here', expected: true },
  { outcome: 'rate_limited', label: 'Rate limited', more: 'over a key’s limit' },
  { outcome: 'unknown_key', label: 'Unknown key', more: 'revoked, or of another installation' },
  { outcome: 'missing_key', label: 'No key', more: 'no DSN in any of its places' },
  { outcome: 'project_mismatch', label: 'Wrong project', more: 'the key belongs to another project' },
  { outcome: 'invalid_project', label: 'Bad project', more: 'the project in the address is no number' },
  { outcome: 'unsupported_version', label: 'Too new', more: 'a protocol version above 7' },
  { outcome: 'invalid_envelope', label: 'Malformed', more: 'neither an envelope nor an event' },
  { outcome: 'invalid_encoding', label: 'Undecodable', more: 'not in the encoding it named' },
  { outcome: 'too_large', label: 'Too large', more: 'over the bound of one body' },
  { outcome: 'aborted', label: 'Broken off', more: 'the sender went away' },
  { outcome: 'spool_full', label: 'No room', more: 'hung up on, so that phones keep it' },
  { outcome: 'spool_error', label: 'Not stored', more: 'the relay’s disk failed; hung up on' },
  { outcome: 'not_found', label: 'No such path', more: 'scanners, mostly' },
  { outcome: 'method_not_allowed', label: 'Wrong method', more: 'scanners, mostly' },
  { outcome: 'invalid_request', label: 'No HTTP', more: 'too large, too slow or broken' },
  { outcome: 'expired', label: 'Expired unread', more: 'no collector fetched it in time' },
  { outcome: 'evicted', label: 'Evicted', more: 'gave way to what matters more' },
]

function outcomesView(counts: ReadonlyMap<Outcome, number>) {
  const count = (outcome: Outcome) => counts.get(outcome) ?? 0
  const refused = refusals.reduce((sum, refusal) => sum + count(refusal), 0)
  const requests = count('accepted') + refused
  return outcomeWords
    .filter(({ outcome, expected }) => expected || count(outcome) > 0 || alwaysShown.has(outcome))
    .map(({ outcome, label, more, expected }) => ({
      label,
      more: count(outcome) > 0 ? more : '',
      count: countView(count(outcome)).text,
      exact: exactCount(count(outcome)),
      width: shareWidth(count(outcome), requests),
      isOdd: !expected && count(outcome) > 0,
    }))
}

const alwaysShown: ReadonlySet<Outcome> = new Set(['unknown_key', 'invalid_envelope', 'too_large', 'expired'])

function sentence(data: RelaysData, viewer: Viewer): { title: string; more: string } {
  if (data.relays.length === 0) {
    return {
      title: 'No relays are set',
      more: 'Name each in COLLECTOR_RELAYS as url=token; events come in through relays only.',
    }
  }
  if (!data.heardAt) {
    return {
      title: 'Nothing heard yet',
      more: 'Not every relay has answered since it was added. Nothing is lost: relays keep what they accept for 7 days.',
    }
  }
  const time = clockTime(data.heardAt, viewer, true)
  const behind = viewer.now.getTime() - data.heardAt.getTime()
  const silent = data.relays.filter((relay) => relay.error !== null)
  if (silent.length === 0) {
    const more =
      behind > lateAfterMs
        ? `${duration(behind)} behind: what waits at the relays is being taken in.`
        : 'Everything that relays received up to then is stored.'
    return { title: `Heard all up to ${time.text}`, more }
  }
  const names = silent.map((relay) => relayName(relay.url)).join(', ')
  const verb = silent.length === 1 ? 'does' : 'do'
  return {
    title: `Heard all up to ${time.text}`,
    more: `${duration(behind)} behind, because ${names} ${verb} not answer. What was accepted there is kept on its disk. Until then silence after ${clockTime(data.heardAt, viewer).text} proves nothing, and quiet clocks stand still.`,
  }
}

export function relaysView(data: RelaysData, viewer: Viewer) {
  return {
    sentence: sentence(data, viewer),
    relays: data.relays.map((relay) => relayView(relay, data, viewer)),
    tracks: tracksView(data, viewer),
    outcomes: outcomesView(data.outcomes),
    discards: discardsView(data.discards, data.projectNames),
    mayReplay: data.mayReplay,
    letters: data.letters.map((letter) => ({
      id: letter.id,
      time: clockTime(letter.diedAt, viewer, true),
      step: letter.step,
      error: cutEnd(letter.error, 300),
      project: data.projectNames.get(letter.projectId) ?? `project ${letter.projectId}`,
      relay: relayName(letter.relayUrl),
      size: sizeText(letter.sizeBytes),
    })),
    letterWords:
      data.letterCount > data.letters.length
        ? `${exactCount(data.letterCount)}, the newest ${data.letters.length} shown`
        : exactCount(data.letterCount),
  }
}

export function createRelaysPage({ db, viewer, person, scope, show }: PageDeps): RequestHandler {
  return async (req, res) => {
    const look = viewer(req)
    const dayAgo = new Date(look.now.getTime() - 86_400_000)
    const allowed = await scope(req)
    const [accepted, relays, outcomes, discards, letters, letterCount, projects] = await Promise.all([
      listAcceptedHours(db, sparkFrom(look.now)),
      listRelays(db),
      countOutcomes(db, dayAgo),
      listClientDiscards(db, dayAgo, allowed),
      listDeadLetters(db, lettersShown),
      countDeadLetters(db),
      listProjectNames(db, allowed),
    ])
    const projectNames = new Map(projects.map((project) => [project.id, project.slug]))
    const mine = letters.filter(({ projectId }) => allowed === null || allowed.includes(projectId))
    const data = {
      accepted,
      relays,
      heardAt: heardFrom(relays).at,
      outcomes,
      discards,
      letters: mine,
      mayReplay: (await person(req)).role === 'admin',
      letterCount: allowed === null ? letterCount : mine.length,
      projectNames,
    }
    const view = relaysView(data, look)
    await show(req, res, { page: 'pages/relays' }, view, { title: 'Relays', section: 'relays' })
  }
}
