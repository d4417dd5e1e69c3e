// What GitHub answers for an issue, a user and a comment, as far as its description requires.

export type StandInIssue = {
  readonly repository: string
  readonly number: number
  title: string
  body: string
  /** Login of who opened it. */
  readonly author: string
  state: 'open' | 'closed'
  stateReason: 'completed' | 'not_planned' | 'duplicate' | 'reopened' | null
  readonly createdAt: Date
  updatedAt: Date
  closedAt: Date | null
  closedBy: string | null
  readonly comments: StandInComment[]
  readonly isPullRequest: boolean
  /** Title of its milestone. */
  milestone: string | null
  labels: readonly string[]
  assignee: string | null
  locked: boolean
  /** No longer here: deleted, or to be found elsewhere. */
  isGone: boolean
  movedTo: { readonly repository: string; readonly number: number } | null
  /** A pull request that was merged. */
  mergedAt: Date | null
  /** The commit that closed it. */
  closedByCommit: string | null
  isConverted: boolean
  /** Pull requests and issues that speak of it. */
  readonly references: StandInIssue[]
  /** The other one that it was called a duplicate of. */
  original: { readonly repository: string; readonly number: number } | null
}

export type StandInComment = {
  readonly author: string
  readonly body: string
  readonly at: Date
  readonly association?: 'OWNER' | 'MEMBER' | 'COLLABORATOR' | 'CONTRIBUTOR' | 'NONE'
}

/** GitHub's moments have whole seconds. */
export function toSeconds(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`
}

export function userJson(login: string, url: string): Record<string, unknown> {
  // The login of an app's bot ends in [bot].
  const name = encodeURIComponent(login)
  const of = (path: string) => `${url}/users/${name}${path}`
  return {
    login,
    id: [...login].reduce((sum, char) => sum * 31 + char.charCodeAt(0), 7) % 1_000_000,
    node_id: `U_${login}`,
    avatar_url: `${url}/avatars/${name}`,
    gravatar_id: '',
    url: of(''),
    html_url: `https://github.com/${name}`,
    followers_url: of('/followers'),
    following_url: of('/following'),
    gists_url: of('/gists'),
    starred_url: of('/starred'),
    subscriptions_url: of('/subscriptions'),
    organizations_url: of('/orgs'),
    repos_url: of('/repos'),
    events_url: of('/events'),
    received_events_url: of('/received_events'),
    type: 'User',
    site_admin: false,
    user_view_type: 'public',
  }
}

/** `GET /user` tells more than the user inside an issue. */
export function authenticatedUserJson(login: string, url: string): Record<string, unknown> {
  return {
    ...userJson(login, url),
    name: login,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: '2020-01-01T00:00:00Z',
    updated_at: '2020-01-01T00:00:00Z',
  }
}

export function issueJson(issue: StandInIssue, url: string): Record<string, unknown> {
  const api = `${url}/repos/${issue.repository}`
  const self = `${api}/issues/${issue.number}`
  const page = `https://github.com/${issue.repository}/${issue.isPullRequest ? 'pull' : 'issues'}/${issue.number}`
  return {
    id: 1_000_000 + issue.number,
    node_id: `I_${issue.number}`,
    url: self,
    repository_url: api,
    labels_url: `${self}/labels{/name}`,
    comments_url: `${self}/comments`,
    events_url: `${self}/events`,
    html_url: page,
    number: issue.number,
    state: issue.state,
    state_reason: issue.stateReason,
    title: issue.title,
    body: issue.body,
    user: userJson(issue.author, url),
    // As a name alone, or with what GitHub knows of it.
    labels: issue.labels.map((name, place) => (place % 2 ? name : { id: place + 1, name, color: 'ededed' })),
    assignee: issue.assignee === null ? null : userJson(issue.assignee, url),
    assignees: issue.assignee === null ? [] : [userJson(issue.assignee, url)],
    milestone: issue.milestone === null ? null : milestoneJson(issue.milestone, api, url),
    locked: issue.locked,
    active_lock_reason: null,
    comments: issue.comments.length,
    closed_at: issue.closedAt && toSeconds(issue.closedAt),
    closed_by: issue.closedBy && userJson(issue.closedBy, url),
    created_at: toSeconds(issue.createdAt),
    updated_at: toSeconds(issue.updatedAt),
    author_association: 'MEMBER',
    ...(issue.isPullRequest
      ? {
          pull_request: {
            url: self,
            html_url: page,
            diff_url: `${page}.diff`,
            patch_url: `${page}.patch`,
            merged_at: issue.mergedAt && toSeconds(issue.mergedAt),
          },
        }
      : {}),
  }
}

export function commentJson(
  issue: StandInIssue,
  comment: StandInIssue['comments'][number],
  url: string,
): Record<string, unknown> {
  return {
    id: 1,
    node_id: 'IC_1',
    url: `${url}/repos/${issue.repository}/issues/comments/1`,
    html_url: `https://github.com/${issue.repository}/issues/${issue.number}#issuecomment-1`,
    issue_url: `${url}/repos/${issue.repository}/issues/${issue.number}`,
    body: comment.body,
    user: userJson(comment.author, url),
    created_at: toSeconds(comment.at),
    updated_at: toSeconds(comment.at),
    author_association: comment.association ?? 'MEMBER',
  }
}

function milestoneJson(title: string, api: string, url: string): Record<string, unknown> {
  return {
    url: `${api}/milestones/1`,
    html_url: 'https://github.com/milestones/1',
    labels_url: `${api}/milestones/1/labels`,
    id: 1,
    node_id: 'MI_1',
    number: 1,
    title,
    description: null,
    creator: userJson('octocat', url),
    open_issues: 0,
    closed_issues: 1,
    state: 'open',
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    due_on: null,
    closed_at: null,
  }
}

/** The timeline of an issue: comments, what speaks of it, its close, its becoming a discussion. */
export function timelineJson(issue: StandInIssue, url: string): Record<string, unknown>[] {
  const event = (name: string, more: Record<string, unknown>) => ({
    id: 1,
    node_id: 'E_1',
    url: `${url}/repos/${issue.repository}/issues/events/1`,
    actor: userJson(issue.closedBy ?? 'octocat', url),
    event: name,
    commit_id: null,
    commit_url: null,
    created_at: toSeconds(issue.updatedAt),
    performed_via_github_app: null,
    ...more,
  })
  return [
    ...issue.comments.map((comment) => ({
      ...commentJson(issue, comment, url),
      event: 'commented',
      actor: userJson(comment.author, url),
    })),
    ...issue.references.map((source) => ({
      event: 'cross-referenced',
      actor: userJson(source.author, url),
      created_at: toSeconds(source.createdAt),
      updated_at: toSeconds(source.updatedAt),
      source: { type: 'issue', issue: issueJson(source, url) },
    })),
    ...(issue.state === 'closed' ? [event('closed', { commit_id: issue.closedByCommit })] : []),
    ...(issue.isConverted ? [event('converted_to_discussion', {})] : []),
  ]
}
