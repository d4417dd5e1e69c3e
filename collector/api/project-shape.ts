// Projects and keys as Sentry's API shows them. Teams don't exist here: each project has the one team that
// Sentry's tools look for, named like the organization.
import { formatDsn } from '../../shared/dsn.ts'
import type { Project, ProjectKey } from '../db/projects.ts'
import { organizationId } from './context.ts'

function team(org: string) {
  return { id: '1', slug: org, name: org }
}

/** As it stands inside an issue. */
export function projectRef(project: Project) {
  return { id: String(project.id), slug: project.slug, name: project.name, platform: project.platform }
}

/** @param lastEventAt stands as `firstEvent`'s companion: null until something arrived */
export function projectShape(project: Project, org: string) {
  return {
    ...projectRef(project),
    dateCreated: project.createdAt.toISOString(),
    status: 'active',
    isPublic: false,
    isBookmarked: false,
    isMember: true,
    hasAccess: true,
    features: [],
    firstEvent: null,
    lastEvent: project.lastEventAt?.toISOString() ?? null,
    team: team(org),
    teams: [team(org)],
    organization: { id: organizationId, slug: org, name: org },
    /** Not Sentry's: where issues of this project are filed; null: the default repository. */
    repository: project.repository,
  }
}

/** @param relayUrl public address of the relay that takes this project's events */
export function keyShape(key: ProjectKey, project: Project, relayUrl: string) {
  const dsn = formatDsn({ origin: relayUrl, publicKey: key.publicKey, projectId: project.id })
  const to = (endpoint: string) =>
    `${relayUrl.replace(/\/+$/, '')}/api/${project.id}/${endpoint}/?sentry_key=${key.publicKey}`
  return {
    id: key.publicKey,
    name: key.label,
    label: key.label,
    public: key.publicKey,
    // Secrets in DSNs are obsolete; old tools want the field.
    secret: '',
    projectId: project.id,
    isActive: key.revokedAt === null,
    rateLimit: null,
    dateCreated: key.createdAt.toISOString(),
    dsn: {
      public: dsn,
      secret: dsn,
      csp: to('security'),
      security: to('security'),
      minidump: to('minidump'),
    },
  }
}
