// What a search of the list finds, and how many issues each view of the list has under it. Without more tokens each
// view is looked up by itself, along its own indexes. With some, a search that finds few is asked for once, and the
// list and the views are made of what it found; of one that finds many each view is counted a little way: each soon
// has more than that.
import type { Database } from '../db/database.ts'
import { countEach, findMatching, type IssueFilter } from '../db/issue-list.ts'
import { parseSearch, type Search } from '../search/parse.ts'
import { boundedCount } from './format.ts'
import { inView, issueViews, viewPart } from './issue-query.ts'
import { countBound } from './limits.ts'

/** So many issues that match in any state are few. */
const fewIssues = 500
/** Of a search that finds more, a view's issues are counted up to here. */
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
  /** How many match; null where it was not asked for. */
  readonly matching: string | null
  /** How many do in any state, up to the bound + 1; 0 where it was not asked for. */
  readonly elsewhere: number
}

/**
 * What a search finds in any state, where that is few.
 * @returns its ids; null: many, or there is nothing but a view to look for
 */
export async function findFew(db: Database, text: string, within: Within): Promise<readonly number[] | null> {
  const common = inView(text, '')
  if (common === '') return null
  return findMatching(db, filterOf(parseSearch(common, within.now), within), fewIssues)
}

/** The filter of a list: only the view is left to ask for where few match, as `findFew` says. */
export function listFilter(search: Search, text: string, within: Within, few: readonly number[] | null) {
  const filter = filterOf(search, within)
  return few ? { ...filter, terms: parseSearch(viewPart(text), within.now).terms, ids: few } : filter
}

/**
 * @param few  as `findFew` says
 * @param more what is wanted beside the views
 */
export async function countIssueViews(
  db: Database,
  text: string,
  within: Within,
  few: readonly number[] | null,
  more: { readonly matching: boolean; readonly elsewhere: boolean },
): Promise<ViewCounts> {
  const common = inView(text, '')
  const filterFor = (view: string, whole: string): IssueFilter =>
    few
      ? { ...filterOf(parseSearch(view, within.now), within), ids: few }
      : filterOf(parseSearch(whole, within.now), within)
  const viewBound = few || common === '' ? countBound : fewBound
  const counted = issueViews.filter((view) => view.search !== '')
  const counts = await countEach(db, [
    more.matching ? { filter: filterFor(viewPart(text), text), bound: viewBound } : null,
    more.elsewhere ? { filter: filterFor('', common), bound: countBound } : null,
    ...counted.map((view) => ({
      filter: filterFor(view.search, inView(text, view.search)),
      bound: viewBound,
    })),
  ])
  const [matching = 0, elsewhere = 0, ...ofViews] = counts
  return {
    views: issueViews.map((view) => {
      const found = ofViews[counted.findIndex((one) => one.search === view.search)]
      return found === undefined ? null : boundedCount(found, viewBound)
    }),
    matching: more.matching ? boundedCount(matching, viewBound) : null,
    elsewhere,
  }
}
