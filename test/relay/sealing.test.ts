// Sealing from end to end: what the relay's disk shows, what only the collector reads, and keys that change.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeKeyFiles } from '../../collector/commands/key-files.ts'
import { openBatch, type ReceivedRow } from '../../collector/open-sealed.ts'
import { createRelayClient } from '../../collector/relay-client.ts'
import { makeSealingKeys, type OpeningKey, openingKeys, seal, sealingKey } from '../../shared/sealing.ts'
import { makeEnvelope, post, startRelayForTest, type TestRelay, testKey } from '../support/relay.ts'

const first = makeSealingKeys()
const second = makeSealingKeys()
const open = (...texts: string[]): readonly OpeningKey[] => openingKeys.parse(texts.join('\n'))
const keyId = (text: string): string => sealingKey.parse(text).id
const eventId = 'abcdef0123456789abcdef0123456789'
const secretText = 'card number 4111111111111111'

/** Takes what the relay has, as the collector reads it, and leaves it there. */
async function receive(relay: TestRelay): Promise<readonly ReceivedRow[]> {
  const client = createRelayClient({ url: relay.url, token: relay.token })
  try {
    const { header, rows } = await client.poll({ max: 100, max_bytes: 8_388_608, wait: 0, lease: 60 })
    if (header.lease) await client.ack({ lease: header.lease, give_back: rows.map(({ facts }) => facts.id) })
    return rows
  } finally {
    await client.close()
  }
}

describe('a relay with a sealing key', () => {
  let relay: TestRelay
  beforeEach(async () => {
    relay = await startRelayForTest({ RELAY_SEALING_KEY: first.publicText })
  })
  afterEach(() => relay.stop())

  test('keeps no word of what was sent, nor of who sent it', async () => {
    const headers = { 'user-agent': 'shop-app/77 (Pixel)', 'content-type': 'text/x-unusual' }
    expect((await post(relay.url, makeEnvelope(eventId, secretText), headers)).status).toBe(200)
    // Without sealing this very search finds each of them.
    const disk = ['spool.db', 'spool.db-wal'].map((name) =>
      readFileSync(relay.config.spoolPath.replace(/spool\.db$/, name)).toString('latin1'),
    )
    for (const word of [secretText, eventId, 'Pixel', 'x-unusual', '127.0.0.1', testKey, '"event"']) {
      expect(disk.join('').includes(word), word).toBe(false)
    }
    const [row] = await receive(relay)
    expect(Object.keys(row?.facts ?? {}).sort()).toEqual(
      ['deliveries', 'id', 'length', 'poisonous', 'project', 'received_at', 'sealed'].sort(),
    )
  })

  test('hands over what the private key opens, byte for byte with all facts', async () => {
    const body = gzipSync(makeEnvelope(eventId, secretText))
    await post(relay.url, body, { 'content-encoding': 'gzip', 'user-agent': 'shop-app/77' })
    const { rows, shut } = openBatch(await receive(relay), open(first.privateText), [])
    expect(shut).toEqual({ ids: [], keys: [] })
    expect(rows).toHaveLength(1)
    expect(rows[0]?.body.equals(body)).toBe(true)
    expect(rows[0]?.facts).toMatchObject({
      project: 1,
      key: testKey,
      endpoint: 'envelope',
      content_encoding: 'gzip',
      user_agent: 'shop-app/77',
      event_id: eventId,
      event_id_made: false,
      item_types: ['event'],
      deliveries: 1,
      length: body.length,
    })
    expect(rows[0]?.facts.sealed).toBeUndefined()
  })

  test('leaves a row whose key is not held where it is, and names the key', async () => {
    await post(relay.url, makeEnvelope(eventId))
    const received = await receive(relay)
    const { rows, shut } = openBatch(received, open(second.privateText), [])
    expect(rows).toEqual([])
    expect(shut).toEqual({ ids: [received[0]?.facts.id], keys: [keyId(first.publicText)] })
  })

  test('passes on unopened what a lost key sealed, for the dead letters', async () => {
    await post(relay.url, makeEnvelope(eventId))
    const received = await receive(relay)
    const { rows, shut } = openBatch(received, [], [keyId(first.publicText)])
    expect(shut.ids).toEqual([])
    expect(rows[0]?.facts.sealed).toBe(keyId(first.publicText))
    expect(rows[0]?.body).toEqual(received[0]?.body)
  })

  test('cannot have rows exchanged or changed unseen', async () => {
    await post(relay.url, makeEnvelope(eventId))
    await post(relay.url, makeEnvelope('1'.repeat(32)))
    const [one, other] = await receive(relay)
    if (!one || !other) throw new Error('two rows were expected')
    const changed = Buffer.from(one.body)
    changed[60] = (changed[60] as number) ^ 1
    const key = sealingKey.parse(first.publicText)
    const forged: ReceivedRow[] = [
      { facts: one.facts, body: other.body },
      { facts: { ...one.facts, project: 2 }, body: one.body },
      { facts: one.facts, body: changed },
      { facts: one.facts, body: Buffer.alloc(3) },
      { facts: one.facts, body: seal(Buffer.from('no line of facts'), key) },
      { facts: one.facts, body: seal(Buffer.from('{"id":1}\n'), key) },
    ]
    const { rows } = openBatch(forged, open(first.privateText), [])
    expect(rows.map(({ facts }) => facts.sealed)).toEqual(forged.map(() => key.id))
  })
})

test('keys rotate without loss: what the old one sealed waits beside what the new one does', async () => {
  const relay = await startRelayForTest()
  await relay.client.putProjects({ version: 1, projects: [{ id: 1, keys: [testKey] }] })
  await post(relay.url, makeEnvelope('1'.repeat(32)))
  for (const [version, key] of [
    [2, first.publicText],
    [3, second.publicText],
  ] as const) {
    await relay.client.putProjects({ version, sealing_key: key, projects: [{ id: 1, keys: [testKey] }] })
    await post(relay.url, makeEnvelope(`${version}`.repeat(32)))
  }
  const restarted = await relay.restart()
  await post(restarted.url, makeEnvelope('4'.repeat(32)))
  const received = await receive(restarted)
  expect(received.map(({ facts }) => facts.sealed)).toEqual([
    undefined,
    keyId(first.publicText),
    keyId(second.publicText),
    keyId(second.publicText),
  ])
  const { rows } = openBatch(received, open(second.privateText, first.privateText), [])
  expect(rows.map(({ facts }) => facts.event_id)).toEqual([1, 2, 3, 4].map((n) => `${n}`.repeat(32)))
  await restarted.stop()
})

test('a key in the settings is not moved by what is pushed, and nonsense pushed as a key is refused', async () => {
  const relay = await startRelayForTest({ RELAY_SEALING_KEY: first.publicText })
  const projects = [{ id: 1, keys: [testKey] }]
  await relay.client.putProjects({ version: 1, sealing_key: second.publicText, projects })
  await post(relay.url, makeEnvelope(eventId))
  expect((await receive(relay)).map(({ facts }) => facts.sealed)).toEqual([keyId(first.publicText)])
  const answer = await relay.client.putProjects({ version: 2, sealing_key: first.privateText, projects })
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('private half')])
  expect((await relay.client.status()).projects_version).toBe(1)
  await relay.stop()
})

describe('npm run keys', () => {
  let dir: string
  beforeEach(() => {
    dir = join(mkdtempSync(join(tmpdir(), 'postern-keys-')), 'sealing')
  })
  afterEach(() => rmSync(join(dir, '..'), { recursive: true, force: true }))
  const read = (name: string): string => readFileSync(join(dir, name), 'utf8')

  test('makes files that the settings take, the private one for its owner alone', () => {
    const said = makeKeyFiles(dir, false)
    expect(statSync(join(dir, 'sealing-private-keys')).mode & 0o777).toBe(0o600)
    expect(openingKeys.parse(read('sealing-private-keys')).map(({ id }) => id)).toEqual([
      keyId(read('sealing-public-key').trim()),
    ])
    expect(said).toContain(`COLLECTOR_SEALING_KEYS_FILE=${join(dir, 'sealing-private-keys')}`)
    expect(said).not.toContain(read('sealing-private-keys').trim())
  })

  test('never writes over a key; rotating keeps the old ones behind the new', () => {
    makeKeyFiles(dir, false)
    const [old] = openingKeys.parse(read('sealing-private-keys'))
    expect(() => makeKeyFiles(dir, false)).toThrow(/already/)
    makeKeyFiles(dir, true)
    const ids = openingKeys.parse(read('sealing-private-keys')).map(({ id }) => id)
    expect(ids).toEqual([keyId(read('sealing-public-key').trim()), old?.id])
    expect(statSync(join(dir, 'sealing-private-keys')).mode & 0o777).toBe(0o600)
  })
})
