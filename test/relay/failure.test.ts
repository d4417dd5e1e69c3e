// When the spool can't be written the relay hangs up instead of answering, says so in its health, and
// recovers by itself. The failure is real: another connection holds SQLite's write lock.
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { send } from '../support/captures.ts'
import { makeEnvelope, post, startRelayForTest, type TestRelay } from '../support/relay.ts'

let relay: TestRelay
let intruder: Database.Database
beforeEach(async () => {
  relay = await startRelayForTest()
  intruder = new Database(relay.config.spoolPath)
})
afterEach(async () => {
  intruder.close()
  await relay.stop()
})

const envelope = makeEnvelope('d'.repeat(32))

test('an envelope that cannot be stored is hung up on, counted, and taken when it comes again', async () => {
  expect((await post(relay.url, envelope)).status).toBe(200)
  intruder.exec('begin immediate')
  await expect(post(relay.url, envelope)).rejects.toThrow(/socket hang up|ECONNRESET/)
  const sick = await send(relay.url, 'GET', '/healthz')
  expect([sick.status, JSON.parse(sick.text).status]).toEqual([503, 'failing'])
  await expect(relay.client.ack({ lease: 'x' })).rejects.toThrow(/503.*spool_unavailable/)

  intruder.exec('rollback')
  expect((await send(relay.url, 'GET', '/healthz')).status).toBe(200)
  expect((await post(relay.url, envelope)).status).toBe(200)
  const { outcomes, failure } = await relay.client.status()
  expect(outcomes.map(({ outcome, count }) => [outcome, count])).toEqual([
    ['accepted', 2],
    ['spool_error', 1],
  ])
  expect(failure).toBeNull()
  expect(await relay.client.drain()).toHaveLength(2)
})

test('a program that writes to the file for half a second costs no envelope', async () => {
  intruder.exec('begin immediate')
  setTimeout(() => intruder.exec('rollback'), 500)
  expect((await post(relay.url, envelope)).status).toBe(200)
  expect(intruder.inTransaction).toBe(false)
})

test('pushes that cross each other leave the highest version in force', async () => {
  const keyOf = (version: number) => String(version).padStart(32, '0')
  const push = (version: number) =>
    relay.client.putProjects({ version, projects: [{ id: 1, keys: [keyOf(version)] }] })
  const statusWith = async (key: string) =>
    (await send(relay.url, 'POST', `/api/1/envelope/?sentry_key=${key}`, {}, envelope)).status
  const answers = await Promise.all([7, 3, 9, 2, 8, 4].map(push))
  expect(answers[2]?.status).toBe(200)
  for (const { status } of answers) expect([200, 409]).toContain(status)
  for (const restarted of [false, true]) {
    if (restarted) relay = await relay.restart()
    expect((await relay.client.status()).projects_version).toBe(9)
    expect(await statusWith(keyOf(9))).toBe(200)
    expect(await statusWith(keyOf(8))).toBe(403)
  }
})

test('a reader of the file, such as a backup, disturbs nobody', async () => {
  await post(relay.url, envelope)
  intruder.exec('begin')
  expect(intruder.prepare('select count(*) from envelopes').pluck().get()).toBe(1)
  expect((await post(relay.url, envelope)).status).toBe(200)
  expect(await relay.client.drain()).toHaveLength(2)
  intruder.exec('commit')
})
