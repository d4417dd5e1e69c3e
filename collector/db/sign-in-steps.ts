// Sign-ins between their halves: the password was right and the code is awaited, or the provider is asked. Kept
// here, not in memory, so that the second half may reach another collector.
import type { Database } from './database.ts'

export const stepMinutes = 10

export type SignInStep = {
  readonly personId: number | null
  readonly facts: Readonly<Record<string, unknown>>
}

export async function insertSignInStep(
  db: Database,
  step: SignInStep & { readonly tokenHash: string },
  now: Date,
): Promise<void> {
  await db.deleteFrom('sign_in_steps').where('expires_at', '<=', now).execute()
  await db
    .insertInto('sign_in_steps')
    .values({
      token_hash: step.tokenHash,
      person_id: step.personId,
      facts: JSON.stringify(step.facts),
      created_at: now,
      expires_at: new Date(now.getTime() + stepMinutes * 60_000),
    })
    .execute()
}

export async function findSignInStep(
  db: Database,
  tokenHash: string,
  now: Date,
): Promise<SignInStep | undefined> {
  const row = await db
    .selectFrom('sign_in_steps')
    .select(['person_id', 'facts'])
    .where('token_hash', '=', tokenHash)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return row && { personId: row.person_id, facts: row.facts }
}

/** Ends the step; its facts for the one caller who did. */
export async function takeSignInStep(
  db: Database,
  tokenHash: string,
  now: Date,
): Promise<SignInStep | undefined> {
  const row = await db
    .deleteFrom('sign_in_steps')
    .where('token_hash', '=', tokenHash)
    .where('expires_at', '>', now)
    .returning(['person_id', 'facts'])
    .executeTakeFirst()
  return row && { personId: row.person_id, facts: row.facts }
}
