// The digest on real databases: everything that was captured from SDKs is taken in, counted once however
// often it is delivered, and a row that can't be taken in costs only itself.
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import type { Database } from '../../collector/db/database.ts'
import { countDeadLetters } from '../../collector/db/dead-letters.ts'
import { createProject } from '../../collector/db/projects.ts'
import { maxTagValues } from '../../collector/db/store-tags.ts'
import { findStoredEvent, fromUuid, readEvent } from '../../collector/db/stored-events.ts'
import { createDigest } from '../../collector/digest.ts'
import type { SpooledRow } from '../../collector/prepare-batch.ts'
import { splitEnvelope } from '../../shared/envelope.ts'
import type { EnvelopeFacts } from '../../shared/handover.ts'
import { createLog } from '../../shared/log.ts'
import { captureSeeds, listCaptures, replay } from '../support/captures.ts'
import { onEachDatabase } from '../support/database.ts'
import { startRelayForTest, testKey } from '../support/relay.ts'

const log = createLog('test', 'silent')
const relayUrl = 'http://relay.test'
const start = Date.parse('2026-11-24T03:00:00Z')

function digestOf(db: Database) {
  return createDigest({ db, now: () => new Date(), log })
}

type EventFields = Record<string, unknown>

/** A spooled row with one event. */
function row(event: EventFields, facts: Partial<EnvelopeFacts> = {}): SpooledRow {
  const eventId = (event.event_id as string | undefined) ?? randomUUID().replaceAll('-', '')
  const header = JSON.stringify({ event_id: eventId })
  return rawRow(Buffer.from(`${header}\n{"type":"event"}\n${JSON.stringify(event)}\n`), {
    event_id: eventId,
    ...facts,
  })
}

function rawRow(body: Buffer, facts: Partial<EnvelopeFacts> = {}): SpooledRow {
  return {
    body,
    facts: {
      id: randomUUID(),
      received_at: start,
      project: 1,
      key: 'k',
      endpoint: 'envelope',
      content_type: null,
      content_encoding: null,
      user_agent: null,
      peer: null,
      query: {},
      event_id: randomUUID().replaceAll('-', ''),
      event_id_made: false,
      item_types: ['event'],
      deliveries: 1,
      poisonous: false,
      length: body.length,
      ...facts,
    },
  }
}

const failure = (message: string, more: EventFields = {}): EventFields => ({
  level: 'error',
  platform: 'node',
  exception: { values: [{ type: 'Failure', value: message }] },
  ...more,
})

/** Every count there is, as one value to compare. */
async function countEverything(db: Database) {
  const { rows } = await sql<{ name: string; count: number }>`
    select 'events' as name, count(*)::bigint as count from events
    union all select 'event_keys', count(*) from event_keys
    union all select 'issues', count(*) from issues
    union all select 'issue events', coalesce(sum(event_count), 0) from issues
    union all select 'issue users', coalesce(sum(user_count), 0) from issues
    union all select 'issue hours', coalesce(sum(events), 0) from issue_hours
    union all select 'project hours', coalesce(sum(events), 0) from project_hours
    union all select 'level hours', coalesce(sum(events), 0) from level_hours
    union all select 'environments', coalesce(sum(events), 0) from issue_environments
    union all select 'tags', coalesce(sum(events), 0) from issue_tags
    union all select 'items', coalesce(sum(count), 0) from item_counts
    union all select 'attachments', count(*) from attachments
    union all select 'feedback', count(*) from feedback
    union all select 'client discards', coalesce(sum(count), 0) from client_discards
    union all select 'alerts', count(*) from alerts`.execute(db)
  return Object.fromEntries(rows.map(({ name, count }) => [name, Number(count)]))
}

onEachDatabase('all captures', (db) => {
  let rows: SpooledRow[]
  beforeAll(async () => {
    const relay = await startRelayForTest({ POSTERN_PROJECTS: captureSeeds() })
    for (const capture of listCaptures()) {
      const answer = await replay(relay.url, capture)
      expect(answer.status, capture.name).toBe(200)
    }
    rows = (await relay.client.drain()).map(({ facts, body }) => ({ facts, body: Buffer.from(body) }))
    await relay.stop()
    for (const id of new Set(rows.map(({ facts }) => facts.project))) {
      await createProject(db(), { id, name: `Project ${id}`, slug: `project-${id}` }, new Date())
    }
  })

  test('go in without a dead letter, and every event has what its payload allows', async () => {
    const result = await digestOf(db()).digestBatch(relayUrl, rows)
    expect(result.deadLetters).toBe(0)
    const keys = await db().selectFrom('event_keys').selectAll().execute()
    expect(result.newEvents).toBe(keys.length)
    expect(keys.length).toBeGreaterThan(60)
    for (const key of keys) {
      const stored = await findStoredEvent(db(), key.project_id, fromUuid(key.event_id))
      if (!stored) throw new Error(`${key.event_id} has no payload`)
      const event = readEvent(stored)
      expect(event.title, key.event_id).not.toBe('<unlabeled event>')
      expect(event.occurredAt).toEqual(stored.occurredAt)
      const sent = JSON.stringify(stored.wire)
      if (/"frames":\[\{/.test(sent)) {
        const stacks = [...event.exceptions, ...event.threads, event].flatMap(
          ({ stacktrace }) => stacktrace ?? [],
        )
        expect(stacks.length, `${event.title} has frames`).toBeGreaterThan(0)
      }
    }
  })

  test('keep their attachments byte for byte', async () => {
    const sent = listCaptures()
      .filter(({ method, headers }) => method === 'POST' && !headers['content-encoding'])
      .filter(({ path }) => path.includes('/envelope/'))
      .flatMap(({ body }) => splitEnvelope(body).items)
      .filter(({ type }) => type === 'attachment')
      .map(({ payload }) => payload.toString('base64'))
    const kept = (await db().selectFrom('attachments').select('body').execute()).map(({ body }) =>
      body.toString('base64'),
    )
    expect(sent.length).toBeGreaterThan(4)
    for (const bytes of sent) expect(kept).toContain(bytes)
  })

  test('change nothing when the same rows are delivered again, one by one and in another order', async () => {
    const before = await countEverything(db())
    const digest = digestOf(db())
    for (const one of [...rows].reverse()) await digest.digestBatch(relayUrl, [one])
    expect(await countEverything(db())).toEqual(before)
  })

  test('count no event twice when SDKs send them again, in rows of their own, and keep nothing of it twice', async () => {
    const before = await countEverything(db())
    const again = rows.map(({ facts, body }) => ({ facts: { ...facts, id: randomUUID() }, body }))
    const result = await digestOf(db()).digestBatch(relayUrl, again)
    const after = await countEverything(db())
    for (const name of [
      'events',
      'issues',
      'issue events',
      'issue users',
      'tags',
      'alerts',
      'attachments',
      'feedback',
    ]) {
      expect(after[name], name).toBe(before[name])
    }
    // Ids that the relay made because the sender named none are new with each request.
    expect(result.newEvents).toBe(0)
  })
})

onEachDatabase('events of mobile SDKs', (db) => {
  const folder = join(import.meta.dirname, '../fixtures/events-mobile')
  const payloads = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => ({ file, payload: readFileSync(join(folder, file), 'utf8') }))

  test.each(payloads)(
    '$file goes through relay and digest, with title, culprit and frames',
    async ({ file, payload }) => {
      await createProject(db(), { name: 'Shop', slug: `shop-${file.length}-${payload.length}` }, new Date())
      const wire = JSON.parse(payload)
      const id = randomUUID().replaceAll('-', '')
      const relay = await startRelayForTest()
      // As SDKs write it: one line.
      const body = `{"event_id":"${id}"}\n{"type":"event"}\n${JSON.stringify(wire)}\n`
      const response = await fetch(`${relay.url}/api/1/envelope/?sentry_key=${testKey}`, {
        method: 'POST',
        body,
      })
      expect(await response.json()).toEqual({ id })
      const rows = (await relay.client.drain()).map(({ facts, body }) => ({ facts, body: Buffer.from(body) }))
      await relay.stop()
      expect(rows[0]?.body.toString()).toBe(body)
      const result = await digestOf(db()).digestBatch(relayUrl, rows)
      expect(result).toMatchObject({ newEvents: 1, deadLetters: 0 })
      const stored = await findStoredEvent(db(), 1, id)
      if (!stored) throw new Error('it is not stored')
      const event = readEvent(stored)
      const main = wire.exception?.values?.at(-1)
      expect(event.title).toContain(main?.type ?? '')
      expect(event.platform).toBe(wire.platform)
      expect(event.culprit).not.toBe('')
      const sent = JSON.stringify(wire).match(/"frames":\[\{/g)?.length ?? 0
      const stacks = [...event.exceptions, ...event.threads].filter(({ stacktrace }) => stacktrace !== null)
      expect(stacks.length).toBe(sent)
    },
  )
})

onEachDatabase('the digest', (db) => {
  beforeAll(async () => {
    await createProject(db(), { id: 1, name: 'Shop' }, new Date())
  })

  test('files an alert in the same transaction as the third error, once', async () => {
    const digest = digestOf(db())
    const users = ['a', 'b', 'a']
    for (const [i, id] of users.entries()) {
      const event = failure(`order ${i} failed`, { user: { id } })
      await digest.digestBatch(relayUrl, [row(event, { received_at: start + i * 1_000 })])
    }
    const [issue] = await db().selectFrom('issues').selectAll().execute()
    expect(issue).toMatchObject({ event_count: 3, user_count: 2, episode: 1, in_episode: true, number: 1 })
    const alerts = await db().selectFrom('alerts').selectAll().execute()
    expect(alerts).toMatchObject([{ issue_id: issue?.id, episode: 1, rule: 'burst', done_at: null }])
    const changes = await db().selectFrom('issue_changes').select(['kind', 'reason']).orderBy('id').execute()
    expect(changes.map(({ kind }) => kind)).toEqual(['first_seen', 'detected'])
  })

  test.each([
    ['that is no envelope', rawRow(Buffer.from('hello'))],
    ['whose event is no JSON', rawRow(Buffer.from('{}\n{"type":"event"}\n{"message":\n'))],
    ['that is not gzip though it says so', row(failure('x'), { content_encoding: 'gzip' })],
    ['of a project that is gone', row(failure('x'), { project: 99 })],
    ['that was handed over too often', row(failure('x'), { poisonous: true, deliveries: 6 })],
  ])('keeps an envelope %s whole as a dead letter, and takes the others in', async (_, bad) => {
    const before = await countEverything(db())
    const good = row(failure('a good one'))
    const result = await digestOf(db()).digestBatch(relayUrl, [bad, good])
    expect(result).toMatchObject({ newEvents: 1, deadLetters: 1 })
    const letter = await db()
      .selectFrom('dead_letters')
      .selectAll()
      .where('id', '=', bad.facts.id)
      .executeTakeFirstOrThrow()
    expect(letter.body).toEqual(bad.body)
    expect(letter.error).not.toBe('')
    expect((await countEverything(db())).events).toBe((before.events ?? 0) + 1)
  })

  test('is not stopped by text that Postgres cannot hold, in item types or in the facts of a dead letter', async () => {
    const types = Buffer.from('{}\n{"type":"\\ud800"}\n{}\n{"type":"\\ud801"}\n{}\n')
    const reports = Buffer.from('[{"type":"\\ud800","body":{}},{"type":"\\ud801","body":{}}]')
    const broken = rawRow(Buffer.from('{}\n{"type":"event"}\nnot json\n'), {
      item_types: ['\ud800', 'a\u0000b'],
      query: { sentry_release: `${'a'.repeat(255)}\ud83d` },
    })
    const good = row(failure('beside hostile ones'))
    const batch = [rawRow(types), rawRow(reports, { endpoint: 'security' }), broken, good]
    const result = await digestOf(db()).digestBatch(relayUrl, batch)
    expect(result).toMatchObject({ newEvents: 1, deadLetters: 1 })
    const letter = await db()
      .selectFrom('dead_letters')
      .select('body')
      .where('id', '=', broken.facts.id)
      .executeTakeFirstOrThrow()
    expect(letter.body).toEqual(broken.body)
  })

  test('sets a row aside whatever the database calls its fault', async () => {
    const raise = sql`create or replace function refuse() returns trigger language plpgsql as $$
      begin
        if new.title like '%odd%' then raise exception 'no' using errcode = '21000'; end if;
        return new;
      end $$`
    await raise.execute(db())
    await sql`create trigger refuse before insert on issues for each row execute function refuse()`.execute(
      db(),
    )
    const result = await digestOf(db()).digestBatch(relayUrl, [row(failure('odd')), row(failure('even'))])
    await sql`drop trigger refuse on issues`.execute(db())
    expect(result).toMatchObject({ newEvents: 1, deadLetters: 1 })
  })

  test('sets aside only the row that the database refuses', async () => {
    await sql`alter table events add constraint refused check (title <> 'Failure: refused')`.execute(db())
    const letters = await countDeadLetters(db())
    const bad = row(failure('refused'))
    const batch = [row(failure('one')), bad, row(failure('two'))]
    const result = await digestOf(db()).digestBatch(relayUrl, batch)
    expect(result).toMatchObject({ newEvents: 2, deadLetters: 1 })
    expect(await countDeadLetters(db())).toBe(letters + 1)
    // What the refused row would have counted is not there either.
    const issues = await db().selectFrom('issues').select('title').execute()
    expect(issues.map(({ title }) => title)).not.toContain('Failure: refused')
    await sql`alter table events drop constraint refused`.execute(db())
    const again = await digestOf(db()).digestBatch(relayUrl, batch)
    expect(again.newEvents).toBe(1)
  })

  test('leaves everything to the relay when the database does not answer', async () => {
    const broken = new Error('connection lost') as Error & { code: string }
    broken.code = '57P01'
    const failing = {
      ...db(),
      selectFrom: db().selectFrom.bind(db()),
      transaction: () => ({ execute: () => Promise.reject(broken) }),
    } as unknown as Database
    const letters = await countDeadLetters(db())
    await expect(digestOf(failing).digestBatch(relayUrl, [row(failure('x'))])).rejects.toBe(broken)
    expect(await countDeadLetters(db())).toBe(letters)
  })

  test('keeps at most so many values of a tag, and counts the rest as other', async () => {
    const many = maxTagValues + 50
    const rows = Array.from({ length: many }, (_, i) =>
      row({ ...failure('tagged'), fingerprint: ['tagged'], tags: { shard: `s${i}` } }),
    )
    await digestOf(db()).digestBatch(relayUrl, rows.slice(0, many / 2))
    await digestOf(db()).digestBatch(relayUrl, rows.slice(many / 2))
    const shards = await db().selectFrom('issue_tags').selectAll().where('key', '=', 'shard').execute()
    expect(shards).toHaveLength(maxTagValues + 1)
    expect(shards.find(({ value }) => value === '')?.events).toBe(50)
    expect(shards.reduce((sum, { events }) => sum + events, 0)).toBe(many)
  })

  test('takes as many statements for forty new issues, each with an alert, as for four', async () => {
    let statements = 0
    const counting = db().withPlugin({
      transformQuery: ({ node }) => {
        statements += 1
        return node
      },
      transformResult: async ({ result }) => result,
    })
    const digest = digestOf(counting)
    const batch = (name: string, issues: number) =>
      Array.from({ length: issues }, (_, i) => {
        const fn = `${name}${'abcdefghijklmnopqrst'[i % 20]}${i < 20 ? 'x' : 'y'}`
        const frames = [{ function: fn, filename: 'app.js', in_app: true }]
        return row({
          level: 'fatal',
          platform: 'node',
          exception: { values: [{ type: 'Failure', value: 'new', stacktrace: { frames } }] },
        })
      })
    const countAlerts = async () => (await db().selectFrom('alerts').select('id').execute()).length
    const before = await countAlerts()
    const numbers: number[] = []
    for (const [name, issues] of Object.entries({ warm: 1, few: 4, many: 40 })) {
      statements = 0
      expect(await digest.digestBatch(relayUrl, batch(name, issues))).toMatchObject({ newEvents: issues })
      numbers.push(statements)
    }
    expect(await countAlerts()).toBe(before + 45)
    expect(numbers[2]).toBe(numbers[1])
  })

  test('notes what comes after the commit at the next delivery, where it was ended between the two', async () => {
    const project = () =>
      db().selectFrom('projects').select(['last_event_at', 'platform']).where('id', '=', 1).executeTakeFirst()
    const late = row(failure('just before the end'), { received_at: start + 3_600_000 })
    await digestOf(db()).digestBatch(relayUrl, [late])
    await db()
      .updateTable('projects')
      .set({ last_event_at: null, platform: null })
      .where('id', '=', 1)
      .execute()
    const before = await countEverything(db())

    // The relay was told nothing, so it delivers again.
    expect(await digestOf(db()).digestBatch(relayUrl, [late])).toMatchObject({ newEvents: 0, knownRows: 1 })
    expect(await project()).toEqual({ last_event_at: new Date(start + 3_600_000), platform: 'node' })
    expect(await countEverything(db())).toEqual(before)
  })

  test('stores what the relay received on different days in partitions of their own', async () => {
    const days = [0, 1, 2].map((day) => start - day * 86_400_000)
    const rows = days.map((received_at) => row(failure('daily'), { received_at }))
    expect((await digestOf(db()).digestBatch(relayUrl, rows)).newEvents).toBe(3)
    const { rows: names } = await sql<{ name: string }>`
      select distinct tableoid::regclass::text as name from events order by 1`.execute(db())
    expect(names.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['events_r90_20261122', 'events_r90_20261123', 'events_r90_20261124']),
    )
  })

  test('holds secrets nowhere', async () => {
    const secret = 'correct-horse-battery-staple'
    const event = failure('login failed', {
      request: { headers: { Authorization: `Bearer ${secret}` }, query_string: `password=${secret}&page=2` },
      extra: { deep: { api_key: secret } },
    })
    const id = randomUUID().replaceAll('-', '')
    await digestOf(db()).digestBatch(relayUrl, [row({ ...event, event_id: id })])
    const stored = await findStoredEvent(db(), 1, id)
    expect(JSON.stringify(stored)).not.toContain(secret)
    expect(JSON.stringify(stored)).toContain('page=2')
  })
})

onEachDatabase('several collectors at once', (db) => {
  beforeAll(async () => {
    await createProject(db(), { id: 1, name: 'Shop' }, new Date())
  })

  test('count each event once, whoever is faster, and never block each other', async () => {
    const events = Array.from({ length: 200 }, (_, i) =>
      failure(`kind ${String.fromCharCode(97 + (i % 20))}`, {
        event_id: randomUUID().replaceAll('-', ''),
        fingerprint: [`group-${i % 20}`],
        user: { id: `u${i % 7}` },
        tags: { shard: `s${i % 5}` },
      }),
    )
    // The same events in rows of different relays, each collector in an order of its own.
    const batches = [0, 1, 2].map((turn) => {
      const own = events.map((event) => row(event))
      return own.sort(() => (turn === 0 ? 0 : turn === 1 ? -1 : Math.random() - 0.5))
    })
    const digests = batches.map(() => digestOf(db()))
    const results = await Promise.all(
      batches.map(async (batch, i) => {
        let newEvents = 0
        for (let at = 0; at < batch.length; at += 20) {
          const result = await digests[i]?.digestBatch(relayUrl, batch.slice(at, at + 20))
          newEvents += result?.newEvents ?? 0
        }
        return newEvents
      }),
    )
    expect(results.reduce((sum, count) => sum + count, 0)).toBe(200)
    const counts = await countEverything(db())
    expect(counts).toMatchObject({
      events: 200,
      issues: 20,
      'issue events': 200,
      'issue hours': 200,
      'project hours': 200,
      alerts: 20,
    })
    expect(await countDeadLetters(db())).toBe(0)
    const numbers = await db().selectFrom('issues').select('number').orderBy('number').execute()
    expect(numbers.map(({ number }) => number)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
  })
})
