// Searches that a person has named.
import { AppError } from '../../shared/errors.ts'
import type { Database } from './database.ts'

export type SavedView = {
  readonly id: number
  readonly name: string
  readonly query: string
  readonly sort: string
  /** Slug; empty: all projects. */
  readonly project: string
}

export const maxSavedViews = 50

export async function listSavedViews(db: Database, personId: number): Promise<SavedView[]> {
  return db
    .selectFrom('saved_views')
    .select(['id', 'name', 'query', 'sort', 'project'])
    .where('person_id', '=', personId)
    .orderBy('id')
    .limit(maxSavedViews)
    .execute()
}

/** A name that is there already gets the new search. @throws AppError 'conflict': there are too many */
export async function saveView(
  db: Database,
  personId: number,
  view: Omit<SavedView, 'id'>,
  at: Date,
): Promise<void> {
  const known = await listSavedViews(db, personId)
  if (known.length >= maxSavedViews && !known.some((one) => one.name === view.name)) {
    throw new AppError('conflict', `You have ${maxSavedViews} views. Delete one first.`)
  }
  await db
    .insertInto('saved_views')
    .values({ ...view, person_id: personId, created_at: at })
    .onConflict((conflict) =>
      conflict
        .columns(['person_id', 'name'])
        .doUpdateSet({ query: view.query, sort: view.sort, project: view.project }),
    )
    .execute()
}

/** Only one's own. */
export async function deleteSavedView(db: Database, personId: number, id: number): Promise<void> {
  await db.deleteFrom('saved_views').where('person_id', '=', personId).where('id', '=', id).execute()
}
