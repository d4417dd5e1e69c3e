// A collector that does nothing with what it gets: polls and acks as fast as it can until it is told to stop,
// then says how many rows it had acked. `fetcher.ts <relay url> <token>`.
import { Pool } from 'undici'
import { ackRequest, batchHeader, envelopeFacts } from '../../shared/handover.ts'

const [url = '', token = ''] = process.argv.slice(2)
const pool = new Pool(url, { connections: 2 })
const authorization = `Bearer ${token}`
let acked = 0
let stopping = false
process.once('SIGTERM', () => {
  stopping = true
})
process.stdout.write('{"ready":true}\n')

while (!stopping) {
  const { body } = await pool.request({
    path: '/relay/poll?max=2000&wait=1',
    method: 'GET',
    headers: { authorization },
  })
  const batch = Buffer.from(await body.arrayBuffer())
  let at = batch.indexOf('\n') + 1
  const header = batchHeader.parse(JSON.parse(batch.subarray(0, at).toString()))
  const done: string[] = []
  for (let n = 0; n < header.count; n++) {
    const end = batch.indexOf('\n', at)
    const { id, length } = envelopeFacts
      .pick({ id: true, length: true })
      .parse(JSON.parse(batch.subarray(at, end).toString()))
    done.push(id)
    at = end + 1 + length + 1
  }
  if (header.lease === null) continue
  const ack = ackRequest.parse({ lease: header.lease, done })
  const answer = await pool.request({
    path: '/relay/ack',
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify(ack),
  })
  await answer.body.dump()
  acked += done.length
}
await pool.close()
process.stdout.write(`${JSON.stringify({ acked })}\n`)
