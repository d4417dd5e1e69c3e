// Who changed what, newest first; of one project, and (for admins) of everything.
import { type AuditEntry, listAuditEntries } from '../../db/audit-log.ts'
import type { Project } from '../../db/projects.ts'
import { clockTime, cutEnd, type Viewer } from '../format.ts'
import { auditWords } from './audit-words.ts'
import { actionSection, type Form, type Owner, type SettingsPage } from './section.ts'

const pageSize = 50

function factWords(facts: AuditEntry['facts']): string[] {
  return Object.entries(facts).map(([field, fact]) => {
    const isChange = typeof fact === 'object' && fact !== null && 'from' in fact && 'to' in fact
    const text = isChange
      ? `${field}: ${JSON.stringify(fact.from) ?? 'nothing'} → ${JSON.stringify(fact.to) ?? 'nothing'}`
      : `${field}: ${typeof fact === 'string' ? fact : JSON.stringify(fact)}`
    return cutEnd(text, 300)
  })
}

export function auditRowView(entry: AuditEntry, viewer: Viewer) {
  return {
    when: clockTime(entry.at, viewer),
    actor: cutEnd(entry.actor, 100),
    words: auditWords[entry.action] ?? entry.action,
    subject: cutEnd(entry.subject, 200),
    project: entry.project?.slug ?? null,
    facts: factWords(entry.facts),
  }
}

/** The id after which the list goes on; undefined: from the newest. */
function beforeOf(query: Form): number | undefined {
  const text = query.get('before') ?? ''
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

async function auditView({ db, viewer, query }: SettingsPage<Owner>, projectId: number | undefined) {
  const entries = await listAuditEntries(db, { projectId, before: beforeOf(query) }, pageSize + 1)
  const shown = entries.slice(0, pageSize)
  const last = shown.at(-1)
  return {
    rows: shown.map((entry) => auditRowView(entry, viewer)),
    showsProject: projectId === undefined,
    older: entries.length > pageSize && last ? `?before=${last.id}` : null,
  }
}

const apiEntry = ({ id, at, actor, project, action, subject, facts }: AuditEntry) => ({
  id: String(id),
  at: at.toISOString(),
  actor,
  project: project?.slug ?? null,
  action,
  subject,
  facts,
})

const common = { key: 'audit', title: 'Audit log', template: 'pages/settings-audit' } as const

export const projectAudit = actionSection<Project>({
  ...common,
  who: { view: 'writer', change: 'writer' },
  view: (page) => auditView(page, page.project.id),
  read: async ({ db, project }) => ({
    entries: (await listAuditEntries(db, { projectId: project.id }, 200)).map(apiEntry),
  }),
})

export const installationAudit = actionSection<null>({
  ...common,
  who: { view: 'admin', change: 'admin' },
  view: (page) => auditView(page, undefined),
  read: async ({ db }) => ({ entries: (await listAuditEntries(db, {}, 200)).map(apiEntry) }),
})
