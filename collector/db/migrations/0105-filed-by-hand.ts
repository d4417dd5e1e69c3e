// A person may have an issue filed that no rule has filed yet.
import type { Kysely } from 'kysely'
import { runStatements } from './run-statements.ts'

const ddl = `
alter table alerts drop constraint alerts_rule_check;
alter table alerts add constraint alerts_rule_check
  check (rule in ('burst', 'fatal', 'regression', 'slow_burn', 'escalation', 'by_hand'));
`

export async function up(db: Kysely<unknown>): Promise<void> {
  await runStatements(db, ddl)
}
