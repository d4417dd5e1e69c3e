// A kill proves nothing about power: the system calls of a running relay show that each 200 follows a sync of
// the write-ahead log that holds its row; and the same check finds out a relay that doesn't sync.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeEnvelope, post, relayToken, testKey } from '../support/relay.ts'
import { judgeWalTrace, type WalVerdict } from '../support/wal-trace.ts'

const hasStrace = spawnSync('strace', ['-V']).status === 0
if (!hasStrace) process.stderr.write('strace is not installed: its tests are skipped\n')

const program = join(import.meta.dirname, '../../relay/main.ts')
const weakener = join(import.meta.dirname, '../support/synchronous-normal.js')
const rounds = 6
const senders = 8

describe.skipIf(!hasStrace)('by its system calls', () => {
  test('every 200 follows a sync of the log that holds its row', async () => {
    const { answers, early } = await traceRelay([])
    expect(answers).toBe(rounds * senders)
    expect(early).toEqual([])
  })

  test('a relay with synchronous=NORMAL is found out', async () => {
    const { answers, early } = await traceRelay(['--import', weakener])
    expect(answers).toBe(rounds * senders)
    expect(early.length).toBeGreaterThan(0)
  })
})

test('an answer before the end of the sync, or before the write, is an early one', () => {
  const id = 'a'.repeat(32)
  const write = `1 pwrite64(9</s.db-wal>, "${id}", 4096, 0) = 4096`
  const answer = `2 write(7<socket:[1]>, "HTTP/1.1 200 OK\\r\\n\\r\\n{\\"id\\":\\"${id}\\"}", 99) = 99`
  const begin = '1 fdatasync(9</s.db-wal> <unfinished ...>'
  const end = '1 <... fdatasync resumed>) = 0'
  const judge = (...lines: string[]): number => judgeWalTrace(lines.join('\n')).early.length
  expect(judge(write, begin, end, answer)).toBe(0)
  expect(judge(write, begin, answer, end)).toBe(1)
  expect(judge(begin, write, end, answer)).toBe(1)
  expect(judge(begin, end, answer, write)).toBe(1)
  expect(judge(write, '1 fdatasync(8</s.db>) = 0', answer)).toBe(1)
})

async function traceRelay(nodeOptions: readonly string[]): Promise<WalVerdict> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-sync-'))
  const trace = join(folder, 'trace')
  const calls = 'pwrite64,pwritev,write,writev,sendmsg,sendto,fsync,fdatasync'
  const strace = ['-f', '-y', '-s', '8192', '-e', `trace=${calls}`, '-e', 'signal=none', '-o', trace]
  const env = {
    PATH: process.env.PATH ?? '',
    RELAY_TOKEN: relayToken,
    RELAY_PORT: '0',
    RELAY_SPOOL: join(folder, 'spool.db'),
    POSTERN_PROJECTS: `1:${testKey}:one`,
  }
  const child = spawn('strace', [...strace, process.execPath, ...nodeOptions, program], { env })
  try {
    const url = await readUrl(child)
    for (let round = 0; round < rounds; round++) {
      const ids = Array.from({ length: senders }, (_, n) => `${1000 + round * senders + n}`.padStart(32, 'b'))
      const answers = await Promise.all(ids.map((id) => post(url, makeEnvelope(id))))
      expect(answers.every(({ status }) => status === 200)).toBe(true)
    }
    // strace itself would let go of the relay; the relay is its only child.
    const relayPid = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8'))
    process.kill(relayPid, 'SIGTERM')
    await once(child, 'exit')
    return judgeWalTrace(readFileSync(trace, 'latin1'))
  } finally {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

/** strace has no IPC channel to pass on: the address is taken from the log. */
async function readUrl(child: ChildProcess): Promise<string> {
  let text = ''
  child.stdout?.on('data', (chunk) => {
    text += chunk
  })
  await expect.poll(() => text, { timeout: 30_000 }).toContain('"url"')
  return /"url":"([^"]+)"/.exec(text)?.[1] ?? ''
}
