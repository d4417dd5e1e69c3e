// The hidden marker by which a tracker issue is recognised after a crash or a time-out. It stands in the
// first line of the body, a place that text from an event never reaches, and carries a MAC: a copied or
// invented one is worth nothing. It counts only in issues of our own author (the steps check that).
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Installation } from '../db/installation.ts'

/** What a tracker issue was made for: one episode of an issue, or a storm of many. */
export type Marked = { readonly issueId: number; readonly episode: number } | { readonly stormId: number }

const pattern =
  /^<!-- postern:1 (installation=([0-9a-f-]{36}) (?:issue=(\d{1,15}) episode=(\d{1,9})|storm=(\d{1,15}))) mac=([0-9a-f]{64}) -->\r?(?:\n|$)/

function sign(installation: Installation, what: string): Buffer {
  return createHmac('sha256', installation.markerSecret).update(`postern:1 ${what}`).digest()
}

/** The line for the top of a tracker issue's body, without a line break. */
export function writeMarker(installation: Installation, marked: Marked): string {
  const whose =
    'issueId' in marked ? `issue=${marked.issueId} episode=${marked.episode}` : `storm=${marked.stormId}`
  const what = `installation=${installation.id} ${whose}`
  return `<!-- postern:1 ${what} mac=${sign(installation, what).toString('hex')} -->`
}

/** What a tracker issue's body is marked as; undefined: not marked, or not by this installation. */
export function readMarker(installation: Installation, body: string): Marked | undefined {
  const match = pattern.exec(body)
  if (!match) return undefined
  const [, what = '', id, issueId, episode, stormId, mac = ''] = match
  if (id !== installation.id) return undefined
  if (!timingSafeEqual(sign(installation, what), Buffer.from(mac, 'hex'))) return undefined
  if (stormId !== undefined) return { stormId: Number(stormId) }
  return { issueId: Number(issueId), episode: Number(episode) }
}

export function isSameMark(a: Marked, b: Marked): boolean {
  if ('issueId' in a) return 'issueId' in b && a.issueId === b.issueId && a.episode === b.episode
  return !('issueId' in b) && a.stormId === b.stormId
}
