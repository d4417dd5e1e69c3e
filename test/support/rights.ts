// The table of docs/rights.md, and ids to put into the addresses of its routes: of a project that an outsider
// may see, and of one that they may not.

import { hashToken, newToken } from '../../collector/access/secrets.ts'
import type { Database } from '../../collector/db/database.ts'
import { insertLoginSession } from '../../collector/db/login-sessions.ts'
import { readRoot, section, tableRows } from './documents.ts'
import { seedNow } from './seed.ts'

export type RightsRow = { readonly method: string; readonly path: string; readonly who: string }

/** Rows of one section: `GET /path` and who may. */
export function rightsIn(heading: string): RightsRow[] {
  return tableRows(section(readRoot('docs/rights.md'), heading)).map(([route = '', who = '']) => {
    const [method = '', path = ''] = route.replaceAll('`', '').split(' ')
    return { method, path, who: who.replaceAll('`', '') }
  })
}

/** Fills the names in a path. @throws where a name has no id here: give it one, so that the walk covers it */
export function fillPath(path: string, ids: Readonly<Record<string, string>>): string {
  return path.replaceAll(/:(\w+)/g, (_, name: string) => {
    const id = ids[name]
    if (id === undefined) throw new Error(`the walk over all routes has no id for ":${name}" of ${path}`)
    return encodeURIComponent(id)
  })
}

/** A cookie of a session made for one request, since some requests end their session. */
export async function sessionCookieOf(db: Database, personId: number): Promise<string> {
  const token = newToken()
  const session = { tokenHash: hashToken(token), personId, userAgent: null, method: 'password' as const }
  await insertLoginSession(db, session, seedNow)
  return `postern_session=${token}`
}
