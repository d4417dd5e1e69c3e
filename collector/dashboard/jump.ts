// Search or jump: issues that match, then verbs for the issue at hand, then projects and pages. The palette asks
// for the list alone; without scripts it is a page. Beside it, the list of keys.
import type { RequestHandler } from 'express'
import { z } from 'zod'
import { heardUpTo } from '../db/heard.ts'
import { listIssues } from '../db/issue-list.ts'
import { listProjectNames } from '../db/projects.ts'
import { parseSearch } from '../search/parse.ts'
import type { PageDeps } from './deps.ts'
import { cutEnd } from './format.ts'
import { issueListHref } from './issue-query.ts'
import { issueRowView } from './issue-row.ts'
import { filterOf } from './issue-views.ts'
import { monogramOf } from './monogram.ts'

const issuesShown = 8
const projectsShown = 5

export const pageKeys = [
  { keys: 'g o', label: 'On call', href: '/', icon: 'bell' },
  { keys: 'g i', label: 'Issues', href: '/issues', icon: 'issues' },
  { keys: 'g e', label: 'Events', href: '/events', icon: 'events' },
  { keys: 'g p', label: 'Projects', href: '/projects', icon: 'projects' },
  { keys: 'g v', label: 'Releases', href: '/releases', icon: 'releases' },
  { keys: 'g r', label: 'Relays', href: '/relays', icon: 'relays' },
  { keys: 'g s', label: 'Settings', href: '/settings', icon: 'settings' },
] as const

const verbs = [
  { key: 'y', label: 'Acknowledge', icon: 'check' },
  { key: 's', label: 'Snooze', icon: 'snooze' },
  { key: 'e', label: 'Resolve', icon: 'checks' },
  { key: 'i', label: 'Ignore', icon: 'ignore' },
  { key: 'o', label: 'Reopen', icon: 'replay' },
  { key: 'a', label: 'Assign', icon: 'userplus' },
  { key: 'm', label: 'Merge', icon: 'merge' },
  { key: 'c', label: 'Comment', icon: 'comment' },
  { key: 'd', label: 'Copy as Markdown', icon: 'copy' },
] as const

export const otherKeys: readonly (readonly [string, string])[] = [
  ['j  k', 'next, previous row or issue'],
  ['Enter', 'open'],
  ['x', 'select'],
  ['Shift x', 'select a range'],
  ['y', 'acknowledge'],
  ['s', 'snooze for an hour'],
  ['e', 'resolve'],
  ['i', 'ignore'],
  ['o', 'reopen'],
  ['u', 'undo what was just done'],
  ['a', 'assign'],
  ['m', 'merge'],
  ['c', 'comment'],
  ['[  ]', 'previous, next event'],
  ['{  }', 'first, last event'],
  ['f', 'library frames'],
  ['d', 'copy as Markdown'],
  ['/', 'filter'],
  ['Ctrl K  ⌘ K', 'search or jump'],
  ['?', 'this list'],
  ['Esc', 'close, clear, leave a field'],
]

export function createJumpPages({ db, config, viewer, person, scope, show }: PageDeps) {
  const jump: RequestHandler = async (req, res) => {
    const { q, issue } = z
      .object({ q: z.string().max(200).catch(''), issue: z.string().max(20).catch('') })
      .parse(req.query)
    const text = q.replaceAll('\0', '').trim()
    const look = viewer(req)
    const projectIds = await scope(req)
    const within = { projectIds, now: look.now, me: (await person(req)).id }
    const search = parseSearch(text, look.now)
    const isAsked = text !== ''
    const [rows, heard, projects] = await Promise.all([
      isAsked ? listIssues(db, filterOf(search, within), 'last-seen', null, issuesShown) : [],
      heardUpTo(db),
      isAsked ? listProjectNames(db, projectIds) : [],
    ])
    const context = { hours: new Map(), heard, quietMinutes: config.quietMinutes }
    const like = (label: string) => label.toLowerCase().includes(text.toLowerCase())
    const view = {
      q: text,
      issues: rows.map((row) => issueRowView(row, context, look)),
      all: isAsked ? issueListHref({ text: `is:unresolved ${text}` }) : null,
      verbs: issue === '' ? [] : verbs.filter((verb) => like(verb.label)),
      projects: projects
        .filter((one) => like(one.slug))
        .slice(0, projectsShown)
        .map((one) => ({
          label: cutEnd(one.slug, 80),
          href: issueListHref({ project: one.slug }),
          monogram: monogramOf(one.platform),
        })),
      pages: pageKeys.filter((page) => like(page.label)),
    }
    const names = { page: 'pages/jump', fragment: 'partials/jump-list' }
    await show(req, res, names, view, { title: 'Search or jump', section: null })
  }

  const keys: RequestHandler = async (req, res) => {
    const view = { keys: [...otherKeys, ...pageKeys.map((page) => [page.keys, page.label] as const)] }
    const names = { page: 'pages/keys', fragment: 'partials/keys' }
    await show(req, res, names, view, { title: 'Keys', section: null })
  }

  return { jump, keys }
}
