// The sender's address: the socket's, or what the proxies in front say, which only their own entries prove.
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

export type ClientAddress = (req: IncomingMessage) => string | null

/**
 * @param header lower-case name of the header that the proxy in front writes; null: the socket's address
 * @param hops   which entry of that header's list counts, from its end: 1 is the one that the nearest proxy added.
 *               What stands further in front is the sender's own word.
 */
export function createClientAddress(header: string | null, hops: number): ClientAddress {
  return (req) => {
    const named = header === null ? undefined : req.headers[header]
    const list = (Array.isArray(named) ? named.join(',') : (named ?? '')).split(',')
    const entry = list.at(-hops)?.trim() ?? ''
    const address = isIP(entry) ? entry : (req.socket.remoteAddress ?? null)
    return address?.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '') ?? null
  }
}
