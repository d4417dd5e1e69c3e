// Settings, start and stop: the real program as a process of its own, and the same in this one.
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadConfig } from '../../relay/config.ts'
import { startRelay } from '../../relay/start.ts'
import { createLog } from '../../shared/log.ts'
import { makeEnvelope, post, relayToken, startRelayForTest, testKey } from '../support/relay.ts'

const program = join(import.meta.dirname, '../../relay/main.ts')
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-start-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('settings', () => {
  test('have the defaults that the documentation names', () => {
    expect(loadConfig({ RELAY_TOKEN: relayToken })).toMatchObject({
      host: '127.0.0.1',
      port: 4100,
      tokens: [relayToken],
      spoolPath: join(process.cwd(), 'data/spool.db'),
      ttlMs: 168 * 3_600_000,
      maxEnvelopeBytes: 40 * 1024 * 1024,
      clientIpHeader: null,
      seeds: [],
      unwanted: ['transaction', 'span', 'profile', 'profile_chunk', 'replay', 'log_item', 'trace_metric'],
    })
  })

  test('take the token from a file, two of them during a rotation', () => {
    const file = join(folder, 'token')
    writeFileSync(file, `${'a'.repeat(32)}, ${'b'.repeat(40)}\n`)
    expect(loadConfig({ RELAY_TOKEN_FILE: file }).tokens).toEqual(['a'.repeat(32), 'b'.repeat(40)])
  })

  const wrong: [string, Record<string, string>, RegExp][] = [
    ['no token', {}, /RELAY_TOKEN: missing/],
    ['a short token', { RELAY_TOKEN: 'short' }, /RELAY_TOKEN: shorter than 32/],
    ['a short second token', { RELAY_TOKEN: `${relayToken},x` }, /RELAY_TOKEN: shorter than 32/],
    [
      'three tokens',
      { RELAY_TOKEN: [1, 2, 3].map((n) => `${n}`.repeat(32)).join() },
      /RELAY_TOKEN: more than two/,
    ],
    ['a port that is none', { RELAY_TOKEN: relayToken, RELAY_PORT: '70000' }, /RELAY_PORT: /],
    ['no time to live', { RELAY_TOKEN: relayToken, RELAY_TTL_HOURS: '0' }, /RELAY_TTL_HOURS: /],
    [
      'a broken seed',
      { RELAY_TOKEN: relayToken, POSTERN_PROJECTS: 'x' },
      /POSTERN_PROJECTS: "x" is not id:public_key:slug/,
    ],
    [
      'unwanted nonsense',
      { RELAY_TOKEN: relayToken, RELAY_UNWANTED: 'a:b' },
      /RELAY_UNWANTED: not a list of categories/,
    ],
    [
      'bounds that contradict each other',
      { RELAY_TOKEN: relayToken, RELAY_MAX_IN_FLIGHT_BYTES: '5000' },
      /RELAY_MAX_IN_FLIGHT_BYTES: lower than RELAY_MAX_ENVELOPE_BYTES/,
    ],
  ]
  test.each(wrong)('refuse %s by name', (_name, env, message) => {
    expect(() => loadConfig(env)).toThrow(
      expect.objectContaining({ code: 'invalid_settings', message: expect.stringMatching(message) }),
    )
  })
})

describe('the program', () => {
  async function end(child: ChildProcess): Promise<{ code: number | null; stderr: string }> {
    let stderr = ''
    child.stderr?.on('data', (data) => {
      stderr += data
    })
    // A fork that was disconnected ends without 'close'.
    const [code] = (await once(child, child.channel ? 'exit' : 'close')) as [number | null]
    return { code, stderr }
  }

  test('stops at once on wrong settings, with one message that names all of them and no stack trace', async () => {
    const env = { RELAY_TOKEN: 'short', RELAY_PORT: 'x', RELAY_LOG_LEVEL: 'loud' }
    const { code, stderr } = await end(spawn(process.execPath, [program], { env, stdio: 'pipe' }))
    expect(code).toBe(1)
    expect(stderr).toMatch(/RELAY_PORT.*\n.*RELAY_TOKEN.*\n.*RELAY_LOG_LEVEL/)
    expect(stderr).not.toMatch(/ at .*\.ts/)
  })

  test('says who forked it where it listens, and stops when that one is gone', async () => {
    const env = {
      RELAY_TOKEN: relayToken,
      RELAY_PORT: '0',
      RELAY_SPOOL: join(folder, 's.db'),
      RELAY_LOG_LEVEL: 'silent',
    }
    const child = fork(program, { env, silent: true })
    const [message] = (await once(child, 'message')) as [{ type: string; url: string }]
    expect(message.type).toBe('listening')
    expect((await fetch(`${message.url}/healthz`)).status).toBe(200)
    const ended = end(child)
    child.disconnect()
    expect(await ended).toEqual({ code: 0, stderr: '' })
  })

  test('drains on SIGTERM: what waits is answered, what comes later is not taken', async () => {
    const env = {
      RELAY_TOKEN: relayToken,
      RELAY_PORT: '0',
      RELAY_SPOOL: join(folder, 's.db'),
      RELAY_LOG_LEVEL: 'silent',
      POSTERN_PROJECTS: `1:${testKey}:one`,
    }
    const child = fork(program, { env, silent: true })
    const [{ url }] = (await once(child, 'message')) as [{ url: string }]
    const authorization = `Bearer ${relayToken}`
    const waiting = fetch(`${url}/relay/poll?wait=30`, { headers: { authorization } })
    await fetch(`${url}/relay/status`, { headers: { authorization } })
    const ended = end(child)
    const startedAt = performance.now()
    child.kill('SIGTERM')
    expect((await waiting).status).toBe(200)
    expect(await ended).toEqual({ code: 0, stderr: '' })
    expect(performance.now() - startedAt).toBeLessThan(2_000)
    await expect(fetch(`${url}/healthz`)).rejects.toThrow()
  })
})

describe('starting', () => {
  test('a port in use is named, and the spool is let go', async () => {
    const relay = await startRelayForTest()
    const port = new URL(relay.url).port
    const config = loadConfig({
      RELAY_TOKEN: relayToken,
      RELAY_PORT: port,
      RELAY_SPOOL: join(folder, 's.db'),
    })
    const log = createLog('relay', 'silent')
    await expect(startRelay(config, log)).rejects.toMatchObject({
      code: 'invalid_settings',
      message: expect.stringMatching(`RELAY_PORT ${port}.*another program`),
    })
    const other = await startRelay({ ...config, port: 0 }, log)
    await other.stop()
    await relay.stop()
  })

  test('a spool that is no database, or a newer one, is named', async () => {
    const path = join(folder, 's.db')
    writeFileSync(path, 'this is no database, but it is long enough to look at'.repeat(100))
    const config = loadConfig({ RELAY_TOKEN: relayToken, RELAY_PORT: '0', RELAY_SPOOL: path })
    await expect(startRelay(config, createLog('relay', 'silent'))).rejects.toMatchObject({
      code: 'spool_damaged',
      message: expect.stringContaining(path),
    })
  })

  test('stopping twice is stopping once, and answers what has come in', async () => {
    const relay = await startRelayForTest()
    const answers = [1, 2, 3].map((n) => post(relay.url, makeEnvelope(`${n}`.repeat(32))))
    expect((await Promise.all(answers)).map((answer) => answer.status)).toEqual([200, 200, 200])
    await Promise.all([relay.stop(), relay.stop()])
  })
})
