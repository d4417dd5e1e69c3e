// The frame around every page: navigation with counts, how far the relays were heard, who is signed in,
// theme, and banners for what is wrong with the loop itself.
import type { Heard } from '../db/heard.ts'
import type { FilingError } from '../db/project-list.ts'
import type { SavedView } from '../db/saved-views.ts'
import { boundedCount, clockTime, cutEnd, duration, initials, type TimeView, type Viewer } from './format.ts'
import { issueListHref, readIssueQuery } from './issue-query.ts'
import { countBound, needsBound, sidebarViews } from './limits.ts'
import type { Density, Theme } from './viewer.ts'

export type Section =
  | 'on-call'
  | 'issues'
  | 'events'
  | 'projects'
  | 'releases'
  | 'relays'
  | 'settings'
  | 'more'

export type NavItem = {
  readonly href: string
  readonly label: string
  readonly icon: string
  readonly current: boolean
  readonly count: string | null
  /** True where the count is what needs a person. */
  readonly isAlarm: boolean
  /** Hue of a dot beside the label, with its words. */
  readonly dot: { readonly hue: string; readonly words: string } | null
}

export type SavedViewLink = {
  readonly label: string
  readonly href: string
  readonly current: boolean
  /** Issues that it finds; null: not counted (pages come without, counts follow). */
  readonly count: string | null
}

export type HeardView = {
  readonly hue: 'green' | 'amber'
  /** "2 of 3 relays" */
  readonly relays: string
  /** "Heard all up to 02:29:16" */
  readonly text: string
  readonly time: TimeView | null
}

export type Banner = {
  readonly hue: string
  readonly what: string
  /** Cause and time. */
  readonly more: string
  /** What it means; a phone has no room for it, and the page that `href` opens says it too. */
  readonly consequence: string
  readonly href: string
  readonly action: string
}

export type Frame = {
  readonly title: string
  readonly org: string
  readonly path: string
  readonly nav: readonly NavItem[]
  /** True on pages that a phone reaches through "More". */
  readonly isMore: boolean
  readonly views: readonly SavedViewLink[]
  /** How many more there are. */
  readonly moreViews: number
  /** Things that need a person; the tab's title and icon tell. `figure`: the count as it is written, "99+" at most. */
  readonly needs: { readonly count: number; readonly figure: string; readonly icon: 'red' | 'amber' | '' }
  readonly heard: HeardView
  readonly banners: readonly Banner[]
  readonly person: { readonly name: string; readonly initials: string }
  readonly theme: Theme
  readonly density: Density
  readonly nextTheme: { readonly theme: Theme; readonly icon: string; readonly label: string }
}

export type FrameFacts = {
  readonly title: string
  readonly section: Section | null
  readonly path: string
  readonly org: string
  readonly unresolved: number
  /** Issues that need a person, and troubles of the loop that do. */
  readonly alarms: number
  readonly troubles: number
  readonly views: readonly SavedView[]
  readonly heard: Pick<Heard, 'at' | 'relays'>
  /** Repositories that refuse to be filed to, with the tracker's words. */
  readonly filingErrors: readonly FilingError[]
  readonly person: { readonly name: string }
  readonly theme: Theme
  readonly density: Density
}

const themeSwitch = {
  system: { theme: 'light', icon: 'system', label: 'Theme: the system’s. Switch to light' },
  light: { theme: 'dark', icon: 'sun', label: 'Theme: light. Switch to dark' },
  dark: { theme: 'system', icon: 'moon', label: 'Theme: dark. Switch to the system’s' },
} as const

/** The host of a relay, as it is called on pages. */
export function relayName(url: string): string {
  return URL.parse(url)?.host || url
}

/** Where a person mends a repository that refuses. */
export function filingHref(error: Pick<FilingError, 'project'>): string {
  return error.project === null ? '/projects' : `/projects/${error.project}/settings/filing`
}

export function heardView(heard: Pick<Heard, 'at' | 'relays'>, viewer: Viewer): HeardView {
  const silent = heard.relays.filter((relay) => relay.error !== null || relay.watermarkAt === null)
  const all = heard.relays.length
  const relays =
    all === 0 ? 'No relays' : `${all - silent.length} of ${all} ${all === 1 ? 'relay' : 'relays'}`
  if (!heard.at) return { hue: 'amber', relays, text: 'Nothing heard yet', time: null }
  const time = clockTime(heard.at, viewer, true)
  return { hue: silent.length > 0 ? 'amber' : 'green', relays, text: 'Heard all up to', time }
}

/** One banner for all relays that don't answer. */
function silentBanner(heard: Pick<Heard, 'at' | 'relays'>, viewer: Viewer): Banner | null {
  const silent = heard.relays.filter((relay) => relay.error !== null)
  const [first] = silent
  if (!first) return null
  const many = silent.length > 1
  const who = many ? `${silent.length} relays do not answer.` : `${relayName(first.url)} does not answer.`
  return {
    hue: 'amber',
    what: who,
    more: heard.at
      ? `Heard all up to ${clockTime(heard.at, viewer).text}, ${duration(viewer.now.getTime() - heard.at.getTime())} ago.`
      : `Events sent to ${many ? 'them' : 'it'} are not here yet.`,
    consequence: `${heard.at ? 'What came since is kept there. ' : ''}Quiet clocks stand still.`,
    href: '/relays',
    action: 'Open relays',
  }
}

function bannersOf(facts: FrameFacts, viewer: Viewer): Banner[] {
  const filing = facts.filingErrors.map((repository) => ({
    hue: 'red',
    what: `Filing has stopped for ${repository.repository}.`,
    more: `${repository.error.replace(/\.$/, '')} at ${clockTime(repository.at, viewer).text}.`,
    consequence: 'Alerts wait and are filed once it is mended.',
    href: filingHref(repository),
    action: repository.project === null ? 'Open projects' : 'Open filing settings',
  }))
  const silent = silentBanner(facts.heard, viewer)
  const banners = silent ? [...filing, silent] : filing
  if (banners.length <= 2) return banners
  const [first, second] = banners
  const rest = `And ${banners.length - 2} more.`
  return first && second ? [first, { ...second, more: `${second.more} ${rest}` }] : banners
}

/** The address of a saved view. */
export function viewHref(view: Pick<SavedView, 'query' | 'sort' | 'project'>): string {
  return issueListHref(readIssueQuery({ q: view.query, sort: view.sort, project: view.project }))
}

/** @param path the page's own address, to mark the view that is looked at */
export function savedViewLink(view: SavedView, path: string, count: number | null): SavedViewLink {
  const href = viewHref(view)
  return {
    label: cutEnd(view.name, 60),
    href,
    current: href === path,
    count: count === null ? null : boundedCount(count, countBound),
  }
}

/** The views of the sidebar: the oldest ones, and the one that is looked at. */
export function inSidebar(views: readonly SavedView[], path: string): readonly SavedView[] {
  const first = views.slice(0, sidebarViews)
  const current = views.find((view) => viewHref(view) === path)
  return !current || first.includes(current) ? first : [...first.slice(0, -1), current]
}

export function frameView(facts: FrameFacts, viewer: Viewer): Frame {
  const heard = heardView(facts.heard, viewer)
  const needs = facts.alarms + facts.troubles
  const item = (section: Section, label: string, extra: Partial<NavItem> = {}): NavItem => ({
    href: section === 'on-call' ? '/' : `/${section}`,
    label,
    icon: section === 'on-call' ? 'bell' : section,
    current: facts.section === section,
    count: null,
    isAlarm: false,
    dot: null,
    ...extra,
  })
  return {
    title: facts.title,
    org: facts.org,
    path: facts.path,
    isMore: ['releases', 'relays', 'settings', 'more'].includes(facts.section ?? ''),
    nav: [
      item('on-call', 'On call', needs > 0 ? { count: boundedCount(needs, needsBound), isAlarm: true } : {}),
      item('issues', 'Issues', { count: boundedCount(facts.unresolved, countBound) }),
      item('events', 'Events'),
      item('projects', 'Projects'),
      item('releases', 'Releases'),
      item(
        'relays',
        'Relays',
        heard.hue === 'amber' ? { dot: { hue: 'amber', words: 'not all heard' } } : {},
      ),
      item('settings', 'Settings'),
    ],
    views: inSidebar(facts.views, facts.path).map((view) => savedViewLink(view, facts.path, null)),
    moreViews: Math.max(0, facts.views.length - sidebarViews),
    needs: {
      count: needs,
      figure: boundedCount(needs, needsBound),
      icon: needs === 0 ? '' : facts.alarms > 0 ? 'red' : 'amber',
    },
    heard,
    banners: bannersOf(facts, viewer),
    person: { name: facts.person.name, initials: initials(facts.person.name) },
    theme: facts.theme,
    density: facts.density,
    nextTheme: themeSwitch[facts.theme],
  }
}
