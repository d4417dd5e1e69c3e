// `npm run erase-user -- PROJECT USER`: what Postern holds of one user of a project's apps is erased; counts stay.
import { AppError } from '../../shared/errors.ts'
import { eraseUser } from '../db/erase-user.ts'
import { findProject } from '../db/projects.ts'
import { openStoreToRead, runCommand } from './run-command.ts'

await runCommand(process.env, async (config, [projectName, user]) => {
  if (!projectName || !user) {
    throw new AppError(
      'invalid_settings',
      'Say whom: npm run erase-user -- PROJECT USER, the user as shown with an issue (id:42, email:a@b.example)',
    )
  }
  const store = await openStoreToRead(config)
  try {
    const project = await findProject(store.db, projectName)
    if (!project) throw new AppError('not_found', `There is no project ${projectName}.`)
    const userKey = /^(id|username|email|ip):/.test(user) ? user : `id:${user}`
    const erased = await eraseUser(store.db, project.id, userKey)
    if (erased.issues === 0) return `No event of ${project.slug} names ${userKey}.`
    return [
      `Erased ${userKey} from ${erased.issues} issues of ${project.slug}, with ${erased.events} kept events.`,
      'Tickets already filed, backups, and dead letters (kept unread for seven days) are not touched.',
    ].join(' ')
  } finally {
    await store.close()
  }
})
