// What the collector's time goes into, by step: from CPU profiles of its threads. A sample counts for the innermost
// function of its stack that belongs to a step; what belongs to none (garbage collection, the runtime) is said too.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

type Node = {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string }
  readonly children?: readonly number[]
}
type Profile = {
  readonly nodes: readonly Node[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** First match wins; a pattern is held against `file#function`. */
const steps: readonly (readonly [string, RegExp])[] = [
  ['decode', /pipeline\/(?:decode|inflate)\.ts#|shared\/envelope\.ts#/],
  ['parse', /#(?:parseEventPayload|isStorableJson|isShallow)$/],
  ['scrub', /pipeline\/(?:scrub|secret|text-signs)/],
  ['normalise', /#normaliseForCounting$|pipeline\/storable\.ts#/],
  ['group', /pipeline\/group\.ts#group$/],
  ['compress', /#encodePayload$/],
  // One client does both, and most of its work belongs to neither call.
  ['fetch and ack', /collector\/(?:relay-client|open-sealed)\.ts#/],
  [
    'store',
    /collector\/(?:db|detect)\/|collector\/digest\.ts#|node_modules\/(?:pg|kysely|@electric-sql)|wasm:\/\//,
  ],
  [
    'to and from threads',
    /prepare-batch\.ts#|prepare-worker\.ts#|node_modules\/piscina|worker_threads|internal\/worker/,
  ],
  ['fetch and ack', /node_modules\/undici/],
]

/** @returns share of the collector's busy time by step, most first; the shares add up to 1 */
export function readSteps(folder: string): { step: string; share: number }[] {
  const spent = new Map<string, number>()
  let total = 0
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))) {
    const profile = readProfile(join(folder, file))
    if (!profile) continue
    const stepOf = createAssigner(profile)
    profile.samples.forEach((sample, place) => {
      const step = stepOf(sample)
      if (step === null) return
      const took = profile.timeDeltas[place] ?? 0
      spent.set(step, (spent.get(step) ?? 0) + took)
      total += took
    })
  }
  return [...spent].map(([step, took]) => ({ step, share: took / total })).sort((a, b) => b.share - a.share)
}

/** null where the program was ended before it had written all of it, on a machine with much other work. */
function readProfile(file: string): Profile | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    process.stderr.write('a profile was cut and is left out\n')
    return null
  }
}

/** @returns the step of a sample; null: idle, or the start of the program */
function createAssigner({ nodes }: Profile): (sample: number) => string | null {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])))
  const known = new Map<number, string | null>()
  const find = (sample: number): string | null => {
    const name = byId.get(sample)?.callFrame.functionName
    // Threads wait for work in Atomics.wait, which a profile takes for work.
    if (name === '(idle)' || name === 'atomicsWaitLoop' || name === 'wait') return null
    if (name === '(garbage collector)') return 'garbage collection'
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id)) {
      const { url = '', functionName = '' } = byId.get(id)?.callFrame ?? {}
      // Reading the program's own files, and compressing the pages' assets, happen once.
      if (/internal\/modules|dashboard\/assets/.test(url)) return null
      const step = steps.find(([, pattern]) => pattern.test(`${url}#${functionName}`))
      if (step) return step[0]
    }
    return 'runtime'
  }
  return (sample) => {
    const remembered = known.get(sample)
    if (remembered !== undefined) return remembered
    const step = find(sample)
    known.set(sample, step)
    return step
  }
}
