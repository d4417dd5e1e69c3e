// What a script may ask of an issue's status, in Sentry's words, and what that means here. Pure.
import { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import { readChange } from '../dashboard/choices.ts'
import type { IssueDetails } from '../db/issue-page.ts'
import type { StatusChange } from '../db/issue-status.ts'
import type { IssueStatus } from '../db/schema.ts'

const version = z
  .string()
  .trim()
  .min(1)
  .max(250)
  .refine((value) => !value.includes('\0'))

const count = z.number().int().min(1).max(1_000_000_000)

/** A commit, with its repository where the script knows it; the bare hash, too. */
const commit = z.union([
  z.string().max(250),
  z.object({ commit: z.string().max(250), repository: z.string().max(200).nullish() }),
])

/** Body of PUT on one or many issues; fields that only Sentry's own pages use are passed over. */
export const issueChangeBody = z.object({
  status: z.enum(['resolved', 'unresolved', 'ignored', 'muted', 'resolvedInNextRelease']),
  // The older word for ignoreDuration; sentry-cli sends it as null.
  snoozeDuration: count.nullish(),
  statusDetails: z
    .object({
      inRelease: version.optional(),
      inNextRelease: z.boolean().optional(),
      ignoreDuration: count.nullish(),
      ignoreCount: count.nullish(),
      ignoreUserCount: count.nullish(),
      ignoreWindow: z.unknown(),
      ignoreUserWindow: z.unknown(),
      ignoreUntilEscalating: z.unknown(),
      inCommit: commit.nullish(),
    })
    .partial()
    .default({}),
})
export type IssueChangeBody = z.output<typeof issueChangeBody>

export type WantedStatus = {
  readonly to: IssueStatus
  readonly reason: string
  /** null: any event after this moment counts, whatever its release. */
  readonly fixedInRelease: string | null
  /** On resolved with a commit: what is told of the fix, which the next release has. */
  readonly fixedIn?: StatusChange['fixedIn']
  readonly facts: Readonly<Record<string, unknown>>
  /** On ignored: what ends it. */
  readonly ignoreFor?: NonNullable<StatusChange['ignoreFor']>
}

// Saying yes to these and then doing something else would hide an issue that somebody wanted back.
const unsupported = ['ignoreWindow', 'ignoreUserWindow'] as const

/** "perron/rider@9f2c41a" @throws AppError 'invalid_request': no commit is called so */
function readCommit(asked: z.output<typeof commit>): string {
  const { commit: hash, repository } = typeof asked === 'string' ? { commit: asked } : asked
  const change = readChange(hash)
  if (change === null) {
    throw new AppError('invalid_request', 'Invalid statusDetails.inCommit: give 7 to 40 digits of a commit.')
  }
  const isBare = /^[0-9a-f]{7}$/.test(change)
  return isBare && repository && /^[\w.-]{1,100}\/[\w.-]{1,100}$/.test(repository)
    ? `${repository}@${change}`
    : change
}

/**
 * @param by name of the API token, as the reason shows it
 * @param now what durations are counted from
 * @throws AppError 'invalid_request': asks for something that would not be done
 */
export function readWantedStatus(
  body: IssueChangeBody,
  issue: IssueDetails,
  by: string,
  now: Date,
): WantedStatus {
  const { status, statusDetails } = body
  for (const name of unsupported) {
    if (statusDetails[name] !== undefined && statusDetails[name] !== null) {
      throw new AppError('invalid_request', `statusDetails.${name} is not supported here.`)
    }
  }
  const none = { fixedInRelease: null, facts: {} }
  if (status === 'unresolved') return { to: 'unresolved', reason: `Reopened with API token ${by}.`, ...none }
  if (status === 'ignored' || status === 'muted') {
    const minutes = statusDetails.ignoreDuration ?? body.snoozeDuration ?? null
    const ignoreFor = {
      until: minutes === null ? null : new Date(now.getTime() + minutes * 60_000),
      moreEvents: statusDetails.ignoreCount ?? null,
      moreUsers: statusDetails.ignoreUserCount ?? null,
    }
    const isForGood = Object.values(ignoreFor).every((end) => end === null)
    if (isForGood) return { to: 'ignored', reason: `Ignored with API token ${by}.`, ...none }
    const ends = [
      ...(minutes === null ? [] : [`for ${minutes} min`]),
      ...(ignoreFor.moreEvents === null ? [] : [`for ${ignoreFor.moreEvents} more events`]),
      ...(ignoreFor.moreUsers === null ? [] : [`for ${ignoreFor.moreUsers} more users`]),
    ].join(' or ')
    return { to: 'ignored', reason: `Ignored with API token ${by} ${ends}.`, ...none, ignoreFor }
  }
  const { inRelease } = statusDetails
  const release = inRelease === 'latest' ? issue.lastRelease : inRelease
  if (status === 'resolvedInNextRelease' || statusDetails.inNextRelease) {
    const after = issue.lastRelease
    const which = after ? `the release after ${after}` : 'the next release'
    return {
      to: 'resolved',
      reason: `Resolved in ${which} with API token ${by}.`,
      fixedInRelease: null,
      facts: { inNextRelease: true, after },
    }
  }
  if (statusDetails.inCommit) {
    const change = readCommit(statusDetails.inCommit)
    return {
      to: 'resolved',
      reason: `Resolved with ${change}, in the next release, with API token ${by}.`,
      fixedInRelease: null,
      fixedIn: { releases: [], source: change },
      facts: { inCommit: change },
    }
  }
  if (release) {
    return {
      to: 'resolved',
      reason: `Resolved in release ${release} with API token ${by}.`,
      fixedInRelease: release,
      facts: { inRelease: release },
    }
  }
  return { to: 'resolved', reason: `Resolved with API token ${by}.`, ...none }
}
