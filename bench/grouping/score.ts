// How well grouping tells bugs apart: each pair of the corpus through normalise and group.
import { group } from '../../collector/pipeline/group.ts'
import { readWire } from '../../test/support/facts.ts'
import type { Pair } from './build.ts'

export type Score = {
  readonly pairs: number
  readonly same: number
  /** Of the pairs that were put together, the share of one bug. */
  readonly precision: number
  /** Of the pairs of one bug, the share that was put together. */
  readonly recall: number
  /** Two bugs in one issue. */
  readonly falseMerges: readonly string[]
  /** One bug in two issues. */
  readonly splits: readonly string[]
}

export function scorePairs(pairs: readonly Pair[]): Score {
  const isTogether = ({ a, b }: Pair) => group(readWire(a)).hashes[0] === group(readWire(b)).hashes[0]
  const together = pairs.filter(isTogether)
  const same = pairs.filter((pair) => pair.same)
  const right = together.filter((pair) => pair.same).length
  return {
    pairs: pairs.length,
    same: same.length,
    precision: together.length === 0 ? 1 : right / together.length,
    recall: same.length === 0 ? 1 : right / same.length,
    falseMerges: together.filter((pair) => !pair.same).map(({ what }) => what),
    splits: same.filter((pair) => !together.includes(pair)).map(({ what }) => what),
  }
}
