// `npm run bench:grouping`: how well grouping tells bugs apart, printed and appended to bench/history.md.
import { appendHistory } from '../report.ts'
import { capturedPairs, writtenPairs } from './corpus.ts'
import { type Score, scorePairs } from './score.ts'

const percent = (share: number) => share.toFixed(3)

function row(name: string, score: Score): string {
  const { pairs, same, precision, recall, falseMerges, splits } = score
  return `| ${name} | ${pairs} | ${same} | ${percent(precision)} | ${percent(recall)} | ${falseMerges.length} | ${splits.length} |`
}

const scores = { written: scorePairs(writtenPairs), captured: scorePairs(await capturedPairs()) }
const report = [
  `## ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, grouping`,
  'Pairs of events labelled as one bug or two (bench/grouping/). Precision: of the pairs put together, those of one bug. Recall: of the pairs of one bug, those put together.',
  [
    '| corpus | pairs | of one bug | precision | recall | false merges | splits |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    row('written by hand, all platforms', scores.written),
    row('captured events, changed', scores.captured),
  ].join('\n'),
].join('\n\n')
process.stdout.write(`${report}\n`)
for (const what of [...scores.written.falseMerges, ...scores.captured.falseMerges]) {
  process.stdout.write(`false merge: ${what}\n`)
}
for (const what of [...scores.written.splits, ...scores.captured.splits])
  process.stdout.write(`split: ${what}\n`)
appendHistory(`${report}\n`)
