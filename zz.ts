import { openInMemory } from './collector/db/database.ts'
import { migrateDatabase } from './collector/db/migrations/migrate.ts'
import { tellStory } from './test/simulator/tell-story.ts'
import { sql } from 'kysely'
const store = await openInMemory(); await migrateDatabase(store.db)
const r=await tellStory(store,Number(process.argv[2]))
console.log((r as any).error?.message)
for (const q of ["select * from issue_releases","select * from release_lines","select * from release_advances","select id,kind,at,recorded_at,facts,status,episode from issue_changes order by id","select issue_id,event_id,received_at,occurred_at,release from events","select * from issue_recurrences"]) console.log(q, JSON.stringify((await sql.raw(q).execute(store.db)).rows,null,0).replaceAll('},{','},\n{'))
process.exit(0)
