// A project's keys: the DSNs that apps carry. A new one is known to the relays within seconds; a revoked one is
// refused from then on. Rotating makes the new key and leaves the old one in force until it is revoked, since
// apps in the field carry it for as long as they are not updated.
import { formatDsn } from '../../../shared/dsn.ts'
import { AppError } from '../../../shared/errors.ts'
import {
  createProjectKey,
  listProjectKeys,
  type Project,
  type ProjectKey,
  revokeProjectKey,
} from '../../db/projects.ts'
import { agoTime, clockTime, cutEnd, type Viewer } from '../format.ts'
import { actionSection, type SettingsContext } from './section.ts'

function keyView(key: ProjectKey, project: Project, relayUrl: string, viewer: Viewer) {
  return {
    publicKey: key.publicKey,
    label: cutEnd(key.label, 100),
    dsn: formatDsn({ origin: relayUrl, publicKey: key.publicKey, projectId: project.id }),
    created: clockTime(key.createdAt, viewer),
    used: key.lastUsedAt ? agoTime(key.lastUsedAt, viewer) : null,
    revoked: key.revokedAt ? clockTime(key.revokedAt, viewer) : null,
  }
}

async function ownKey({ db, project }: SettingsContext<Project>, publicKey: string): Promise<ProjectKey> {
  const found = (await listProjectKeys(db, project.id)).find((key) => key.publicKey === publicKey)
  if (!found) throw new AppError('not_found', 'There is no such key in this project.')
  return found
}

export const keys = actionSection<Project>({
  key: 'keys',
  title: 'Keys',
  who: { view: 'person', change: 'writer' },
  template: 'pages/settings-keys',
  count: async ({ db, project }) =>
    (await listProjectKeys(db, project.id)).filter((key) => key.revokedAt === null).length,
  async view({ db, project, config, viewer }) {
    const all = await listProjectKeys(db, project.id)
    const views = all.map((key) => keyView(key, project, config.relayUrl, viewer))
    return {
      inForce: views.filter((key) => key.revoked === null),
      revoked: views.filter((key) => key.revoked !== null),
    }
  },
  read: async ({ db, project }) => ({
    keys: (await listProjectKeys(db, project.id)).map((key) => ({
      public: key.publicKey,
      label: key.label,
      created: key.createdAt.toISOString(),
      lastUsed: key.lastUsedAt?.toISOString() ?? null,
      revoked: key.revokedAt?.toISOString() ?? null,
    })),
  }),
  actions: [
    {
      name: 'create',
      who: 'writer',
      async run({ db, project, actor, now }, form) {
        await createProjectKey(db, project.id, form.get('label') ?? '', now, actor)
      },
    },
    {
      name: 'rotate',
      who: 'writer',
      async run(page, form) {
        const { label } = await ownKey(page, form.get('key') ?? '')
        await createProjectKey(page.db, page.project.id, `${label}, new`, page.now, page.actor)
      },
    },
    {
      name: 'revoke',
      who: 'writer',
      async run(page, form) {
        const { publicKey } = await ownKey(page, form.get('key') ?? '')
        await revokeProjectKey(page.db, publicKey, page.now, page.actor)
      },
    },
  ],
})
