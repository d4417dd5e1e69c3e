// The step that keeps the line moving: lease a batch from one relay, digest it, ack after the commit. What
// fails before the commit is given back at once, so that it isn't held up until the lease runs out.
import { AppError } from '../shared/errors.ts'
import type { Log } from '../shared/log.ts'
import type { OpeningKey } from '../shared/sealing.ts'
import type { Database } from './db/database.ts'
import { noteRelayAnswer, noteRelayFailure } from './db/relays.ts'
import { type Digest, mayPass } from './digest.ts'
import type { Step } from './loop.ts'
import { openBatch } from './open-sealed.ts'
import type { Batch, RelayClient } from './relay-client.ts'

type Deps = {
  readonly db: Database
  readonly relay: RelayClient
  readonly digest: Digest
  readonly now: () => Date
  readonly log: Log
  /** Private keys for what relays seal, and ids of keys that nobody has any more. */
  readonly sealing?: { readonly keys: readonly OpeningKey[]; readonly lostKeys: readonly string[] }
  /** Seconds to let the relay hold an empty poll; each answer moves the watermark that quiet clocks run on. */
  readonly waitSeconds?: number
}

const maxRows = 500
const maxBytes = 8 * 1024 * 1024
// Short, so that the rows of a collector that was killed are soon free; renewed while a batch takes longer.
const leaseSeconds = 30

const noKeys = { keys: [], lostKeys: [] }

/** @returns a step that handles one batch; false when the relay had nothing */
export function createPollStep(deps: Deps): Step {
  const { db, relay, digest, now, log, sealing = noKeys, waitSeconds = 20 } = deps

  async function noteFailure(error: unknown): Promise<void> {
    const text = error instanceof AppError ? error.message : 'The collector failed; its log says how.'
    await noteRelayFailure(db, relay.url, text, now()).catch(() => undefined)
  }

  async function poll(signal: AbortSignal): Promise<Batch> {
    try {
      return await relay.poll(
        { max: maxRows, max_bytes: maxBytes, wait: waitSeconds, lease: leaseSeconds },
        signal,
      )
    } catch (error) {
      if (!signal.aborted) await noteFailure(error)
      throw error
    }
  }

  return async (signal) => {
    const { header, rows: received } = await poll(signal)
    const { rows, shut } = openBatch(received, sealing.keys, sealing.lostKeys)
    const ids = rows.map(({ facts }) => facts.id)
    if (rows.length > 0) {
      const started = performance.now()
      const renewal = header.lease ? keepLease(relay, header.lease) : undefined
      try {
        const result = await digest.digestBatch(relay.url, rows)
        log.debug(
          { relay: relay.url, rows: rows.length, ms: performance.now() - started, ...result },
          'batch',
        )
      } catch (error) {
        // Where the database is away nothing can be noted there; the relay keeps the rows.
        await noteFailure(error)
        // Given back unharmed only where the store is at fault. Otherwise the lease runs out and the delivery
        // counts, so that a row that always fails ends up alone, and then among the dead letters.
        if (header.lease && mayPass(error)) {
          await relay.ack({ lease: header.lease, give_back: ids }).catch(() => undefined)
        }
        throw error
      } finally {
        clearInterval(renewal)
      }
      if (header.lease) await relay.ack({ lease: header.lease, done: ids })
    }
    if (header.lease && shut.ids.length > 0) {
      await relay.ack({ lease: header.lease, give_back: [...shut.ids] })
      const error = missingKeys(relay.url, shut.keys)
      await noteFailure(error)
      throw error
    }
    await noteRelayAnswer(db, relay.url, header, now())
    return rows.length > 0
  }
}

/** What can't be opened stays where it is: thrown after the rest of the batch is done, so that the loop rests. */
function missingKeys(url: string, keys: readonly string[]): AppError {
  return new AppError(
    'sealing_key_missing',
    `${url} holds envelopes sealed with key ${keys.join(' and ')}, which COLLECTOR_SEALING_KEYS doesn't have. They wait there.`,
  )
}

/** A failed renewal costs nothing but a second delivery, which changes nothing. */
function keepLease(relay: RelayClient, lease: string): NodeJS.Timeout {
  return setInterval(
    () => {
      relay.ack({ lease, renew: leaseSeconds }).catch(() => undefined)
    },
    (leaseSeconds * 1000) / 3,
  )
}
