// The minidump endpoint: a multipart form with the dump as a file, further files as attachments, and the
// event's JSON in the fields `sentry`, `sentry___initialScope` (Electron; any name may stand there), `sentry__1`,
// `sentry__2` … (chunks) or `sentry[tags][a]` (paths).
// Any other field goes to `extra`. Out come items as an envelope would have had them.
// Source: reference section 1.1; Sentry docs, "Minidumps"
import { Busboy } from '@fastify/busboy'
import { AppError } from '../../shared/errors.ts'
import type { Item, JsonObject, JsonValue } from './event.ts'
import { maxEventBytes, maxFormFields, maxFormFiles } from './limits.ts'
import { asObject } from './wire-values.ts'

type Members = { [key: string]: JsonValue }

/** What stands in for an event whose client sent only the dump: a crash without a readable stack. */
export const minidumpException: JsonObject = {
  values: [
    {
      type: 'Minidump',
      value: 'The app crashed and left a minidump',
      mechanism: { type: 'minidump', handled: false, synthetic: true },
    },
  ],
}

/**
 * @param contentType of the request, with the boundary
 * @returns the event item first, then the files as attachment items
 * @throws AppError 'invalid_envelope': no multipart form, or a broken one; 'too_large'
 */
export async function readMinidumpForm(contentType: string | null, body: Buffer): Promise<readonly Item[]> {
  const { fields, files } = await parseForm(contentType, body)
  const event = eventOfFields(fields)
  const payload = Buffer.from(JSON.stringify(completed(event, files.length > 0)))
  return [{ type: 'event', headers: {}, payload }, ...files]
}

/** The event of a crash known only by its dump: native, fatal, unhandled; what the client said stays. */
export function completed(event: JsonObject, hasDump: boolean): JsonObject {
  const known = event.exception ?? event['sentry.interfaces.Exception'] ?? event.stacktrace
  return {
    platform: 'native',
    level: 'fatal',
    ...event,
    ...(hasDump && (known === undefined || known === null) ? { exception: minidumpException } : {}),
  }
}

type Form = { readonly fields: readonly (readonly [string, string])[]; readonly files: readonly Item[] }

function parseForm(contentType: string | null, body: Buffer): Promise<Form> {
  return new Promise((resolve, reject) => {
    const broken = (cause: unknown) =>
      reject(
        new AppError('invalid_envelope', 'The minidump request is no readable multipart form', { cause }),
      )
    const fields: [string, string][] = []
    const files: Item[] = []
    let busboy: InstanceType<typeof Busboy>
    try {
      busboy = new Busboy({
        headers: { 'content-type': contentType ?? '' },
        limits: { fieldSize: maxEventBytes, fields: maxFormFields, files: maxFormFiles, fieldNameSize: 500 },
      })
    } catch (cause) {
      broken(cause)
      return
    }
    busboy.on('field', (name, value, _nameCut, valueCut) => {
      if (valueCut)
        reject(new AppError('too_large', `Field ${name.slice(0, 60)} has over ${maxEventBytes} bytes`))
      fields.push([name, value])
    })
    busboy.on('file', (name, stream, filename, _encoding, mimetype) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('error', broken)
      stream.on('end', () => {
        const payload = Buffer.concat(chunks)
        files.push({ type: 'attachment', headers: fileHeaders(name, filename, mimetype, payload), payload })
      })
    })
    const tooMany = (what: string) =>
      reject(new AppError('too_large', `The minidump request has too many ${what}`))
    busboy.on('fieldsLimit', () => tooMany('fields'))
    busboy.on('filesLimit', () => tooMany('files'))
    busboy.on('error', broken)
    busboy.on('finish', () => {
      if (fields.length === 0 && files.length === 0) broken(new Error('no field and no file'))
      else resolve({ fields, files })
    })
    busboy.end(body)
  })
}

function fileHeaders(
  field: string,
  filename: string | undefined,
  mimetype: string,
  payload: Buffer,
): JsonObject {
  const isDump = field === 'upload_file_minidump' || payload.subarray(0, 4).toString('latin1') === 'MDMP'
  return {
    type: 'attachment',
    filename: filename || field,
    content_type: mimetype,
    attachment_type: isDump ? 'event.minidump' : 'event.attachment',
  }
}

function eventOfFields(fields: Form['fields']): JsonObject {
  const event: Members = {}
  const extra: Members = {}
  const chunks: { index: number; text: string }[] = []
  for (const [name, value] of fields) {
    const chunk = /^sentry__(\d{1,4})$/.exec(name)
    if (name === 'sentry' || name.startsWith('sentry___')) Object.assign(event, parseMembers(value))
    else if (chunk) chunks.push({ index: Number(chunk[1]), text: value })
    else if (name.startsWith('sentry[')) setByPath(event, name, value)
    else if (isSafe(name)) extra[name] = value
  }
  if (chunks.length > 0) {
    chunks.sort((a, b) => a.index - b.index)
    Object.assign(event, parseMembers(chunks.map((chunk) => chunk.text).join('')))
  }
  if (Object.keys(extra).length > 0) event.extra = { ...extra, ...asObject(event.extra) }
  return event
}

/** Fields that are no JSON are left out: the dump itself is worth more than a broken annotation. */
function parseMembers(text: string): JsonObject {
  try {
    return asObject(JSON.parse(text) as JsonValue) ?? {}
  } catch {
    return {}
  }
}

function setByPath(event: Members, name: string, value: string) {
  const path = [...name.matchAll(/\[([^[\]]{1,200})\]/g)].map((match) => match[1] as string)
  if (path.length === 0 || path.length > 10 || !path.every(isSafe)) return
  let at = event
  for (const key of path.slice(0, -1)) {
    const next = asObject(at[key])
    const members = next ? { ...next } : {}
    at[key] = members
    at = members
  }
  at[path.at(-1) as string] = value
}

function isSafe(name: string): boolean {
  return name !== '__proto__'
}
