// GitHub as it behaves on its worse days, behind the tracker's contract: it answers late or not at all, says 5xx
// after it has created, carries out what it was asked after the client has given up, lists what was true a moment
// ago, limits rates, revokes tokens; the network carries out a request twice; and people use it.
import type {
  IssueText,
  Tracker,
  TrackerEvent,
  TrackerFailure,
  TrackerIssue,
  TrackerResult,
} from '../../collector/trackers/tracker.ts'
import type { Life } from './life.ts'
import type { Random } from './random.ts'

export type GithubIssue = {
  repository: string
  number: number
  title: string
  body: string
  author: string
  state: 'open' | 'closed'
  stateReason: TrackerIssue['stateReason']
  assignee: string | null
  createdAt: number
  updatedAt: number
  closedAt: number | null
  closedBy: string | null
  /** Ours and other people's. */
  comments: { by: string; body: string }[]
  /** Title of its milestone. */
  milestone: string | null
  isLocked: boolean
  /** No list and no answer shows it any more; it may stand elsewhere. */
  isDeleted: boolean
  movedTo: GithubIssue | null
  isConverted: boolean
  /** The other one that it was called a duplicate of. */
  original: GithubIssue | null
  /** Made by the network, which carried out a create that was answered once more. */
  isEcho: boolean
  /** Written by others in the likeness of ours: copied, or with a marker that nobody signed. */
  isForeign: boolean
}

/** What may happen to a request; drawn anew for each. */
export type Weather = 'clear' | 'late' | 'errors' | 'lagging' | 'limited' | 'away' | 'revoked' | 'twice'

export const login = 'postern-bot'
export const requestTimeoutMs = 15_000
/** GitHub carries out up to this long after that what nobody waits for any more. */
const maxLateMs = 25_000
/** Lists show what was true up to this long ago. */
const maxLagMs = 20_000

export type ModelGithub = ReturnType<typeof createModelGithub>

const failure = (
  kind: TrackerFailure['kind'],
  message: string,
  more: Partial<TrackerFailure> = {},
): TrackerFailure => ({ ok: false, kind, permanent: false, message, retryAt: null, ...more })

export function createModelGithub(clock: Clock, random: Random) {
  const issues: GithubIssue[] = []
  /** Issues as they were, oldest first, for lists that lag. */
  const snapshots: { at: number; issues: GithubIssue[] }[] = []
  /** Moments of creates that were carried out. */
  const creates: number[] = []
  const state = { weather: 'clear' as Weather, token: 1, isStuck: false }

  function touched(issue: GithubIssue): void {
    issue.updatedAt = clock.now()
    snapshot()
  }

  function snapshot(): void {
    snapshots.push({
      at: clock.now(),
      issues: structuredClone(issues.map((one) => ({ ...one, movedTo: null, original: null }))),
    })
    while ((snapshots[1]?.at ?? Number.POSITIVE_INFINITY) < clock.now() - maxLagMs) snapshots.shift()
  }

  const toSecond = (ms: number) => new Date(Math.floor(ms / 1000) * 1000)

  function view(issue: GithubIssue): TrackerIssue {
    return {
      repository: issue.repository,
      number: issue.number,
      url: `https://github.example/${issue.repository}/issues/${issue.number}`,
      title: issue.title,
      body: issue.body,
      author: issue.author,
      state: issue.state,
      stateReason: issue.stateReason,
      assignee: issue.assignee,
      labels: [],
      milestone: issue.milestone,
      locked: issue.isLocked,
      createdAt: toSecond(issue.createdAt),
      updatedAt: toSecond(issue.updatedAt),
      closedAt: issue.closedAt === null ? null : toSecond(issue.closedAt),
      closedBy: issue.closedBy,
    }
  }

  function find(repository: string, number: number): GithubIssue | undefined {
    return issues.find((one) => one.repository === repository && one.number === number && !one.isDeleted)
  }

  function open(repository: string, text: IssueText, author: string): GithubIssue {
    const number = issues.filter((one) => one.repository === repository).length + 1
    const at = clock.now()
    const issue: GithubIssue = {
      repository,
      number,
      title: text.title,
      body: text.body,
      author,
      state: 'open',
      stateReason: null,
      assignee: null,
      createdAt: at,
      updatedAt: at,
      closedAt: null,
      closedBy: null,
      comments: [],
      milestone: null,
      isLocked: false,
      isDeleted: false,
      movedTo: null,
      isConverted: false,
      original: null,
      isEcho: false,
      isForeign: false,
    }
    issues.push(issue)
    snapshot()
    return issue
  }

  function close(issue: GithubIssue, reason: 'completed' | 'not_planned' | 'duplicate', by: string): void {
    Object.assign(issue, { state: 'closed', stateReason: reason, closedAt: clock.now(), closedBy: by })
    touched(issue)
  }

  function reopen(issue: GithubIssue): void {
    Object.assign(issue, { state: 'open', stateReason: 'reopened', closedAt: null, closedBy: null })
    touched(issue)
  }

  function imitate(body: string, author: string): GithubIssue {
    const issue = open('acme/shop', { title: 'Bug0: imitated', body }, author)
    issue.isForeign = true
    return issue
  }

  function remove(issue: GithubIssue): void {
    issue.isDeleted = true
    touched(issue)
  }

  /** To another repository, under a new number; its old address leads there. */
  function move(issue: GithubIssue, repository: string): GithubIssue {
    const number = issues.filter((one) => one.repository === repository).length + 1
    const moved = { ...structuredClone({ ...issue, original: null, movedTo: null }), repository, number }
    issues.push(moved)
    issue.movedTo = moved
    remove(issue)
    touched(moved)
    return moved
  }

  function convert(issue: GithubIssue, by: string): void {
    issue.isConverted = true
    issue.isLocked = true
    close(issue, 'completed', by)
  }

  const gone = failure('refused', 'GitHub has no such issue.', { permanent: true, status: 404 })

  /** One request of a collector: through the weather, and no further than its life. */
  async function request<T>(
    life: Life,
    token: number,
    done: () => TrackerResult<T>,
    again: () => void = done,
  ): Promise<TrackerResult<T>> {
    life.cross()
    const answer = await weathered(token, done, again)
    life.cross()
    return answer
  }

  /** Carried out as late as ever, and not answered. */
  async function stuck<T>(life: Life, done: () => TrackerResult<T>): Promise<TrackerResult<T>> {
    life.cross()
    clock.later(requestTimeoutMs + maxLateMs, () => void done())
    await clock.park(requestTimeoutMs)
    life.cross()
    return failure('unclear', 'No answer in time.')
  }

  async function weathered<T>(
    token: number,
    done: () => TrackerResult<T>,
    again: () => void,
  ): Promise<TrackerResult<T>> {
    if (token !== state.token) return failure('refused', 'Bad credentials', { permanent: true })
    const isHit = random.chance(0.6)
    switch (state.weather) {
      case 'away':
        return failure('unreachable', 'GitHub does not answer.')
      case 'limited': {
        const retryAt = new Date(clock.now() + random.between(10, 300) * 1000)
        return isHit ? failure('rate_limited', 'Secondary rate limit', { retryAt }) : done()
      }
      case 'errors': {
        if (!isHit) return done()
        if (random.chance(0.5)) done()
        return failure('unclear', '502')
      }
      case 'late': {
        if (!isHit) return done()
        const afterMs = random.between(1_000, 2 * requestTimeoutMs)
        if (afterMs < requestTimeoutMs) {
          await clock.park(afterMs)
          return done()
        }
        // The client gives up; GitHub may still do it, so late that with the lag of lists it is just in time.
        const lateMs = requestTimeoutMs + ((afterMs - requestTimeoutMs) / requestTimeoutMs) * maxLateMs
        if (random.chance(0.7)) clock.later(lateMs, () => void done())
        await clock.park(requestTimeoutMs)
        return failure('unclear', 'No answer in time.')
      }
      case 'twice':
        if (isHit) clock.later(random.between(1_000, 10 * 60_000), again)
        return done()
      default:
        return done()
    }
  }

  function list(repository: string, since: Date | null, creator: string | undefined): TrackerIssue[] {
    const isOld = state.weather === 'lagging' && random.chance(0.7)
    const at = clock.now() - random.between(0, maxLagMs)
    const shown = isOld ? (snapshots.findLast((one) => one.at <= at)?.issues ?? []) : issues
    return shown
      .filter((one) => one.repository === repository && !one.isDeleted)
      .filter((one) => !creator || one.author === creator)
      .filter(
        (one) => !since || toSecond(one.updatedAt).getTime() >= Math.floor(since.getTime() / 1000) * 1000,
      )
      .sort((a, b) => b.updatedAt - a.updatedAt || b.number - a.number)
      .map(view)
  }

  function events(issue: GithubIssue): TrackerEvent[] {
    return [
      ...issue.comments.map(({ by, body }) => ({
        is: 'comment' as const,
        author: by,
        isTrusted: !by.startsWith('mallory'),
        body,
      })),
      ...(issue.isConverted ? [{ is: 'converted' as const }] : []),
    ]
  }

  function client(life: Life): Tracker {
    const token = state.token
    const ask = <T>(done: () => TrackerResult<T>, again?: () => void) => request(life, token, done, again)
    const change = (repository: string, number: number, what: (issue: GithubIssue) => void) =>
      ask<TrackerIssue>(() => {
        const issue = find(repository, number)
        if (!issue) return gone
        what(issue)
        return { ok: true, value: view(issue) }
      })
    return {
      requestTimeoutMs,
      close: async () => undefined,
      whoAmI: () => ask(() => ({ ok: true, value: login })),
      getRepository: () =>
        ask(() => ({ ok: true, value: { isPublic: false, isArchived: false, hasIssues: true } })),
      createIssue(repository, text) {
        const create = (): TrackerResult<TrackerIssue> => {
          creates.push(clock.now())
          return { ok: true, value: view(open(repository, text, login)) }
        }
        const again = () => {
          open(repository, text, login).isEcho = true
        }
        return state.isStuck ? stuck(life, create) : ask(create, again)
      },
      listIssuesSince: (repository, filter) =>
        ask(() => ({
          ok: true,
          value: { issues: list(repository, filter.since, filter.creator), next: null, etag: null },
        })),
      getIssue: (repository, number) =>
        ask<TrackerIssue | 'gone'>(() => {
          let issue = issues.find((one) => one.repository === repository && one.number === number)
          while (issue?.movedTo) issue = issue.movedTo
          return { ok: true, value: issue && !issue.isDeleted ? view(issue) : 'gone' }
        }),
      listEvents: (repository, number) =>
        ask(() => {
          const issue = find(repository, number)
          return issue ? { ok: true, value: events(issue) } : gone
        }),
      findOriginal: (repository, number) =>
        ask(() => {
          const { original } = find(repository, number) ?? {}
          return {
            ok: true,
            value: original ? { repository: original.repository, number: original.number } : null,
          }
        }),
      comment: (repository, number, body) =>
        ask(() => {
          const issue = find(repository, number)
          if (!issue) return gone
          issue.comments.push({ by: login, body })
          touched(issue)
          return { ok: true, value: null }
        }),
      closeIssue: (repository, number, reason) =>
        change(repository, number, (issue) => close(issue, reason, login)),
      openIssue: (repository, number) => change(repository, number, reopen),
    }
  }

  return { issues, creates, state, client, close, reopen, touched, find, imitate, remove, move, convert }
}

/** The world's time, and those who wait in it. */
export type Clock = {
  now(): number
  /** Waits inside a request; the story goes on meanwhile. */
  park(ms: number): Promise<void>
  /** Does something when that time has passed. */
  later(ms: number, what: () => void): void
}
