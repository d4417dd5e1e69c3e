// Frames and stacks of any SDK → ours: outermost call first, bounded, each with in-app decided and, for
// native frames that are addresses only, the binary they lie in.
// Follows section 5.3 and 5.4 of the protocol reference.
import type { DebugImage, Frame, JsonObject, Stacktrace } from './event.ts'
import { inAppOfFirst, isInApp } from './in-app.ts'
import { maxDebugImages, maxFrames, maxName, maxPath, maxSourceLine, maxSourceLines } from './limits.ts'
import {
  asList,
  asObject,
  cutList,
  cutText,
  type Notes,
  readBoolean,
  readInteger,
  readJsonObject,
  readText,
  readValues,
  type Wire,
} from './wire-values.ts'

/** What frames need to know of their event. */
export type FrameContext = {
  readonly platform: string
  readonly images: ImageIndex
  readonly notes: Notes
}

/** The binaries of a native event, found by an address that lies in them. */
export type ImageIndex = {
  readonly find: (address: bigint) => DebugImage | null
  readonly mainExecutable: string | null
}

/** @returns null where there is no frame at all */
export function readStacktrace(value: Wire, path: string, context: FrameContext): Stacktrace | null {
  const stack = asObject(value)
  const all = stack ? asList(stack.frames) : asList(value)
  if (!all || all.length === 0) return null
  const kept = cutList(all, maxFrames, Math.floor(maxFrames / 5), `${path}.frames`, context.notes)
  const frames: Frame[] = []
  for (let i = 0; i < kept.length; i++) {
    const frame = asObject(kept[i])
    if (frame) frames.push(readFrame(frame, `${path}.frames.${i}`, context))
    else if (kept[i] !== null) context.notes.add('dropped', `${path}.frames.${i}`, 'not an object')
  }
  return frames.length > 0 ? { frames } : null
}

function readFrame(frame: JsonObject, path: string, context: FrameContext): Frame {
  const { notes } = context
  const text = (name: string, max: number) => readText(frame[name], max, `${path}.${name}`, notes)
  const instructionAddr = readAddress(frame.instruction_addr)
  const image = instructionAddr === null ? null : findImage(frame, instructionAddr, context)
  const names = {
    function: text('function', maxName),
    module: text('module', maxName),
    package: text('package', maxPath) ?? image?.codeFile ?? null,
    filename: text('filename', maxPath),
    absPath: text('abs_path', maxPath),
  }
  const platform = text('platform', 50)?.toLowerCase() ?? null
  const said = readBoolean(frame.in_app)
  const facts = {
    ...names,
    platform: platform ?? context.platform,
    mainExecutable: context.images.mainExecutable,
  }
  return {
    ...names,
    rawFunction: text('raw_function', maxName),
    line: positive(readInteger(frame.lineno)),
    column: positive(readInteger(frame.colno)),
    inApp: isInApp(said, facts),
    inAppOfFirst: inAppOfFirst(said, facts),
    platform,
    contextLine: readSourceLine(frame.context_line, notes),
    preContext: readSourceLines(frame.pre_context, true, notes),
    postContext: readSourceLines(frame.post_context, false, notes),
    vars: readJsonObject(frame.vars, `${path}.vars`, notes),
    instructionAddr,
    imageAddr: readAddress(frame.image_addr) ?? image?.imageAddr ?? null,
    symbolAddr: readAddress(frame.symbol_addr),
    addrMode: text('addr_mode', 60),
    symbolicated: asObject(frame.data)?.symbolicated === true,
  }
}

/** Line numbers count from 1; 0 and less mean unknown (PHP's internals, .NET's sequence points). */
function positive(line: number | null): number | null {
  return line !== null && line > 0 ? line : null
}

/** Source lines that are cut are noted once for all frames: those of minified bundles would fill the notes. */
function readSourceLine(value: Wire, notes: Notes): string | null {
  if (typeof value !== 'string') return null
  const line = value.replace(/[\r\n]+$/, '')
  if (line.length > maxSourceLine)
    notes.addOnce('cut', 'context_line', `source lines of more than ${maxSourceLine} characters`)
  return cutText(line, maxSourceLine)
}

function readSourceLines(value: Wire, nearestIsLast: boolean, notes: Notes): readonly string[] {
  const lines = asList(value)
  if (!lines) return []
  if (lines.length > maxSourceLines)
    notes.addOnce('cut', 'context_line', `more than ${maxSourceLines} source lines on a side`)
  const kept = nearestIsLast ? lines.slice(-maxSourceLines) : lines.slice(0, maxSourceLines)
  return kept.map((line) => readSourceLine(line, notes) ?? '')
}

/** An address as `0x` and lower-case hex without leading zeros; decimal numbers come from old clients. */
export function readAddress(value: Wire): string | null {
  const address = parseAddress(value)
  return address === null ? null : `0x${address.toString(16)}`
}

function parseAddress(value: Wire): bigint | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : null
  if (typeof value !== 'string') return null
  return /^(?:0[xX][0-9a-fA-F]{1,16}|\d{1,19})$/.test(value) ? BigInt(value) : null
}

function findImage(frame: JsonObject, instructionAddr: string, { images }: FrameContext): DebugImage | null {
  // Relative addresses name their image themselves and mean nothing among absolute ones.
  if (typeof frame.addr_mode === 'string' && frame.addr_mode.startsWith('rel')) return null
  return images.find(BigInt(instructionAddr))
}

export function readDebugImages(value: Wire, notes: Notes): readonly DebugImage[] {
  const images = readValues(asObject(value)?.images, 'debug_meta.images', notes)
  return cutList(images, maxDebugImages, maxDebugImages / 2, 'debug_meta.images', notes).flatMap(
    (entry, i) => {
      const image = asObject(entry)
      if (!image) {
        notes.add('dropped', `debug_meta.images.${i}`, 'not an object')
        return []
      }
      const text = (name: string, max: number) =>
        readText(image[name], max, `debug_meta.images.${i}.${name}`, notes)
      return {
        type: text('type', 50) ?? 'unknown',
        debugId: normaliseDebugId(text('debug_id', 60) ?? text('uuid', 60)),
        codeId: text('code_id', 100)?.toLowerCase() ?? null,
        codeFile: text('code_file', maxPath) ?? text('name', maxPath),
        debugFile: text('debug_file', maxPath),
        imageAddr: readAddress(image.image_addr),
        imageSize: readSize(image.image_size),
        arch: text('arch', 50) ?? text('cpu_type', 50),
      }
    },
  )
}

/** JSON may say 1e999, which reads as Infinity. */
function readSize(value: Wire): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null
}

/** Lower case and with dashes, the age (`-a`) of Windows behind it; what is no such id stays as it is. */
export function normaliseDebugId(id: string | null): string | null {
  const parts =
    /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})(?:-?([0-9a-f]{1,8}))?$/i.exec(
      id ?? '',
    )
  if (!parts) return id?.toLowerCase() ?? null
  const age = parts[6] && !/^0+$/.test(parts[6]) ? [parts[6]] : []
  return [...parts.slice(1, 6), ...age].join('-').toLowerCase()
}

const executableTypes = new Set(['elf', 'macho', 'pe', 'apple', 'symbolic'])

/** Images without a size (Dart) are taken to reach to the next one. */
export function indexImages(images: readonly DebugImage[]): ImageIndex {
  const placed = images
    .filter((image) => image.imageAddr !== null)
    .map((image) => ({ image, start: BigInt(image.imageAddr as string) }))
    .sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0))
  return {
    // The dynamic loader lists the program before its libraries.
    mainExecutable: images.find((image) => executableTypes.has(image.type))?.codeFile ?? null,
    find(address) {
      let low = 0
      let high = placed.length
      while (low < high) {
        const middle = (low + high) >> 1
        if ((placed[middle] as { start: bigint }).start <= address) low = middle + 1
        else high = middle
      }
      const found = placed[low - 1]
      if (!found) return null
      const size = found.image.imageSize
      if (size !== null && address >= found.start + BigInt(size)) return null
      return found.image
    },
  }
}
