// The whole corpus: pairs written by hand, and pairs of each captured event with itself after changes that do,
// or don't, make it another bug.
import type { JsonObject, JsonValue } from '../../collector/pipeline/event.ts'
import { listCaptures } from '../../test/support/captures.ts'
import { factsOfCapture, listMobileEvents, readPayloads } from '../../test/support/facts.ts'
import type { Pair } from './build.ts'
import { compiledPairs } from './pairs-compiled.ts'
import { compiledBuildPairs } from './pairs-compiled-builds.ts'
import { furtherPairs } from './pairs-further.ts'
import { messageShapePairs } from './pairs-message-shapes.ts'
import { scriptPairs } from './pairs-script.ts'
import { scriptBuildPairs } from './pairs-script-builds.ts'
import { serverPairs } from './pairs-server.ts'
import { serverRuntimePairs } from './pairs-server-runtimes.ts'

type Json = { [key: string]: JsonValue }

export const writtenPairs: readonly Pair[] = [
  ...scriptPairs,
  ...serverPairs,
  ...compiledPairs,
  ...furtherPairs,
  ...messageShapePairs,
  ...scriptBuildPairs,
  ...serverRuntimePairs,
  ...compiledBuildPairs,
]

/** Calls `change` with every frame of the event. */
function eachFrame(value: JsonValue, change: (frame: Json, isInnermost: boolean) => void) {
  if (Array.isArray(value)) for (const member of value) eachFrame(member, change)
  else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value as Json)) {
      if (name === 'frames' && Array.isArray(member)) {
        const frames = member as readonly JsonValue[]
        frames.forEach((frame, i) => {
          if (typeof frame === 'object' && frame !== null) change(frame as Json, i === frames.length - 1)
        })
      } else if (name !== 'debug_meta') eachFrame(member, change)
    }
  }
}

/** The next release, on another machine, for another user: lines move, bundles have another hash. */
function nextRelease(payload: JsonObject): JsonObject {
  const wire = structuredClone(payload) as Json
  eachFrame(wire, (frame) => {
    if (typeof frame.lineno === 'number' && frame.lineno > 0) frame.lineno += 7
    if (typeof frame.colno === 'number') frame.colno += 23
    for (const name of ['filename', 'abs_path']) {
      const path = frame[name]
      if (typeof path === 'string') frame[name] = path.replace(/-[A-Z0-9]{8}(?=\.js)/, '-K7Q2M4ZB')
    }
  })
  return {
    ...wire,
    release: 'other@9.9.9+99',
    environment: 'canary',
    dist: '99',
    server_name: 'other-host',
    user: { id: 'someone-else' },
    tags: { region: 'elsewhere' },
    breadcrumbs: [],
    extra: { attempt: 99 },
  }
}

/** The same type of error from a function and a file of another name. */
function elsewhere(payload: JsonObject): JsonObject {
  const wire = structuredClone(payload) as Json
  eachFrame(wire, (frame) => {
    if (frame.function !== undefined) frame.function = 'quiteAnotherFunction'
    for (const name of ['module', 'filename', 'abs_path', 'raw_function', 'package']) {
      if (typeof frame[name] === 'string') frame[name] = `/quite/another/place.${name}`
    }
    delete frame.context_line
    delete frame.instruction_addr
    frame.in_app = true
  })
  return wire
}

/** @returns pairs of captured events; an event without a stack has only the first of the two */
export async function capturedPairs(): Promise<Pair[]> {
  const payloads: { name: string; payload: JsonObject }[] = listMobileEvents().map(({ name, wire }) => ({
    name,
    payload: wire,
  }))
  for (const capture of listCaptures().filter(({ method }) => method === 'POST')) {
    for (const { payload } of await readPayloads(factsOfCapture(capture), capture.body)) {
      payloads.push({ name: capture.name, payload })
    }
  }
  return payloads.flatMap(({ name, payload }) => {
    let frames = 0
    eachFrame(payload, () => frames++)
    const own = payload.fingerprint ?? payload.checksum ?? []
    const hasOwnFingerprint = Array.isArray(own) ? own.length > 0 : true
    const next: Pair = { what: `${name}, next release`, same: true, a: payload, b: nextRelease(payload) }
    // The stack of a thrown string is the SDK's own: there is no place that it could tell.
    const isThrown = name === 'browser-11/throw-string'
    if (frames === 0 || hasOwnFingerprint || isThrown) return [next]
    return [next, { what: `${name}, elsewhere`, same: false, a: payload, b: elsewhere(payload) }]
  })
}
