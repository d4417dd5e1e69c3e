// A spool file that turns corrupt under the running relay, as a failing disk makes it: pages that cannot be read.
import { randomBytes } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadConfig } from '../../relay/config.ts'
import { startRelay } from '../../relay/start.ts'
import { createLog } from '../../shared/log.ts'
import { send } from '../support/captures.ts'
import { post, relayToken } from '../support/relay.ts'
import { type RelayProgram, startRelayProgram } from '../support/relay-program.ts'

const pageBytes = 4_096
const authorization = `Bearer ${relayToken}`
let folder: string
let path: string
let relay: RelayProgram
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-damage-'))
  path = join(folder, 'spool.db')
  relay = await startRelayProgram({ RELAY_SPOOL: path })
})
afterEach(async () => {
  await relay.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** More than SQLite keeps in memory, so that what is damaged on disk is met. */
async function fillSpool(): Promise<void> {
  const store = async (n: number): Promise<void> => {
    const text = randomBytes(24_000).toString('base64')
    const id = n.toString(16).padStart(32, 'a')
    expect((await post(relay.url, `{"event_id":"${id}"}\n{"type":"event"}\n{"m":"${text}"}`)).status).toBe(
      200,
    )
  }
  for (let n = 0; n < 250; n += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, more) => store(n + more)))
  }
}

/** Overwrites all pages but the first, which alone is looked at when a file is opened. */
function damage(file: string): void {
  const fd = openSync(file, 'r+')
  const pages = statSync(file).size / pageBytes
  expect(pages).toBeGreaterThan(1_000)
  for (let page = 1; page < pages; page++)
    writeSync(fd, Buffer.alloc(pageBytes, 0xa5), 0, pageBytes, page * pageBytes)
  closeSync(fd)
}

const ask = async (to: string): Promise<[number, Record<string, unknown>]> => {
  const { status, text } = await send(relay.url, 'GET', to, { authorization })
  return [status, JSON.parse(text)]
}
const newEnvelope = '{}\n{"type":"event"}\n{"message":"later"}'

test('a spool that turns corrupt is said in status, health, metrics and log, and takes nothing more', async () => {
  await fillSpool()
  damage(path)
  // The first that reads it finds it; the upkeep does so twice a minute.
  const named = { code: 'spool_damaged', detail: expect.stringMatching(/malformed/) }
  expect(await ask('/relay/status')).toEqual([503, named])

  for (let n = 0; n < 20; n++)
    await expect(post(relay.url, newEnvelope)).rejects.toThrow(/socket hang up|ECONNRESET/)
  const failing = { status: 'failing', reason: 'the spool is damaged' }
  for (let n = 0; n < 3; n++) {
    expect(await ask('/healthz')).toEqual([503, failing])
    expect(await ask('/readyz')).toEqual([503, { ...failing, collector: 'unknown' }])
    expect(await ask('/relay/poll?max=10')).toEqual([503, named])
    expect(await ask('/relay/status')).toEqual([503, named])
  }
  const { status, text } = await send(relay.url, 'GET', '/metrics', { authorization })
  expect(status).toBe(200)
  expect(text).toMatch(/^postern_relay_spool_failing 1$/m)
  expect(text).toMatch(/^postern_relay_alarm\{alarm="spool_failing"\} 1$/m)
  expect(text).toMatch(/^postern_relay_spool_envelopes Nan$/im)
  expect(text).toMatch(/^postern_relay_requests_refused_total\{reason="spool_error"\} 20$/m)
  const said = relay.output().match(/"code":"spool_damaged".*"msg":"an envelope could not be stored"/g)
  expect(said).toHaveLength(1)
})

test('a row whose bytes cannot be read breaks its batch off, and from then on nothing is taken', async () => {
  await fillSpool()
  damage(path)
  const polled = await fetch(`${relay.url}/relay/poll?max=500&max_bytes=100000000`, {
    headers: { authorization },
  })
  // Either it was found before the answer began, or the answer breaks off: it never looks whole.
  if (polled.status === 200) await expect(polled.arrayBuffer()).rejects.toThrow()
  else expect(await polled.json()).toMatchObject({ code: 'spool_damaged' })
  await expect(post(relay.url, newEnvelope)).rejects.toThrow(/socket hang up|ECONNRESET/)
})

test('a relay that starts on such a file says so and ends', async () => {
  await fillSpool()
  await relay.stop()
  damage(path)
  const config = loadConfig({ RELAY_TOKEN: relayToken, RELAY_PORT: '0', RELAY_SPOOL: path })
  await expect(startRelay(config, createLog('relay', 'silent'))).rejects.toMatchObject({
    code: 'spool_damaged',
    message: expect.stringMatching(/spool\.db.*malformed/),
  })
})
