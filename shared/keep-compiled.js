// Keeps compiled code in the data directory. Without it Node strips the types from every file at every start,
// in each thread anew, with a tool that then stays in memory: some 40 MB in the relay, more in the collector.
// A child process fills the cache before the first start of each version, so that this start is lean, too.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { constants, enableCompileCache } from 'node:module'
import { dirname, join, relative } from 'node:path'

const root = join(import.meta.dirname, '..')
/** Each program, and the threads that it starts. */
const threads = {
  'relay/main.ts': ['relay/spool-writer.ts'],
  'collector/main.ts': ['collector/prepare-worker.ts'],
}

/** @param program path below the root */
function keepCompiled(program) {
  const { RELAY_SPOOL, POSTERN_DATA_DIR, NODE_COMPILE_CACHE } = process.env
  const folder = dirname(program)
  const data = (folder === 'relay' && RELAY_SPOOL ? dirname(RELAY_SPOOL) : POSTERN_DATA_DIR) || './data'
  const dir = NODE_COMPILE_CACHE || join(data, 'compiled', folder)
  const filled = join(dir, `filled-${describeVersion(program)}`)
  const isFilled = existsSync(filled)
  // What an earlier version left is of no use; a directory that somebody chose may have other users.
  if (!isFilled && !NODE_COMPILE_CACHE) rmSync(dir, { recursive: true, force: true })
  const { status } = enableCompileCache(dir)
  if (status === constants.compileCacheStatus.FAILED || status === constants.compileCacheStatus.DISABLED)
    return
  // Threads don't inherit what was enabled here, but read this.
  process.env.NODE_COMPILE_CACHE = dir
  if (isFilled) return
  const options = { stdio: 'ignore', env: { ...process.env, POSTERN_ONLY_COMPILE: '1' } }
  for (const file of [program, ...threads[program]]) {
    if (spawnSync(process.execPath, [...process.execArgv, join(root, file)], options).status !== 0) return
  }
  writeFileSync(filled, '')
}

/** Changes with every file, with Node and with its flags: code compiled under others is not used. */
function describeVersion(program) {
  const hash = createHash('sha256').update(
    JSON.stringify([process.version, process.execArgv, process.env.NODE_OPTIONS]),
  )
  const folder = dirname(program)
  for (const file of globSync([`${folder}/**/*.ts`, 'shared/*.ts', 'package-lock.json'], {
    cwd: root,
  }).sort()) {
    const { size, mtimeMs } = statSync(join(root, file))
    hash.update(`${file} ${size} ${mtimeMs}\n`)
  }
  return `${folder}-${hash.digest('hex').slice(0, 16)}`
}

const program = relative(root, process.argv[1] ?? '')
if (program in threads && process.env.POSTERN_ONLY_COMPILE !== '1') {
  try {
    keepCompiled(program)
  } catch {
    // A directory that can't be written: the program runs as well without, and says itself what it needs.
  }
}
