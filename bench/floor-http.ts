import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const s = createServer((req, res) => {
  const c: Buffer[] = []
  req.on('data', (d) => c.push(d))
  req.on('end', () => {
    res.end(`{"bytes":${Buffer.concat(c).length}}`)
  })
})
s.listen(0, '127.0.0.1', () =>
  process.send?.({ url: `http://127.0.0.1:${(s.address() as AddressInfo).port}` }),
)
process.once('SIGTERM', () => process.exit(0))
