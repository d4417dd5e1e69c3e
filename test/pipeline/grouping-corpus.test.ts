// The grouping corpus of bench/grouping: no two bugs in one issue, and hardly a bug in two.
import { describe, expect, test } from 'vitest'
import { capturedPairs, writtenPairs } from '../../bench/grouping/corpus.ts'
import { scorePairs } from '../../bench/grouping/score.ts'

describe('the grouping corpus', () => {
  test('has at least 150 pairs written by hand, each said once', () => {
    expect(writtenPairs.length).toBeGreaterThanOrEqual(150)
    expect(writtenPairs.filter(({ same }) => !same).length).toBeGreaterThanOrEqual(50)
    const said = writtenPairs.map(({ what }) => what)
    expect(said.filter((what, i) => said.indexOf(what) !== i)).toEqual([])
  })

  test('of pairs written by hand puts no two bugs together and at least 0.95 of what is one bug', () => {
    const score = scorePairs(writtenPairs)
    expect(score.falseMerges).toEqual([])
    expect([score.recall >= 0.95, score.splits]).toEqual([true, score.splits])
  })

  test('of captured events keeps each in its issue in the next release, and tells it from one elsewhere', async () => {
    const pairs = await capturedPairs()
    expect(pairs.length).toBeGreaterThan(150)
    const score = scorePairs(pairs)
    expect(score.falseMerges).toEqual([])
    expect(score.splits).toEqual([])
  })
})
