// How many issues each view of the list has under a search. Without more tokens each view is counted by itself, along
// its own indexes. With some, a search that finds few is asked for once and what it found is sorted into the views;
// one that finds many is counted view by view, a little way: each soon has more than that.
import type { Database } from '../db/database.ts'
import { countIssues, countViews, type IssueFilter } from '../db/issue-list.ts'
import { parseSearch, type Search } from '../search/parse.ts'
import { boundedCount } from './format.ts'
import { inView, issueViews, viewPart } from './issue-query.ts'
import { countBound } from './limits.ts'

/** Of a search that finds many, a view's issues are counted up to here. */
const fewBound = 99

const allStatuses = ['unresolved', 'resolving', 'resolved', 'ignored'] as const

/** The search of a list as a filter: what can't be read is left out. */
export function filterOf(
  search: Search,
  scope: { readonly projectIds: readonly number[] | null; readonly now: Date; readonly me: number },
): IssueFilter {
  return { ...scope, statuses: search.statuses ?? allStatuses, terms: search.terms }
}

type Within = Parameters<typeof filterOf>[1]

export type ViewCounts = {
  /** What each view shows, in their order; null: no number. */
  readonly views: readonly (string | null)[]
  /** How many match, and how many do in any state, up to the bound + 1; 0 where it was not asked for. */
  readonly matching: number
  readonly elsewhere: number
}

/** @param more what is wanted beside the views */
export async function countIssueViews(
  db: Database,
  text: string,
  within: Within,
  more: { readonly matching: boolean; readonly elsewhere: boolean },
): Promise<ViewCounts> {
  const filterFor = (search: string) => filterOf(parseSearch(search, within.now), within)
  const count = (search: string, bound: number) => countIssues(db, filterFor(search), bound)
  const counted = issueViews.filter((view) => view.search !== '')
  const common = inView(text, '')
  const told = (counts: readonly number[], bound: number) =>
    issueViews.map((view) => {
      const found = counts[counted.findIndex((one) => one.search === view.search)]
      return found === undefined ? null : boundedCount(found, bound)
    })
  if (common !== '') {
    const own = filterFor(viewPart(text))
    const views = [...counted.map((view) => filterFor(view.search)), own]
    const found = await countViews(db, filterFor(common), views, countBound)
    if (found) {
      const matching = found.views.at(-1) ?? 0
      return { views: told(found.views.slice(0, -1), countBound), matching, elsewhere: found.all }
    }
  }
  const bound = common === '' ? countBound : fewBound
  const [views, matching, elsewhere] = await Promise.all([
    Promise.all(counted.map((view) => count(inView(text, view.search), bound))),
    more.matching ? count(text, countBound) : 0,
    more.elsewhere ? count(common, countBound) : 0,
  ])
  return { views: told(views, bound), matching, elsewhere }
}
