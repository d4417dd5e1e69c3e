// The page that sets a project up: its DSN in the snippet of a platform, and step by step what came so far, until
// the first event has arrived.
import { formatDsn } from '../../shared/dsn.ts'
import type { Project, ProjectKey } from '../db/projects.ts'
import type { Relay } from '../db/relays.ts'
import type { DashboardConfig } from './deps.ts'
import { agoTime, cutEnd, plural, type Viewer } from './format.ts'
import { issueListHref } from './issue-query.ts'
import { monogramOf } from './monogram.ts'
import { snippetFor, snippets } from './snippets.ts'

export type ProjectSetupData = {
  readonly project: Project
  readonly keys: readonly ProjectKey[]
  readonly relays: readonly Relay[]
  readonly platform: string | null
  readonly config: Pick<DashboardConfig, 'relayUrl' | 'github'>
  /** Version of the projects that relays should know. */
  readonly version: number
  /** Envelopes of this project that relays accepted in the last two days, and those that are dead letters. */
  readonly received: number
  readonly unread: number
}

/** Code as lines, the one with the DSN marked. */
function codeLines(code: string, dsn: string) {
  return code
    .split('\n')
    .map((line) => ({ text: line.replace('{DSN}', dsn), marked: line.includes('{DSN}') }))
}

/** One event from a shell, as an older SDK would send it. */
function terminalCommand(dsn: string): string {
  const { protocol, host, username, pathname } = new URL(dsn)
  return `curl ${protocol}//${host}/api${pathname}/store/ \\
  -H 'X-Sentry-Auth: Sentry sentry_key=${username}, sentry_version=7' \\
  -d '{"message":"Postern, do you hear me?"}'`
}

export function projectSetupView(data: ProjectSetupData, viewer: Viewer) {
  const { project, keys, relays, config } = data
  const dsnOf = (key: ProjectKey) =>
    formatDsn({ origin: config.relayUrl, publicKey: key.publicKey, projectId: project.id })
  const inForce = keys.filter((key) => key.revokedAt === null)
  const dsn = inForce[0] ? dsnOf(inForce[0]) : null
  const snippet = snippetFor(data.platform ?? project.platform)
  const answering = relays.filter((relay) => relay.error === null && relay.answeredAt !== null)
  const heard = project.lastEventAt
  const known = inForce.length === 0 ? [] : relays.filter((one) => one.projectsVersion >= data.version)
  const received =
    data.received > 0 ? `${plural(data.received, 'envelope')} came` : 'none yet; this page looks every 2 s'
  const refused =
    data.unread > 0 ? `${plural(data.unread, 'envelope')} can’t be read, see Relays: dead letters` : ''
  const step = (done: boolean, label: string, more: string) => ({
    mark: done
      ? { name: 'resolved', hue: 'green', word: 'done' }
      : { name: 'watching', hue: 'stone', word: 'waiting' },
    label,
    more,
  })
  return {
    slug: project.slug,
    name: cutEnd(project.name, 100),
    issuesHref: issueListHref({ project: project.slug }),
    here: `/projects/${project.slug}/setup`,
    dsn,
    terminal: dsn ? terminalCommand(dsn) : null,
    snippet: {
      ...snippet,
      code: codeLines(snippet.code, dsn ?? ''),
      codeText: snippet.code.replace('{DSN}', dsn ?? ''),
    },
    platforms: snippets.map((one) => ({
      label: one.label,
      monogram: monogramOf(one.platform),
      href: `/projects/${project.slug}/setup?platform=${one.platform}`,
      current: one.platform === snippet.platform,
    })),
    waiting: {
      done: heard !== null,
      title: heard ? 'The first event has arrived' : 'Waiting for the first event',
      steps: [
        step(
          known.length > 0,
          inForce.length === 0
            ? 'No key is in force'
            : `Key known to ${known.length} of ${plural(relays.length, 'relay')}`,
          '',
        ),
        step(
          answering.length > 0,
          relays.length === 0 ? 'No relay is set' : `${answering.length} of ${relays.length} relays answer`,
          answering[0]?.answeredAt ? agoTime(answering[0].answeredAt, viewer).text : '',
        ),
        step(data.received > 0, 'First envelope', received),
        step(heard !== null, 'Read and grouped', refused),
        step(heard !== null, 'Stored', heard ? `last one ${agoTime(heard, viewer).text}` : ''),
      ],
    },
    repository: project.repository ?? config.github.repository,
  }
}
