// `npm run mutate [-- --seeds 200] [--steps 40] [name …]`: does the simulator see what it is there to see? Rules of
// the loop are broken one at a time in a copy of the sources, and stories are told until one fails. Prints a row of a
// table for each; a rule whose loss nobody notices ends with exit code 1.
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

type Mutation = {
  readonly name: string
  readonly broken: string
  readonly file: string
  readonly from: string
  readonly to: string
}

const mutations: readonly Mutation[] = [
  {
    name: 'look-first',
    broken: 'no look for an earlier create before creating again',
    file: 'collector/trackers/create-once.ts',
    from: 'if (!row.sentAt) return false',
    to: 'if (row) return false',
  },
  {
    name: 'wait-first',
    broken: 'looks and creates again while the earlier create may still be on its way',
    // The wait in create-once.ts alone is one guard of three: the retry's own time and the claim hold as long.
    file: 'collector/trackers/filing-timing.ts',
    from: 'settleMs: requestTimeoutMs * 2 + 30_000',
    to: 'settleMs: requestTimeoutMs * 0',
  },
  {
    name: 'watermark',
    broken: 'silence counts up to now, not up to what was heard',
    file: 'collector/trackers/quiet.ts',
    from: 'const { at: heardAt } = await heardUpTo(db)',
    to: 'const heardAt = (await heardUpTo(db)) && now()',
  },
  {
    name: 'deaf',
    broken: 'silence counts while envelopes were turned away or lost',
    file: 'collector/trackers/quiet.ts',
    from: 'heardAt?.getTime() ?? null, deaf)',
    to: 'heardAt?.getTime() ?? null, deaf.slice(deaf.length))',
  },
  {
    name: 'mac',
    broken: 'a marker that nobody signed counts',
    file: 'collector/trackers/marker.ts',
    from: "if (!timingSafeEqual(sign(installation, what), Buffer.from(mac, 'hex'))) return undefined",
    to: "if (!timingSafeEqual(Buffer.from(mac, 'hex'), Buffer.from(mac, 'hex')) || !what) return undefined",
  },
  {
    name: 'author',
    broken: 'a marker counts whoever copied it',
    file: 'collector/trackers/find-marked-issue.ts',
    from: 'if (trackerIssue.author?.toLowerCase() !== login.toLowerCase()) return []',
    to: 'if (login === trackerIssue.body) return []',
  },
  {
    name: 'older-releases',
    broken: 'releases older than the fix regress',
    file: 'collector/detect/fix.ts',
    from: "return answer('no', `${release} is not newer than",
    to: "return answer('yes', `${release} is not newer than",
  },
  {
    name: 'before-close',
    broken: 'events from before the close regress',
    file: 'collector/detect/detect.ts',
    from: 'if (state.closedAt && arrival.occurredAt <= state.closedAt) return false',
    to: 'if (state.closedAt && arrival.occurredAt <= new Date(0)) return false',
  },
  {
    name: 'grace',
    broken: 'a recurrence regresses however late, with no release that tells',
    file: 'collector/detect/detect.ts',
    from: "if (fix.has === 'unknown' && heldMs > rules.regressionGraceMs) {",
    to: "if (fix.has === 'unknown' && heldMs > rules.regressionGraceMs * 1e6) {",
  },
  {
    name: 'budget',
    broken: 'the budget is forgotten',
    file: 'collector/db/filing-limits.ts',
    from: 'if (oldest && others.length >= budgetPerHour)',
    to: 'if (oldest && others.length > 1e6)',
  },
  {
    name: 'pinned',
    broken: 'the pinned fix is read anew at the resolution',
    file: 'collector/db/issue-status.ts',
    from: 'if (isGoingOn && !named && row.fix) return row.fix',
    to: 'if (isGoingOn && !named && row.fix && !closedAt) return row.fix',
  },
  {
    name: 'told-late',
    broken: 'a release that is named after the close is not learnt',
    file: 'collector/db/name-fix.ts',
    from: 'if (!fix || releases.length === 0 || isDecidedHere(fix)) return',
    to: 'if (!fix || releases.length < 99 || isDecidedHere(fix)) return',
  },
  {
    name: 'told-again',
    broken: 'what is known already is told again',
    file: 'collector/db/name-fix.ts',
    from: 'if (fix.releases.join() === releases.join()) return',
    to: "if (fix.releases.join() === '?') return",
  },
  {
    name: 'decided-here',
    broken: 'the tracker tells otherwise what a person decided here',
    file: 'collector/db/name-fix.ts',
    from: 'if (!fix || releases.length === 0 || isDecidedHere(fix)) return',
    to: 'if (!fix || releases.length === 0 || (isDecidedHere(fix) && !fix)) return',
  },
  {
    name: 'budget-by-one',
    broken: 'one more than the budget is filed',
    file: 'collector/db/filing-limits.ts',
    from: 'if (oldest && others.length >= budgetPerHour)',
    to: 'if (oldest && others.length > budgetPerHour)',
  },
  {
    name: 'flap-guard',
    broken: 'regressions of the day do not make the quiet longer',
    file: 'collector/detect/quiet-length.ts',
    from: 'Math.max(0, regressions))',
    to: 'Math.max(0, regressions * 0))',
  },
  {
    name: 'sweep',
    broken: 'two tickets with one marker are left as they are',
    file: 'collector/trackers/close-duplicate.ts',
    from: "if (!isEarlier && trackerIssue.state === 'closed') return null",
    to: 'if (!isEarlier) return null',
  },
  {
    name: 'gone',
    broken: 'a deleted ticket is not noticed',
    file: 'collector/trackers/look-at-ticket.ts',
    from: '    await lose(deps, known)\n',
    to: '    if (!known) await lose(deps, known)\n',
  },
  {
    name: 'moved',
    broken: 'a moved ticket is not followed',
    file: 'collector/trackers/look-at-ticket.ts',
    from: 'const tracked = isHere ? known : await move(deps, known, seen)',
    to: 'const tracked = isHere || !move ? known : null',
  },
  {
    name: 'strangers',
    broken: 'a stranger may name the release that has the fix',
    file: 'collector/trackers/fixed-in.ts',
    from: "event.is !== 'comment' || !event.isTrusted || isSame",
    to: "event.is !== 'comment' || isSame",
  },
  {
    name: 'unclear',
    broken: 'a create whose end is not known counts as refused',
    file: 'collector/trackers/create-once.ts',
    from: "created.kind === 'unclear' ? sentAt : null",
    to: "created.kind === 'unclear' ? null : null",
  },
  {
    name: 'reopen',
    broken: 'a ticket stays closed although its issue goes on',
    file: 'collector/db/tracker-reopenings.ts',
    from: ".where('issues.in_episode', '=', true)",
    to: ".where('issues.in_episode', '=', false)",
  },
]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: 'string', default: '200' }, steps: { type: 'string', default: '40' } },
})
const root = join(import.meta.dirname, '../..')

/** @returns the seed whose story failed; null: none did */
async function firstFailure(copy: string): Promise<{ seed: string; said: string } | null> {
  const args = ['test/simulator/main.ts', '--seeds', values.seeds, '--steps', values.steps, '--until-failure']
  const child = spawn(process.execPath, args, { cwd: copy, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  for await (const chunk of child.stdout) output += String(chunk)
  const seed = /^seed (\d+) fails:/m.exec(output)?.[1]
  if (seed === undefined) return null
  return { seed, said: /^Error: (.*)$/m.exec(output)?.[1] ?? 'an error' }
}

const copy = mkdtempSync(join(tmpdir(), 'postern-mutations-'))
try {
  for (const name of ['collector', 'relay', 'shared', 'templates', 'test', 'package.json']) {
    cpSync(join(root, name), join(copy, name), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  console.log('| broken rule | seed | what the story said |\n|---|---|---|')
  for (const { name, broken, file, from, to } of mutations) {
    if (positionals.length > 0 && !positionals.includes(name)) continue
    const path = join(copy, file)
    const whole = readFileSync(path, 'utf8')
    if (whole.split(from).length !== 2) throw new Error(`${name}: ${file} has not one "${from}"`)
    writeFileSync(
      path,
      whole.replace(from, () => to),
    )
    const found = await firstFailure(copy)
    writeFileSync(path, whole)
    console.log(`| ${broken} (\`${name}\`) | ${found?.seed ?? 'none'} | ${found?.said ?? '–'} |`)
    if (!found) process.exitCode = 1
  }
} finally {
  rmSync(copy, { recursive: true, force: true })
}
