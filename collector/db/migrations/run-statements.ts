// Runs the statements of a migration one by one; PGlite's extended protocol takes one per query.
import { type Kysely, sql } from 'kysely'

/** @param ddl statements that end in `;` at a line's end; no function bodies */
export async function runStatements(db: Kysely<unknown>, ddl: string): Promise<void> {
  const withoutComments = ddl.replace(/^\s*--.*$/gm, '')
  for (const statement of withoutComments.split(/;\s*\n/)) {
    if (statement.trim()) await sql.raw(statement).execute(db)
  }
}
