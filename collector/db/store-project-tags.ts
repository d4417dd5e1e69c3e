// Counts per tag value of a project: what share of its events usually has a value. Values and keys are bounded as
// those of an issue are; what is beyond the bounds has no usual share.
import { sql, type Transaction } from 'kysely'
import { columnsOf, fromRows, inChunks, sortedBy } from './chunks.ts'
import type { DB } from './schema.ts'
import type { CountedEvent } from './store-rollups.ts'

/** Distinct values kept of each tag key of a project. */
const maxValues = 200
/** Distinct keys kept of a project. */
const maxKeys = 100

/** Said elsewhere, and different with each user. */
const leftOut: ReadonlySet<string> = new Set(['level', 'user'])

type KeyRow = { readonly project_id: number; readonly key: string; events: number }
type ValueRow = KeyRow & { readonly value: string }

const keyId = (row: KeyRow) => `${row.project_id}\n${row.key}`
const valueId = (row: ValueRow) => `${keyId(row)}\n${row.value}`

function tallyTags(events: readonly CountedEvent[]): { keys: KeyRow[]; values: ValueRow[] } {
  const keys = new Map<string, KeyRow>()
  const values = new Map<string, ValueRow>()
  for (const { projectId, event } of events) {
    for (const [key, value] of event.tags) {
      if (leftOut.has(key)) continue
      addOne(keys, keyId, { project_id: projectId, key, events: 1 })
      addOne(values, valueId, { project_id: projectId, key, value, events: 1 })
    }
  }
  return { keys: sortedBy(keys.values(), keyId), values: sortedBy(values.values(), valueId) }
}

function addOne<T extends KeyRow>(sums: Map<string, T>, idOf: (row: T) => string, row: T): void {
  const sum = sums.get(idOf(row))
  if (sum) sum.events += 1
  else sums.set(idOf(row), row)
}

/**
 * The rows of keys are written first and in one order: whoever holds them holds their values.
 * @param events of which none was counted before
 */
export async function addToProjectTags(trx: Transaction<DB>, events: readonly CountedEvent[]): Promise<void> {
  const { keys, values } = tallyTags(events)
  const room = new Map<string, number>()
  await inChunks(keys, async (slice) => {
    for (const [id, left] of await addKeys(trx, slice)) room.set(id, left)
  })
  const unknown: ValueRow[] = []
  await inChunks(values, async (slice) => {
    const known = await addToKnown(trx, slice)
    unknown.push(...slice.filter((_, place) => !known.has(place)))
  })
  const admitted = [...Map.groupBy(unknown, keyId)].flatMap(([id, rows]) => rows.slice(0, room.get(id) ?? 0))
  await inChunks(admitted, (slice) => admitValues(trx, slice))
}

/** @returns how many more values each key may have; refused keys are missing */
async function addKeys(trx: Transaction<DB>, keys: readonly KeyRow[]): Promise<Map<string, number>> {
  const own = new Map(keys.map((row) => [keyId(row), row.events]))
  const rows = keys.map((row) => ({ ...row, distinct_values: 0 }))
  const written = await trx
    .insertInto('project_tag_keys')
    .columns(columnsOf(rows))
    .expression(fromRows('project_tag_keys', rows))
    .onConflict((conflict) =>
      conflict
        .columns(['project_id', 'key'])
        .doUpdateSet({ events: sql<number>`project_tag_keys.events + excluded.events` }),
    )
    .returning(['project_id', 'key', 'events', 'distinct_values'])
    .execute()
  const isNew = (row: KeyRow) => row.events === own.get(keyId(row))
  const refused = await refuseKeys(trx, written.filter(isNew))
  return new Map(
    written
      .filter((row) => !refused.has(keyId(row)))
      .map((row) => [keyId(row), Math.max(0, maxValues - row.distinct_values)]),
  )
}

/** Takes keys beyond the cap of their project out again. @param added those that were not there before */
async function refuseKeys(trx: Transaction<DB>, added: readonly KeyRow[]): Promise<Set<string>> {
  const refused = new Set<string>()
  if (added.length === 0) return refused
  const byProject = Map.groupBy(added, ({ project_id }) => project_id)
  const counts = await trx
    .selectFrom('project_tag_keys')
    .select(({ fn }) => ['project_id', fn.countAll<number>().as('keys')])
    .where('project_id', 'in', [...byProject.keys()])
    .groupBy('project_id')
    .having(({ fn }) => fn.countAll(), '>', maxKeys)
    .execute()
  for (const { project_id, keys } of counts) {
    const own = byProject.get(project_id) ?? []
    const surplus = own.slice(Math.max(0, own.length - (Number(keys) - maxKeys)))
    for (const row of surplus) refused.add(keyId(row))
    await trx
      .deleteFrom('project_tag_keys')
      .where('project_id', '=', project_id)
      .where(
        'key',
        'in',
        surplus.map(({ key }) => key),
      )
      .execute()
  }
  return refused
}

/** In any order, since the caller holds their keys. @returns the places of those that are there */
async function addToKnown(trx: Transaction<DB>, rows: readonly ValueRow[]): Promise<Set<number>> {
  const given = JSON.stringify(rows.map((row, place) => ({ place, ...row })))
  const result = await sql<{ place: number }>`
    update project_tags set events = project_tags.events + given.events
    from jsonb_to_recordset(${given}::jsonb)
      as given (place int, project_id bigint, key text, value text, events bigint)
    where project_tags.project_id = given.project_id and project_tags.key = given.key
      and project_tags.value = given.value
    returning given.place`.execute(trx)
  return new Set(result.rows.map(({ place }) => place))
}

async function admitValues(trx: Transaction<DB>, rows: readonly ValueRow[]): Promise<void> {
  await trx
    .insertInto('project_tags')
    .columns(columnsOf(rows))
    .expression(fromRows('project_tags', rows))
    .execute()
  const added = [...Map.groupBy(rows, keyId).values()].flatMap(([first, ...more]) =>
    first ? [{ project_id: first.project_id, key: first.key, added: more.length + 1 }] : [],
  )
  await sql`
    update project_tag_keys set distinct_values = project_tag_keys.distinct_values + given.added
    from jsonb_to_recordset(${JSON.stringify(added)}::jsonb) as given (project_id bigint, key text, added int)
    where project_tag_keys.project_id = given.project_id and project_tag_keys.key = given.key`.execute(trx)
}
