// How the line is doing: each relay, what was committed, what could not be, and how far we have heard.
import type { Request, Response } from 'express'
import type { ApiToken } from '../db/api-tokens.ts'
import { listClientDiscards, type ProjectDiscards } from '../db/client-discards.ts'
import { countDeadLetters } from '../db/dead-letters.ts'
import { countCommittedEvents } from '../db/event-totals.ts'
import { heardUpTo } from '../db/heard.ts'
import { listProjects } from '../db/projects.ts'
import { countOutcomes } from '../db/relay-outcomes.ts'
import { listRelays, type Relay } from '../db/relays.ts'
import type { ApiDeps } from './context.ts'

const iso = (moment: Date | null) => moment?.toISOString() ?? null

function relayShape(relay: Relay, now: Date) {
  return {
    url: relay.url,
    reachable: relay.answeredAt !== null && relay.error === null,
    error: relay.error,
    answered_at: iso(relay.answeredAt),
    failed_at: iso(relay.failedAt),
    /** As of `answered_at`. */
    backlog: { envelopes: relay.backlogEnvelopes, bytes: relay.backlogBytes },
    oldest_envelope_at: iso(relay.oldestAt),
    oldest_envelope_seconds: relay.oldestAt ? secondsBetween(relay.oldestAt, now) : null,
    watermark: iso(relay.watermarkAt),
    lag_seconds: relay.watermarkAt ? secondsBetween(relay.watermarkAt, now) : null,
  }
}

/** Never below 0: a relay's clock may be ahead of ours. */
function secondsBetween(from: Date, to: Date): number {
  return Math.max(0, Math.round((to.getTime() - from.getTime()) / 1000))
}

function discardsShape({ projectId, kinds, others }: ProjectDiscards, slugs: ReadonlyMap<number, string>) {
  return { project: slugs.get(projectId) ?? String(projectId), kinds, others }
}

export function createStatusHandlers({ db, now }: ApiDeps) {
  return {
    async getStatus(_req: Request, res: Response, token: ApiToken): Promise<void> {
      const at = now()
      const relays = await listRelays(db)
      const { total, lastHour, since } = await countCommittedEvents(db, at)
      const heard = await heardUpTo(db)
      const dayAgo = new Date(at.getTime() - 86_400_000)
      // A token of one project is told of that one.
      const discards = await listClientDiscards(
        db,
        dayAgo,
        token.projectId === null ? null : [token.projectId],
      )
      const slugs = new Map((await listProjects(db)).map((project) => [project.id, project.slug]))
      res.json({
        now: at.toISOString(),
        relays: relays.map((relay) => relayShape(relay, at)),
        events: { committed: total, last_hour: lastHour, last_hour_since: since.toISOString() },
        /** How requests to the relays ended in the last 24 hours, by outcome. */
        outcomes_24h: Object.fromEntries(await countOutcomes(db, dayAgo)),
        /** What apps say that they dropped themselves. */
        client_discards_24h: discards.map((project) => discardsShape(project, slugs)),
        dead_letters: await countDeadLetters(db),
        heard_up_to: iso(heard.at),
        lag_seconds: heard.at ? secondsBetween(heard.at, at) : null,
      })
    },
  }
}
