// Preparing in threads: the results are those of the calling thread, and a row that hangs a thread, ends it
// or takes its memory costs only itself.

import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { defaultScrubbing } from '../../collector/pipeline/scrubbing-settings.ts'
import {
  createPreparers,
  type Preparers,
  prepareHere,
  type RowToPrepare,
} from '../../collector/prepare-batch.ts'
import { listCaptures } from '../support/captures.ts'
import { factsOfCapture, makeFacts } from '../support/facts.ts'

const hostileWorker = fileURLToPath(new URL('../support/hostile-worker.ts', import.meta.url))

let preparers: Preparers | undefined
afterEach(() => preparers?.close())

let next = 0
function row(message: string): RowToPrepare {
  next += 1
  const id = String(next).padStart(32, '0')
  const event = { platform: 'node', exception: { values: [{ type: 'Failure', value: message }] } }
  const attachment = `{"type":"attachment","filename":"log.txt","length":3}\nabc`
  const body = Buffer.from(
    `{"event_id":"${id}"}\n{"type":"event"}\n${JSON.stringify(event)}\n${attachment}\n`,
  )
  return {
    facts: makeFacts({ event_id: id, event_id_made: false }),
    body,
    rules: { retentionDays: 30, fingerprintRules: '', scrubbing: defaultScrubbing },
  }
}

/** What two ways of preparing must agree on; attachments get an id of their own each time. */
function comparable(prepared: Awaited<ReturnType<typeof prepareHere>>) {
  return prepared.map((one) =>
    one.ok
      ? { ...one.row, attachments: one.row.attachments.map((attachment) => ({ ...attachment, id: '' })) }
      : one,
  )
}

test('threads give what the calling thread gives, in order and byte for byte', {
  timeout: 30_000,
}, async () => {
  const rows = Array.from({ length: 150 }, (_, i) => row(`failure number ${i}`))
  rows.splice(70, 0, { ...row('x'), body: Buffer.from('no envelope') })
  preparers = createPreparers({ threads: 2 })
  const inThreads = await preparers.prepareBatch(rows)
  expect(comparable(inThreads)).toEqual(comparable(await prepareHere(rows)))
  expect(inThreads.filter(({ ok }) => !ok)).toHaveLength(1)
})

test.each([
  { fault: 'hang', error: /not understood within 2 s/ },
  { fault: 'exit', error: /ended the thread/ },
  { fault: 'eat', error: /ended the thread/ },
])(
  'a row that makes a thread $fault is set aside with its error; the others go on',
  async ({ fault, error }) => {
    preparers = createPreparers({ threads: 1, timeoutMs: 2_000, memoryMb: 32, worker: hostileWorker })
    // Warm, so that starting the thread doesn't count against the time.
    await preparers.prepareBatch([row('fine')])
    const prepared = await preparers.prepareBatch([row('fine'), row(fault), row('fine, too')])
    expect(prepared.map(({ ok }) => ok)).toEqual([true, false, true])
    expect(prepared[1]).toMatchObject({ refused: { step: 'prepare', error: expect.stringMatching(error) } })
  },
  60_000,
)

test('a screenshot that comes with feedback belongs to the event that the feedback speaks of', async () => {
  const capture = listCaptures().find(({ name }) => name === 'node-11/feedback-attachment')
  if (!capture) throw new Error('the capture is gone')
  const rules = { retentionDays: 90, fingerprintRules: '', scrubbing: defaultScrubbing }
  const [prepared] = await prepareHere([{ facts: factsOfCapture(capture), body: capture.body, rules }])
  if (!prepared?.ok) throw new Error('it was refused')
  const spokenOf = '3f47d85db1a94fc898e1fb48e7080309'
  expect(prepared.row.feedback.map(({ event_id }) => event_id)).toEqual([spokenOf])
  expect(prepared.row.attachments.length).toBeGreaterThan(0)
  expect(new Set(prepared.row.attachments.map(({ event_id }) => event_id))).toEqual(new Set([spokenOf]))
})
