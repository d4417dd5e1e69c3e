// Requests to addresses that people have typed in (Slack, webhooks) must not be turned against the network the
// collector stands in. Each address is checked after its name was resolved, and the connection is made to that
// very address; redirects are not followed; names that an operator allowed are exempt.
import { lookup as resolve } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, buildConnector, type Dispatcher, request } from 'undici'
import { isPublicAddress } from './public-address.ts'

/** The address is not to be called: nothing was sent, and it won't be until an operator allows it. */
export class BlockedAddress extends Error {
  constructor(host: string) {
    super(`${host} is not on the public internet. An operator can allow it by name in POSTERN_ALLOWED_HOSTS.`)
    this.name = 'BlockedAddress'
  }
}

type Resolve = (
  host: string,
  options: { all: true },
  done: (error: Error | null, addresses: { address: string; family: number }[]) => void,
) => void

/**
 * Refuses a name if ANY of its addresses is not public: which one is used is not ours to choose.
 * @param resolveAll dns.lookup; tests give their own
 */
export function guardedLookup(resolveAll: Resolve = resolve as Resolve): LookupFunction {
  return (host, options, done) => {
    resolveAll(host, { all: true }, (error, addresses) => {
      if (error) return done(error, '', 0)
      const wanted = addresses.filter(({ family }) => !options.family || options.family === family)
      const [first] = wanted
      if (!first || !addresses.every(({ address }) => isPublicAddress(address))) {
        return done(new BlockedAddress(host), '', 0)
      }
      if (options.all) return done(null, wanted)
      done(null, first.address, first.family)
    })
  }
}

export type Outgoing = {
  post(
    url: string,
    body: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<{ status: number; headers: Readonly<Record<string, unknown>>; text: string }>
  close(): Promise<void>
}

const timeoutMs = 10_000
const maxAnswerBytes = 64 * 1024

/** @param allowed `host` or `host:port`, lower case: called wherever they lead */
export function createOutgoing(allowed: readonly string[], resolveAll?: Resolve): Outgoing {
  const connectOptions = { timeout: 5_000 }
  const guarded = buildConnector({ ...connectOptions, lookup: guardedLookup(resolveAll) })
  const free = buildConnector(connectOptions)
  const isAllowed = (host: string, port: string) =>
    allowed.includes(host.toLowerCase()) || allowed.includes(`${host.toLowerCase()}:${port}`)

  const connect: buildConnector.connector = (options, done) => {
    const host = options.hostname.replace(/^\[|\]$/g, '')
    const port = options.port || (options.protocol === 'https:' ? '443' : '80')
    if (isAllowed(host, port)) return free(options, done)
    // The lookup is not called for addresses: they are checked as they are.
    if (isIP(host) && !isPublicAddress(host)) return done(new BlockedAddress(host), null)
    guarded(options, done)
  }
  const dispatcher: Dispatcher = new Agent({
    connect,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connections: 4,
    maxResponseSize: maxAnswerBytes,
  })
  return {
    async post(url, body, headers) {
      // undici's request follows no redirect.
      const answer = await request(url, {
        method: 'POST',
        body,
        headers: { 'user-agent': 'postern', ...headers },
        dispatcher,
        signal: AbortSignal.timeout(timeoutMs),
      })
      const text = await answer.body.text()
      return { status: answer.statusCode, headers: answer.headers, text }
    },
    close: () => dispatcher.close(),
  }
}
