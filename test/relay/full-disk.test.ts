// A disk that is really full: a small tmpfs where this may mount one (as root), and elsewhere SQLite's own limit
// of pages (spool.test.ts).
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadConfig, type RelayConfig } from '../../relay/config.ts'
import { startRelay } from '../../relay/start.ts'
import { createLog } from '../../shared/log.ts'
import { send } from '../support/captures.ts'
import { createRelayClient, post, relayToken, testKey } from '../support/relay.ts'

let folder: string
let config: RelayConfig
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-full-'))
  config = loadConfig({
    RELAY_TOKEN: relayToken,
    RELAY_PORT: '0',
    RELAY_SPOOL: join(folder, 'spool.db'),
    POSTERN_PROJECTS: `1:${testKey}:one`,
  })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))
const log = createLog('relay', 'silent')

const canMount = process.getuid?.() === 0 && mount(mkdtempSync(join(tmpdir(), 'postern-try-')), '1m', true)

describe.skipIf(!canMount)('a full disk', () => {
  afterEach(() => void spawnSync('umount', ['--lazy', folder]))

  test('is hung up on and said, loses nothing accepted, and is over when room returns', async () => {
    expect(mount(folder, '8m')).toBe(true)
    const lines: { level: string; msg: string; err?: unknown }[] = []
    const keep = { write: (line: string) => void lines.push(JSON.parse(line)) }
    const relay = await startRelay(config, createLog('relay', 'info', keep))
    const client = createRelayClient(relay.url, relayToken)
    const accepted = new Map<string, Buffer>()
    let refused = 0
    for (let n = 0; refused < 3 && n < 400; n++) {
      const id = n.toString(16).padStart(32, 'd')
      const body = Buffer.concat([
        Buffer.from(`{"event_id":"${id}"}\n{"type":"attachment"}\n`),
        Buffer.from(randomBytes(40_000).toString('base64')),
      ])
      try {
        expect((await post(relay.url, body)).status).toBe(200)
        accepted.set(id, body)
      } catch (error) {
        expect((error as Error).message).toMatch(/socket hang up|ECONNRESET/)
        refused += 1
      }
    }
    expect(refused).toBe(3)
    expect(accepted.size).toBeGreaterThan(20)
    expect((await send(relay.url, 'GET', '/healthz')).status).toBe(503)
    expect((await client.status()).failure).toMatch(/full|disk/)

    expect(mount(folder, '32m,remount')).toBe(true)
    expect((await send(relay.url, 'GET', '/healthz')).status).toBe(200)
    expect((await client.status()).failure).toBeNull()
    const late = Buffer.from(`{"event_id":"${'e'.repeat(32)}"}\n`)
    expect((await post(relay.url, late)).status).toBe(200)
    accepted.set('e'.repeat(32), late)
    const drained = await client.drain()
    expect(drained.map(({ facts }) => facts.event_id)).toEqual([...accepted.keys()])
    expect(drained.every(({ facts, body }) => accepted.get(facts.event_id)?.equals(body))).toBe(true)
    await relay.stop()

    // Three senders were hung up on; the log says it once, with the reason, and once that it is over.
    const said = lines.filter(({ msg }) => !/counters|upkeep|tidying/.test(msg))
    expect(said).toMatchObject([
      {
        level: 'error',
        msg: 'an envelope could not be stored',
        err: {
          code: 'spool_unavailable',
          message: expect.stringMatching(/^The spool cannot be written: .*full/),
        },
      },
      { level: 'info', msg: 'the spool takes envelopes again' },
    ])
  })
})

describe('at the start', () => {
  test('a spool that another program has locked is named', async () => {
    const other = new Database(config.spoolPath)
    other.exec('create table t (a); begin exclusive')
    await expect(startRelay(config, log)).rejects.toMatchObject({
      code: 'spool_unavailable',
      message: expect.stringMatching(/spool\.db.*locked/),
    })
    other.close()
  })

  test('a damaged spool is named, and left as it is', async () => {
    const relay = await startRelay(config, log)
    await relay.stop()
    const db = new Database(config.spoolPath)
    const pages = Number(db.pragma('page_count', { simple: true }))
    db.close()
    const garbage = Buffer.alloc(4096 * pages, 'not a page')
    Buffer.from('SQLite format 3\0').copy(garbage)
    writeFileSync(config.spoolPath, garbage)
    await expect(startRelay(config, log)).rejects.toMatchObject({
      code: 'spool_damaged',
      message: expect.stringContaining('spool.db'),
    })
  })
})

function mount(at: string, size: string, andUndo = false): boolean {
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', at])
  if (status === 0 && andUndo) spawnSync('umount', [at])
  return status === 0
}
