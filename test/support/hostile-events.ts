// Events that no SDK sends, stored as any others are: wrong types in every field, at every depth, and a megabyte
// without a space. The canary hides in what stands in place of the right type.
import type { Database } from '../../collector/db/database.ts'
import type { Project } from '../../collector/db/projects.ts'
import { createDigest } from '../../collector/digest.ts'
import type { JsonObject, JsonValue } from '../../collector/pipeline/event.ts'
import { createLog } from '../../shared/log.ts'
import { makeFacts } from './facts.ts'
import { hostileWire } from './scenes/hostile.ts'
import { seededId, seedNow } from './seed.ts'

const canary = '<img src=x onerror="globalThis.canary=1">'

function deep(levels: number): JsonValue {
  let value: JsonValue = canary
  for (let level = 0; level < levels; level += 1)
    value = level % 2 === 0 ? [value] : { [`level ${level}`]: value }
  return value
}

/** What stands where something else is expected. */
const wrongValues: Readonly<Record<string, JsonValue>> = {
  'a number': -1.5e300,
  null: null,
  true: true,
  'an empty list': [],
  'a list of lists': [[canary], [[canary, 7]], null],
  'an object': { [canary]: canary, values: canary, name: [canary], length: 3, toString: canary },
  'a deep one': deep(60),
}

/** Puts a value in place of everything that stands at a depth; 0 is the event's own fields. */
function replaced(wire: JsonValue, depth: number, value: JsonValue): JsonValue {
  if (wire === null || typeof wire !== 'object') return value
  if (Array.isArray(wire)) return wire.map((one) => (depth <= 0 ? value : replaced(one, depth - 1, value)))
  return Object.fromEntries(
    Object.entries(wire).map(([key, one]) => [key, depth <= 0 ? value : replaced(one, depth - 1, value)]),
  )
}

/** An event with every text in it as long as that. */
function stretched(wire: JsonValue, text: string): JsonValue {
  if (typeof wire === 'string') return text
  if (wire === null || typeof wire !== 'object') return wire
  if (Array.isArray(wire)) return wire.map((one) => stretched(one, text))
  return Object.fromEntries(Object.entries(wire).map(([key, one]) => [key, stretched(one, text)]))
}

function hostileEvents(): JsonObject[] {
  const plain = hostileWire('x')
  // Fields, what is in them, and so on down to the variables of a frame; past all of it only leaves are left.
  const wrong = Object.values(wrongValues).flatMap((value) =>
    [0, 1, 2, 4, 99].map((depth) => replaced(plain, depth, value) as JsonObject),
  )
  const megabyte: JsonObject = { ...plain, message: 'W'.repeat(1_000_000), exception: { values: [] } }
  const inAll = stretched(plain, 'W'.repeat(30_000)) as JsonObject
  return [...wrong, megabyte, inAll]
}

/** Stores them through the whole pipeline. @returns the addresses of their pages; none may be a dead letter */
export async function seedHostileEvents(db: Database, project: Project): Promise<string[]> {
  const rows = hostileEvents().map((wire, index) => {
    const eventId = seededId(`hostile event ${index}`)
    // Each an issue of its own, so that none hides behind another.
    const payload = JSON.stringify({ ...wire, event_id: eventId, fingerprint: [`hostile ${index}`] })
    const item = JSON.stringify({ type: 'event', length: Buffer.byteLength(payload) })
    const body = Buffer.from(`${JSON.stringify({ event_id: eventId })}\n${item}\n${payload}\n`)
    const id = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`
    const facts = makeFacts({
      id,
      project: project.id,
      received_at: seedNow.getTime() - 60_000,
      event_id: eventId,
      event_id_made: false,
      item_types: ['event'],
      length: body.length,
    })
    return { facts, body }
  })
  const digest = createDigest({ db, now: () => seedNow, log: createLog('test', 'silent') })
  const { newEvents, deadLetters } = await digest.digestBatch('https://relay.perron.example', rows)
  if (newEvents !== rows.length || deadLetters > 0)
    throw new Error(`of ${rows.length} hostile events ${newEvents} were stored, ${deadLetters} died`)
  const stored = await db
    .selectFrom('events')
    .select(['issue_id', 'event_id'])
    .where('project_id', '=', project.id)
    .where(
      'event_id',
      'in',
      rows.map(({ facts }) => facts.event_id),
    )
    .orderBy('event_id')
    .execute()
  return stored.map((row) => `/issues/${row.issue_id}/events/${row.event_id.replaceAll('-', '')}`)
}
