// What the system says about processes and the machine. Linux tells through /proc; elsewhere figures of
// processes are null and the report shows a dash.
import { execFileSync } from 'node:child_process'
import { closeSync, fsyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'

/** Linux counts the processor time of processes in hundredths of a second on every platform Node has. */
const ticksPerSecond = 100

/** Seconds of processor time a process has used, user and system; null where that can't be read. */
export function readCpuSeconds(pid: number): number | null {
  return readStat(`/proc/${pid}/stat`)
}

/** The same of a process' main thread alone. */
export function readThreadSeconds(pid: number): number | null {
  return readStat(`/proc/${pid}/task/${pid}/stat`)
}

function readStat(file: string): number | null {
  try {
    const stat = readFileSync(file, 'utf8')
    // The second field, the name, may hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
  } catch {
    return null
  }
}

/** Highest resident memory of a process so far, in bytes; null where that can't be read. */
export function readPeakMemory(pid: number): number | null {
  try {
    const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return line ? Number(line[1]) * 1024 : null
  } catch {
    return null
  }
}

/** null where either reading is missing. */
export function difference(after: number | null, before: number | null): number | null {
  return after === null || before === null ? null : after - before
}

export type Machine = {
  readonly cores: number
  readonly model: string
  readonly memoryBytes: number
  readonly node: string
  /** Short hash; ends in `+` when files differ from the commit. */
  readonly commit: string
  /** Median of a 4 kB write with fsync where the spool and the embedded store lie, in ms. */
  readonly fsyncMs: number
  /** Processes that wanted a core in the minute before: above 0, something else was at work. */
  readonly load: number
}

/** @param dir folder below which the measured programs keep their files */
export function describeMachine(dir: string): Machine {
  return {
    cores: cpus().length,
    model: cpus()[0]?.model.trim() ?? 'unknown',
    memoryBytes: totalmem(),
    node: process.versions.node,
    commit: describeCommit(),
    fsyncMs: measureFsync(dir),
    load: loadavg()[0] ?? 0,
  }
}

function describeCommit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  try {
    const measured = ['relay', 'collector', 'shared', 'bench', 'package-lock.json']
    const changed = git('status', '--porcelain', '--', ':/', ...measured.map((path) => `:/${path}`))
    return git('rev-parse', '--short', 'HEAD').trim() + (changed.trim() ? '+' : '')
  } catch {
    return 'unknown'
  }
}

function measureFsync(parent: string): number {
  const dir = mkdtempSync(join(parent, 'fsync-'))
  const file = openSync(join(dir, 'file'), 'w')
  const page = Buffer.alloc(4096, 1)
  try {
    const times = Array.from({ length: 25 }, () => {
      const started = performance.now()
      writeSync(file, page)
      fsyncSync(file)
      return performance.now() - started
    })
    return times.sort((a, b) => a - b)[times.length >> 1] as number
  } finally {
    closeSync(file)
    rmSync(dir, { recursive: true })
  }
}
