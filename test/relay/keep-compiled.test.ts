// Compiled code is kept in the data directory, so that no start holds the tool that strips types in memory.
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startProgram } from '../support/programs.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'postern-compiled-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

/** Starts and stops a relay. @returns its resident memory once it listens */
async function run(env: Record<string, string> = {}): Promise<number> {
  const settings = {
    RELAY_TOKEN: 't'.repeat(40),
    RELAY_PORT: '0',
    RELAY_SPOOL: join(dir, 'spool.db'),
    // Not where other tests keep it.
    NODE_COMPILE_CACHE: '',
    ...env,
  }
  const relay = await startProgram('relay/main.ts', settings, ['--import', './shared/require-node-24.js'])
  const status = readFileSync(`/proc/${relay.child.pid}/status`, 'utf8')
  await relay.stop()
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024
}

test('the first start already runs from kept code, and the second makes nothing anew', async () => {
  const first = await run()
  const compiled = join(dir, 'compiled', 'relay')
  const [filled] = readdirSync(compiled).filter((name) => name.startsWith('filled-'))
  expect(filled).toBeDefined()
  const { mtimeMs } = statSync(join(compiled, filled as string))
  const second = await run()
  expect(statSync(join(compiled, filled as string)).mtimeMs).toBe(mtimeMs)

  const withoutCache = await run({ NODE_DISABLE_COMPILE_CACHE: '1' })
  expect(withoutCache - first).toBeGreaterThan(15 * 1024 ** 2)
  expect(withoutCache - second).toBeGreaterThan(15 * 1024 ** 2)
})

test('code of another version makes way', async () => {
  await run()
  const compiled = join(dir, 'compiled', 'relay')
  const [filled] = readdirSync(compiled).filter((name) => name.startsWith('filled-'))
  rmSync(join(compiled, filled as string))
  writeFileSync(join(compiled, 'filled-relay-of-an-older-version'), '')
  await run()
  expect(readdirSync(compiled).filter((name) => name.startsWith('filled-'))).toEqual([filled])
})

test('where nothing can be kept the relay starts all the same', async () => {
  writeFileSync(join(dir, 'compiled'), 'a file where the directory should be')
  chmodSync(join(dir, 'compiled'), 0o400)
  expect(await run()).toBeGreaterThan(0)
})
