// Opens what a relay sealed (relay/seal.ts): a line of JSON with the facts of its arrival, then the bytes.
import { z } from 'zod'
import { arrivalFacts, type EnvelopeFacts, type SealedFacts } from '../shared/handover.ts'
import { type OpeningKey, unseal } from '../shared/sealing.ts'
import type { SpooledRow } from './prepare-batch.ts'

/** A row as a relay hands it over. */
export type ReceivedRow = { readonly facts: EnvelopeFacts | SealedFacts; readonly body: Buffer }

export type Opened = {
  readonly rows: readonly SpooledRow[]
  /** Rows sealed with keys that we don't hold, and the ids of those keys. They stay with the relay. */
  readonly shut: { readonly ids: readonly string[]; readonly keys: readonly string[] }
}

const sealedLine = arrivalFacts.extend({ id: z.uuid(), project: z.number().int() })

/**
 * Opens all sealed rows of a batch.
 * @param keys     private keys, any number
 * @param lostKeys ids of keys that nobody has any more: rows sealed with them are passed on unopened
 * @returns        rows that are damaged, or whose key is lost, keep `sealed` among their facts
 */
export function openBatch(
  received: readonly ReceivedRow[],
  keys: readonly OpeningKey[],
  lostKeys: readonly string[],
): Opened {
  const rows: SpooledRow[] = []
  const ids: string[] = []
  const missing = new Set<string>()
  for (const { facts, body } of received) {
    if (!isSealed(facts)) {
      rows.push({ facts, body })
      continue
    }
    const key = keys.find((held) => held.id === facts.sealed)
    if (key) rows.push(openRow(facts, body, key) ?? leaveShut(facts, body))
    else if (lostKeys.includes(facts.sealed)) rows.push(leaveShut(facts, body))
    else {
      ids.push(facts.id)
      missing.add(facts.sealed)
    }
  }
  return { rows, shut: { ids, keys: [...missing] } }
}

function isSealed(facts: EnvelopeFacts | SealedFacts): facts is SealedFacts {
  return !('key' in facts)
}

/** null for what doesn't open, or was sealed as another row than it is handed over as. */
function openRow(facts: SealedFacts, sealedBody: Buffer, key: OpeningKey): SpooledRow | null {
  const message = unseal(sealedBody, key)
  if (!message) return null
  const end = message.indexOf('\n')
  const inner = readLine(message.subarray(0, Math.max(0, end)))
  if (inner?.id !== facts.id || inner.project !== facts.project) return null
  const { sealed: _, ...outer } = facts
  const body = message.subarray(end + 1)
  return { facts: { ...inner, ...outer, length: body.length }, body }
}

/** null for what isn't as agreed: whoever has the public key can seal anything. */
function readLine(line: Buffer): z.output<typeof sealedLine> | null {
  try {
    return sealedLine.safeParse(JSON.parse(line.toString('utf8'))).data ?? null
  } catch {
    return null
  }
}

/** The row as a dead letter will keep it: nothing is known of its arrival. */
function leaveShut(facts: SealedFacts, body: Buffer): SpooledRow {
  const unknown: EnvelopeFacts = {
    ...facts,
    key: '',
    endpoint: 'envelope',
    content_type: null,
    content_encoding: null,
    user_agent: null,
    peer: null,
    query: {},
    event_id: facts.id.replaceAll('-', ''),
    event_id_made: true,
    item_types: [],
  }
  return { facts: unknown, body }
}
