// What Postern asks of an issue tracker, and how its answers end. A refusal is a value, not an exception:
// the steps must tell what was surely not done from what may have been done.

/** An issue at the tracker. Moments are the tracker's clock. */
export type TrackerIssue = {
  /** Where it stands, owner/name: another than was asked for if it was moved there. */
  readonly repository: string
  readonly number: number
  readonly url: string
  readonly title: string
  /** Markdown as stored there, hidden comments included. */
  readonly body: string
  /** Login; null where the account is gone. */
  readonly author: string | null
  readonly state: 'open' | 'closed'
  /** null: the tracker doesn't say (older Enterprise). */
  readonly stateReason: 'completed' | 'not_planned' | 'duplicate' | 'reopened' | null
  readonly assignee: string | null
  /** Names of its labels, bounded in number and length. */
  readonly labels: readonly string[]
  /** Title of its milestone. */
  readonly milestone: string | null
  /** Only those with rights may still comment. */
  readonly locked: boolean
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly closedAt: Date | null
  readonly closedBy: string | null
}

/**
 * How a request failed.
 * - `refused`: an answer that says no; nothing was done, and it won't be until something is mended
 * - `rate_limited`: an answer that says later; nothing was done
 * - `unreachable`: never got there; nothing was done
 * - `unclear`: no answer, a broken one or a 5xx; it may have been done
 */
export type TrackerFailure = {
  readonly ok: false
  readonly kind: 'refused' | 'rate_limited' | 'unreachable' | 'unclear'
  /** The tracker will not accept this as things stand: show it, and retry slowly. */
  readonly permanent: boolean
  /** One sentence for people; never holds the token. */
  readonly message: string
  /** Not before this moment, where the tracker said so. */
  readonly retryAt: Date | null
  /** HTTP status of a refusal. */
  readonly status?: number
}

/** What happened to a tracker issue, as far as it can tell what a close means. Texts are other people's. */
export type TrackerEvent =
  | {
      readonly is: 'comment'
      readonly author: string
      /** The author may write to the repository or belongs to its owner, and is no program. */
      readonly isTrusted: boolean
      readonly body: string
    }
  /** A merged pull request that speaks of it. */
  | {
      readonly is: 'merge'
      readonly repository: string
      readonly number: number
      readonly text: string
      readonly milestone: string | null
      readonly mergedAt: Date
      /** Login; null: the tracker doesn't say. */
      readonly mergedBy: string | null
    }
  | { readonly is: 'reopened'; readonly at: Date }
  | { readonly is: 'closed'; readonly commit: string | null }
  | { readonly is: 'converted' }

export type TrackerResult<T> = { readonly ok: true; readonly value: T } | TrackerFailure

/** One page of a repository's issues (pull requests are left out). */
export type TrackerIssuePage = {
  readonly issues: readonly TrackerIssue[]
  /** Names the next page; null: this was the last. */
  readonly next: string | null
  /** Sent back with the same first page, it makes an unchanged list cheap. */
  readonly etag: string | null
}

/** Which issues to list: open and closed ones, newest change first. */
export type IssueFilter = {
  /** Only those changed at or after this moment. */
  readonly since: Date | null
  /** Only those this account opened. */
  readonly creator?: string
}

export type IssueText = {
  readonly title: string
  readonly body: string
  /** Set only where there are any: GitHub drops or refuses them where the token lacks the right. */
  readonly labels?: readonly string[]
  readonly assignees?: readonly string[]
}

export type TrackerRepository = {
  /** Everyone can read it; a tracker that doesn't say counts as public. */
  readonly isPublic: boolean
  readonly isArchived: boolean
  readonly hasIssues: boolean
}

/** `repository` is owner/name everywhere. */
export type Tracker = {
  /** Login of the account that the token belongs to. */
  whoAmI(): Promise<TrackerResult<string>>
  getRepository(repository: string): Promise<TrackerResult<TrackerRepository>>
  createIssue(repository: string, text: IssueText): Promise<TrackerResult<TrackerIssue>>
  /**
   * @param at.etag  of the first page as it was last seen; `not_modified` when nothing changed since
   * @param at.page  `next` of the page before
   */
  listIssuesSince(
    repository: string,
    filter: IssueFilter,
    at?: { readonly etag?: string | null; readonly page?: string | null },
  ): Promise<TrackerResult<TrackerIssuePage | 'not_modified'>>
  /**
   * Reads one at its own address, and follows it where it was moved to.
   * `gone`: the repository is there, and it isn't: deleted, or moved to where the token may not look
   */
  getIssue(repository: string, number: number): Promise<TrackerResult<TrackerIssue | 'gone'>>
  /** Oldest first; of a very long history the middle is missing. */
  listEvents(repository: string, number: number): Promise<TrackerResult<readonly TrackerEvent[]>>
  /** Of which other one it was called a duplicate, last; null: the tracker doesn't say. */
  findOriginal(
    repository: string,
    number: number,
  ): Promise<TrackerResult<{ readonly repository: string; readonly number: number } | null>>
  comment(repository: string, number: number, body: string): Promise<TrackerResult<null>>
  closeIssue(
    repository: string,
    number: number,
    reason: 'completed' | 'not_planned',
  ): Promise<TrackerResult<TrackerIssue>>
  openIssue(repository: string, number: number): Promise<TrackerResult<TrackerIssue>>
  /** No request lives longer than this, in ms. */
  readonly requestTimeoutMs: number
  close(): Promise<void>
}
