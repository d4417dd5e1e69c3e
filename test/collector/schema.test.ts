// The real schema, column by column, against the committed description: a change shows in review.
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { onEachDatabase } from '../support/database.ts'

onEachDatabase('the schema', (db) => {
  test('is what collector/db/schema.txt says', async () => {
    const { rows } = await sql<{ line: string }>`
      select table_name || '.' || column_name || ' ' || data_type ||
        case when is_nullable = 'NO' then ' not null' else '' end as line
      from information_schema.columns
      where table_schema = 'public' and table_name not like 'kysely%'
      order by table_name, ordinal_position`.execute(db())
    const indexes = await sql<{ line: string }>`
      select indexdef as line from pg_indexes
      where schemaname = 'public' and tablename not like 'kysely%' order by indexname`.execute(db())
    const text = [...rows, ...indexes.rows].map((row) => row.line).join('\n')
    await expect(`${text}\n`).toMatchFileSnapshot('../../collector/db/schema.txt')
  })
})
