// Reads one tracker issue at its own address. What was deleted or moved away vanishes from lists without a word;
// here it is noticed, said on the issue's page, and followed where that goes.
import type { Log } from '../../shared/log.ts'
import { appendIssueChange } from '../db/issue-changes.ts'
import { markTicketLost, markTicketMoved } from '../db/ticket-checks.ts'
import { findTrackedIssue, lockIssue, type TrackedIssue } from '../db/tracker-issues.ts'
import { watchRepository } from '../db/tracker-repositories.ts'
import { type FollowDeps, followTicket } from './follow-ticket.ts'
import type { TrackerFailure, TrackerIssue } from './tracker.ts'

type LookDeps = FollowDeps & { readonly log: Log }

/** @returns the tracker's failure, if it could not tell; nothing was changed then */
export async function lookAtTicket(deps: LookDeps, known: TrackedIssue): Promise<TrackerFailure | null> {
  const login = await deps.tracker.whoAmI()
  if (!login.ok) return login
  const read = await deps.tracker.getIssue(known.repository, known.number)
  if (!read.ok) return read
  if (read.value === 'gone') {
    await lose(deps, known)
    return null
  }
  const seen = read.value
  const isSameRepository = seen.repository.toLowerCase() === known.repository.toLowerCase()
  const isHere = isSameRepository && seen.number === known.number
  const tracked = isHere ? known : await move(deps, known, seen)
  return tracked && followTicket(deps, tracked, seen, login.value)
}

async function lose({ db, now }: LookDeps, known: TrackedIssue): Promise<void> {
  const name = `${known.repository}#${known.number}`
  await db.transaction().execute(async (trx) => {
    await lockIssue(trx, known.issueId)
    if (!(await markTicketLost(trx, known.id, 'deleted'))) return
    await appendIssueChange(trx, {
      issueId: known.issueId,
      at: now(),
      kind: 'ticket_lost',
      actor: 'github',
      reason: `${name} is gone: deleted, or moved to where the token may not look. Decide here what becomes of the issue.`,
      facts: { repository: known.repository, number: known.number, episode: known.episode },
    })
  })
}

/** Has it followed where it stands now. @returns null: it can't be */
async function move(
  { db, now, log }: LookDeps,
  known: TrackedIssue,
  seen: TrackerIssue,
): Promise<TrackedIssue | null> {
  const [from, to] = [known, seen].map(({ repository, number }) => `${repository}#${number}`)
  return db.transaction().execute(async (trx) => {
    await lockIssue(trx, known.issueId)
    if (!(await markTicketMoved(trx, known, seen))) {
      log.warn({ from, to }, 'a tracker issue was moved to where another one is recorded')
      return null
    }
    await watchRepository(trx, seen.repository, known.trackerUpdatedAt, now())
    await appendIssueChange(trx, {
      issueId: known.issueId,
      at: now(),
      kind: 'ticket_moved',
      actor: 'github',
      reason: `${from} was moved to ${to}, and is followed there.`,
      facts: { from, to, episode: known.episode },
    })
    return (await findTrackedIssue(trx, known)) ?? null
  })
}
