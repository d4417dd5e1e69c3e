// What the address of the issue list says, and back: project, search, sorting, place. The address holds
// everything, so a link shows a colleague the same.
import { z } from 'zod'
import { type IssuePlace, type IssueSort, issueSorts } from '../db/issue-list.ts'
import { maxSearchLength } from '../search/parse.ts'
import { tokensOf } from '../search/tokens.ts'

export type IssueQuery = {
  /** Slug; empty: all projects. */
  readonly project: string
  readonly text: string
  readonly sort: IssueSort
  readonly after: IssuePlace | null
}

export const defaultSearch = 'is:unresolved'

const querySchema = z.object({
  project: z.string().max(100).catch(''),
  q: z
    .string()
    .max(maxSearchLength + 1)
    .catch(defaultSearch),
  sort: z.enum(issueSorts).catch('urgency'),
  after: z
    .string()
    .regex(/^\d-\d{1,15}-\d{1,15}$/)
    .catch(''),
})

/**
 * Anything that makes no sense is left out, as if it weren't there.
 * @param query as Express parsed it: strings, or lists where a key is repeated
 */
export function readIssueQuery(query: object): IssueQuery {
  const read = querySchema.parse(query)
  const [rank, value, id] = read.after.split('-').map(Number)
  return {
    project: read.project,
    // NUL can't be in a text that Postgres is asked about.
    text: read.q.replaceAll('\0', '').trimStart(),
    sort: read.sort,
    after: rank !== undefined && value !== undefined && id !== undefined ? { rank, value, id } : null,
  }
}

/** The address of a query; defaults are left out. */
export function issueListHref(query: Partial<IssueQuery>): string {
  const search = new URLSearchParams()
  if (query.project) search.set('project', query.project)
  if (query.text !== undefined && query.text.trim() !== defaultSearch) search.set('q', query.text.trim())
  if (query.sort && query.sort !== 'urgency') search.set('sort', query.sort)
  if (query.after) search.set('after', `${query.after.rank}-${query.after.value}-${query.after.id}`)
  const text = search.toString()
  return text ? `/issues?${text}` : '/issues'
}

/** The views of the list: what a search says beside its other tokens. */
export const issueViews = [
  { label: 'Unresolved', search: 'is:unresolved' },
  { label: 'Mine', search: 'is:unresolved assigned:me' },
  { label: 'Regressed', search: 'is:regressed' },
  { label: 'Quiet', search: 'is:quiet' },
  { label: 'Not filed', search: 'is:unresolved is:unfiled' },
  { label: 'Ignored', search: 'is:ignored' },
  { label: 'All', search: '' },
] as const

const isViewToken = (raw: string) => raw.startsWith('is:') || raw === 'assigned:me'

/** What of a search says the view: its tokens of state. */
export function viewPart(text: string): string {
  return tokensOf(text)
    .map((token) => token.raw)
    .filter(isViewToken)
    .join(' ')
}

/** The search in another view: its own tokens of state give way. */
export function inView(text: string, view: string): string {
  const others = tokensOf(text)
    .map((token) => token.raw)
    .filter((raw) => !isViewToken(raw))
  return [view, ...others].filter(Boolean).join(' ')
}

/** Whether a search is in this view. */
export function isInView(text: string, view: string): boolean {
  const own = tokensOf(text)
    .map((token) => token.raw)
    .filter(isViewToken)
  return own.sort().join(' ') === view.split(' ').filter(Boolean).sort().join(' ')
}
