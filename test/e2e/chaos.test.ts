// Exactly once, whatever dies: senders post distinct events and duplicates through either relay while relays
// and collectors are killed with SIGKILL at random; afterwards every count is what was sent.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import type { Database } from '../../collector/db/database.ts'
import { openEmbedded, openPostgres } from '../../collector/db/database.ts'
import { createLog } from '../../shared/log.ts'
import { freshServerDatabase } from '../support/postgres.ts'
import {
  eventually,
  freePort,
  type Program,
  startProgram,
  testPublicKey,
  testToken,
} from '../support/programs.ts'

const long = process.env.POSTERN_TEST_LONG === '1'
const log = createLog('test', 'silent')
const kinds = 12
const users = 40
const screens = 9

type Sent = { readonly id: string; readonly kind: number; readonly user: number; readonly screen: number }

/** The n-th of them; every tenth is sent once more, through the other relay. */
function makeEvent(n: number): Sent {
  return {
    id: `c0de${(n + 1).toString(16).padStart(28, '0')}`,
    kind: n % kinds,
    user: (n * 7) % users,
    screen: (n * 5) % screens,
  }
}

function toBody({ id, kind, user, screen }: Sent): string {
  const event = {
    platform: 'python',
    level: 'error',
    user: { id: `user-${user}` },
    tags: { screen: `screen-${screen}` },
    exception: { values: [{ type: `Kind${'ABCDEFGHIJKLMNOP'[kind]}Error`, value: 'gone' }] },
  }
  return `{"event_id":"${id}"}\n{"type":"event"}\n${JSON.stringify(event)}\n`
}

/** Runs the line, sends `count` events while programs die, and waits until both relays are empty. */
async function runChaos(
  count: number,
  collectors: number,
  store: Readonly<Record<string, string>>,
  dir: string,
): Promise<void> {
  const ports = [await freePort(), await freePort()]
  const urls = ports.map((port) => `http://127.0.0.1:${port}`)
  const seeds = `1:${testPublicKey}:shop`
  const starts = [
    ...ports.map(
      (port, n) => () =>
        startProgram('relay/main.ts', {
          RELAY_PORT: String(port),
          RELAY_TOKEN: testToken,
          RELAY_SPOOL: join(dir, `spool-${n}.db`),
          POSTERN_PROJECTS: seeds,
        }),
    ),
    ...Array.from({ length: collectors }, () => () => startCollector()),
  ]
  async function startCollector() {
    return startProgram('collector/main.ts', {
      COLLECTOR_PORT: '0',
      COLLECTOR_RELAYS: urls.map((url) => `${url}=${testToken}`).join(','),
      POSTERN_PROJECTS: seeds,
      POSTERN_LOG_LEVEL: 'error',
      ...store,
    })
  }
  const programs: Program[] = await Promise.all(starts.map((start) => start()))
  let isSending = true
  const killing = (async () => {
    for (let turn = 0; isSending; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 400 + Math.random() * 800))
      if (!isSending) return
      const victim = turn % programs.length
      await programs[victim]?.stop('SIGKILL')
      programs[victim] = await (starts[victim] as () => Promise<Program>)()
    }
  })()
  try {
    const queue = Array.from({ length: count }, (_, n) => n).values()
    const send = async () => {
      for (const n of queue) {
        const body = toBody(makeEvent(n))
        await post(urls[n % 2] as string, body)
        if (n % 10 === 0) await post(urls[(n + 1) % 2] as string, body)
      }
    }
    await Promise.all(Array.from({ length: 16 }, send))
    isSending = false
    await killing
    for (const url of urls) {
      await eventually(
        () => readBacklog(url),
        (backlog) => backlog === 0,
        long ? 600 : 90,
      )
    }
  } finally {
    isSending = false
    await killing.catch(() => undefined)
    await Promise.all(programs.map((program) => program.stop()))
  }
}

/** As an SDK with a disk cache: until it is answered with 200. */
async function post(url: string, body: string): Promise<void> {
  for (;;) {
    try {
      const response = await fetch(`${url}/api/1/envelope/?sentry_key=${testPublicKey}`, {
        method: 'POST',
        body,
      })
      await response.arrayBuffer()
      if (response.status === 200) return
    } catch {
      // It is being killed, or starts.
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function readBacklog(url: string): Promise<number> {
  const response = await fetch(`${url}/relay/status`, { headers: { authorization: `Bearer ${testToken}` } })
  const { backlog } = (await response.json()) as { backlog: { envelopes: number } }
  return backlog.envelopes
}

async function sumBy(db: Database, query: ReturnType<typeof sql<{ name: string; count: number }>>) {
  const { rows } = await query.execute(db)
  return Object.fromEntries(rows.map(({ name, count }) => [name, Number(count)]))
}

function expected(count: number, nameOf: (event: Sent) => string): Record<string, number> {
  const sums: Record<string, number> = {}
  for (let n = 0; n < count; n++) {
    const name = nameOf(makeEvent(n))
    sums[name] = (sums[name] ?? 0) + 1
  }
  return sums
}

async function expectExactly(db: Database, count: number): Promise<void> {
  const kindOf = ({ kind }: Sent) => `Kind${'ABCDEFGHIJKLMNOP'[kind]}Error: gone`
  expect(
    await sumBy(db, sql`select error as name, count(*) as count from dead_letters group by error`),
  ).toEqual({})
  const keys = await db.selectFrom('event_keys').select('event_id').execute()
  const known = new Set(keys.map(({ event_id }) => event_id.replaceAll('-', '')))
  const missing = Array.from({ length: count }, (_, n) => n).filter((n) => !known.has(makeEvent(n).id))
  expect(missing).toEqual([])
  expect(await sumBy(db, sql`select title as name, event_count as count from issues`)).toEqual(
    expected(count, kindOf),
  )
  expect(
    await sumBy(
      db,
      sql`select title as name, sum(events) as count from issue_hours join issues on id = issue_id group by title`,
    ),
  ).toEqual(expected(count, kindOf))
  expect(
    await sumBy(
      db,
      sql`select value as name, sum(events) as count from issue_tags where key = 'screen' group by value`,
    ),
  ).toEqual(expected(count, ({ screen }) => `screen-${screen}`))
  const pairs = new Set(
    Array.from({ length: count }, (_, n) => makeEvent(n)).map(({ kind, user }) => `${kind} ${user}`),
  )
  const total = await sumBy(
    db,
    sql`select 'users' as name, sum(user_count) as count from issues
      union all select 'user rows', count(*) from issue_users
      union all select 'keys', count(*) from event_keys
      union all select 'project', sum(events) from project_hours
      union all select 'not twice', count(*) - count(distinct event_id) from events`,
  )
  expect(total).toEqual({
    users: pairs.size,
    'user rows': pairs.size,
    keys: count,
    project: count,
    'not twice': 0,
  })
}

describe('killed at random', () => {
  const url = process.env.TEST_DATABASE_URL
  const onServer = long ? 50_000 : 300
  test.runIf(url)(
    `three collectors and two relays on PostgreSQL count ${onServer} events exactly`,
    async () => {
      const dir = mkdtempSync(join(tmpdir(), 'postern-chaos-'))
      const database = await freshServerDatabase(url as string)
      try {
        await runChaos(onServer, 3, { DATABASE_URL: database.url }, dir)
        const opened = openPostgres(database.url, log)
        try {
          await expectExactly(opened.db, onServer)
        } finally {
          await opened.close()
        }
      } finally {
        await database.drop()
        rmSync(dir, { recursive: true, force: true })
      }
    },
  )

  // Starting the embedded store takes longest, and each kill leaves its rows leased for half a minute.
  const embedded = 10_000
  test.runIf(long)(
    `one collector and two relays on the embedded store count ${embedded} events exactly`,
    async () => {
      const dir = mkdtempSync(join(tmpdir(), 'postern-chaos-'))
      try {
        await runChaos(embedded, 1, { POSTERN_DATA_DIR: join(dir, 'data') }, dir)
        const opened = await openEmbedded(join(dir, 'data/postgres'))
        try {
          await expectExactly(opened.db, embedded)
        } finally {
          await opened.close()
        }
      } finally {
        rmSync(dir, { recursive: true, force: true })
      }
    },
  )
})
