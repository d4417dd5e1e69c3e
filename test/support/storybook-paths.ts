// Where the storybook shows each page: one address a template at least. A test holds this list against the templates.
import { installationSections, projectSections } from '../../collector/dashboard/settings/sections.ts'
import { doorPages } from './scenes/door.ts'

/** What a scene has to open: without them, pages about one issue or project are left out. */
export type Subjects = {
  readonly issue: number | undefined
  readonly project: string | undefined
}

/** Addresses by template, below templates/pages. */
export function storybookPaths({ issue, project }: Subjects): Readonly<Record<string, readonly string[]>> {
  const ofIssue = (...paths: string[]) =>
    issue === undefined ? [] : paths.map((path) => `/issues/${issue}${path}`)
  const ofProject = (...paths: string[]) =>
    project === undefined ? [] : paths.map((path) => `/projects/${project}${path}`)
  return {
    ...Object.fromEntries(doorPages.map((page) => [page, [`/door/${page}`, `/door/${page}?wrong`]])),
    'error-in-frame': ['/nowhere'],
    'on-call': ['/'],
    'issue-list': ['/issues', '/issues?q='],
    issue: ofIssue(''),
    'issue-past': ofIssue('/past'),
    'project-past': ofProject('/past'),
    events: ['/events?span=7d'],
    projects: ['/projects'],
    'project-new': ['/projects/new'],
    'project-setup': ofProject('/setup'),
    releases: ['/releases', ...(project === undefined ? [] : [`/releases?project=${project}`])],
    relays: ['/relays'],
    more: ['/more'],
    jump: ['/jump?q=e'],
    keys: ['/keys'],
    views: ['/views'],
    ...Object.fromEntries(
      projectSections.map(({ key }) => [`settings-${key}`, ofProject(`/settings/${key}`)]),
    ),
    ...Object.fromEntries(installationSections.map(({ key }) => [`settings-${key}`, [`/settings/${key}`]])),
  }
}
