// Events to measure with: the captured SDK events (test/fixtures/envelopes), grown to a wanted median size,
// spread over issues, users and releases as real traffic is. The same options give the same bytes.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { splitEnvelope } from '../shared/envelope.ts'

export type BenchEnvelope = {
  /** 32 hex digits; distinct within one mix. */
  readonly eventId: string
  /** As it goes over the wire: compressed where the SDK of the capture compresses. */
  readonly body: Buffer
  readonly encoding: 'gzip' | null
  /** Length before compression. */
  readonly plainBytes: number
}

export type MixOptions = {
  readonly count: number
  /** Wanted median of an envelope before compression. */
  readonly medianBytes: number
  /** `captured`: small and large ones in the captures' own proportions; `equal`: all of medianBytes, identity. */
  readonly sizes: 'captured' | 'equal'
  /** Moment at which the events say they occurred. */
  readonly at: Date
  readonly seed?: number
  readonly issues?: number
  readonly users?: number
}

type Json = Record<string, unknown>
type Template = { readonly event: Json; readonly bytes: number; readonly gzip: boolean }
type Random = () => number

const folder = join(import.meta.dirname, '../test/fixtures/envelopes')
const headerBytes = 220
const maxBreadcrumbs = 100
/** The largest captures are multiples of the median; grown in proportion they would be nothing but padding. */
const maxTimesMedian = 8
const words =
  'cart order invoice session user ticket payment retry worker queue page screen list view render fetch cache store customer address price product shipment account locale button timeout response request header stream buffer socket thread async load save update remove select insert commit open close'.split(
    ' ',
  )
const variants = 'Alpha Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliet Kilo Lima'.split(' ')

/** @returns `count` envelopes of one event each */
export function makeEnvelopes(options: MixOptions): BenchEnvelope[] {
  const { count, medianBytes, sizes, at, seed = 1, issues = 200, users = 5_000 } = options
  const random = createRandom(seed)
  const payloadBytes = medianBytes - headerBytes
  const captured = shuffle(readTemplates(), random)
  const templates = sizes === 'equal' ? fitting(captured, payloadBytes * 0.8) : captured
  const ofIssue = (issue: number) => templates[issue % templates.length] as Template
  const weights = Array.from({ length: issues }, (_, place) => 1 / (place + 1))
  const median = weightedMedian(weights.map((weight, issue) => ({ value: ofIssue(issue).bytes, weight })))
  const pickIssue = createPicker(weights, random)
  const pickUser = createPicker(
    Array.from({ length: users }, (_, place) => 1 / (place + 1)),
    random,
  )
  return Array.from({ length: count }, () => {
    const issue = pickIssue()
    const template = ofIssue(issue)
    const scaled = Math.min((template.bytes * payloadBytes) / median, payloadBytes * maxTimesMedian)
    const event = structuredClone(template.event)
    const eventId = makeId(random)
    becomeIssue(event, Math.floor(issue / templates.length))
    addFacts(event, eventId, at, pickUser(), random)
    grow(event, sizes === 'equal' ? payloadBytes : scaled, at, random)
    return pack(event, eventId, at, template.gzip && sizes === 'captured')
  })
}

/** The captures that hold an event and are no trifle. */
function readTemplates(): Template[] {
  const templates: Template[] = []
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.json'),
  )
  for (const file of files.sort()) {
    const capture = JSON.parse(readFileSync(join(folder, file), 'utf8'))
    if (!/\/envelope\//.test(capture.path)) continue
    const encoding: string | undefined = capture.headers['content-encoding']
    const raw = Buffer.from(capture.body_base64, 'base64')
    const body = encoding === 'gzip' ? gunzipSync(raw) : encoding === 'br' ? brotliDecompressSync(raw) : raw
    const item = splitEnvelope(body).items.find(({ type }) => type === 'event')
    if (!item || item.payload.length < 500) continue
    const event = JSON.parse(item.payload.toString('utf8')) as Json
    templates.push({ event, bytes: item.payload.length, gzip: Boolean(encoding) })
  }
  return templates
}

/** Those below a size; where none is, the smallest with nothing but what it says happened. */
function fitting(templates: readonly Template[], maxBytes: number): readonly Template[] {
  const small = templates.filter(({ bytes }) => bytes < maxBytes)
  if (small.length > 0) return small
  const bare = templates.map((template) => {
    const { platform, level, message, exception } = template.event
    const event: Json = { platform, level, message, exception }
    return { ...template, event, bytes: Buffer.byteLength(JSON.stringify(event)) }
  })
  return bare.sort((a, b) => a.bytes - b.bytes).slice(0, 1)
}

/** Variant 0 is the captured issue itself; others differ in what grouping looks at. */
function becomeIssue(event: Json, variant: number): void {
  if (variant === 0) return
  const name = `${variants[variant % variants.length]}${'x'.repeat(Math.floor(variant / variants.length))}`
  for (const exception of listValues(event.exception)) {
    exception.type = `${exception.type ?? 'Error'}${name}`
    const frames = (exception.stacktrace as Json | undefined)?.frames
    if (!Array.isArray(frames)) continue
    for (const frame of frames as Json[]) frame.function = `${frame.function ?? 'run'}${name}`
  }
  if (typeof event.message === 'string' && event.message) event.message = `${name}: ${event.message}`
  if (isObject(event.message)) event.message.formatted = `${name}: ${event.message.formatted}`
  if (isObject(event.logentry)) {
    for (const key of ['message', 'formatted']) {
      if (typeof event.logentry[key] === 'string') event.logentry[key] = `${name}: ${event.logentry[key]}`
    }
  }
  if (Array.isArray(event.fingerprint)) event.fingerprint.push(name)
}

function addFacts(event: Json, eventId: string, at: Date, user: number, random: Random): void {
  const build = Math.floor(random() ** 2 * 6)
  event.event_id = eventId
  event.timestamp = at.toISOString()
  event.release = `shop@4.${6 - build}.0+${600 - build}`
  event.environment = random() < 0.9 ? 'production' : 'staging'
  event.user = { id: `user-${user}`, email: `user-${user}@example.com`, ip_address: '203.0.113.7' }
  const tags = isObject(event.tags) ? event.tags : {}
  event.tags = { ...tags, screen: words[Math.floor(random() * 20)], locale: random() < 0.7 ? 'de' : 'en' }
}

/** Adds breadcrumbs, then records in `extra`, until the event is about `bytes` long. */
function grow(event: Json, bytes: number, at: Date, random: Random): void {
  let missing = bytes - Buffer.byteLength(JSON.stringify(event))
  const breadcrumbs = listValues(event.breadcrumbs)
  while (missing > 150 && breadcrumbs.length < maxBreadcrumbs) {
    const breadcrumb = {
      timestamp: at.getTime() / 1000 - breadcrumbs.length,
      category: random() < 0.5 ? 'http' : 'console',
      level: 'info',
      message: sentence(Math.min(16, Math.ceil(missing / 16)), random),
      data: { url: `https://api.example.com/${sentence(2, random).replace(' ', '/')}`, status_code: 200 },
    }
    breadcrumbs.push(breadcrumb)
    missing -= JSON.stringify(breadcrumb).length + 1
  }
  event.breadcrumbs = { values: breadcrumbs }
  const records: Json[] = []
  while (missing > 60) {
    const text = sentence(Math.min(30, Math.ceil(missing / 5)), random).slice(0, missing - 30)
    const record = { step: sentence(1, random), text }
    records.push(record)
    missing -= JSON.stringify(record).length + 1
  }
  event.extra = { ...(isObject(event.extra) ? event.extra : {}), records }
}

function pack(event: Json, eventId: string, at: Date, gzip: boolean): BenchEnvelope {
  const payload = Buffer.from(JSON.stringify(event))
  const { name, version } = isObject(event.sdk) ? event.sdk : {}
  const header = JSON.stringify({ event_id: eventId, sent_at: at.toISOString(), sdk: { name, version } })
  const item = JSON.stringify({ type: 'event', content_type: 'application/json', length: payload.length })
  const plain = Buffer.concat([Buffer.from(`${header}\n${item}\n`), payload, Buffer.from('\n')])
  const body = gzip ? gzipSync(plain) : plain
  return { eventId, body, encoding: gzip ? 'gzip' : null, plainBytes: plain.length }
}

/** SDKs write lists plainly or below `values`. */
function listValues(value: unknown): Json[] {
  const list = isObject(value) && Array.isArray(value.values) ? value.values : value
  return Array.isArray(list) ? (list as Json[]) : []
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sentence(length: number, random: Random): string {
  return Array.from({ length }, () => words[Math.floor(random() * words.length)]).join(' ')
}

function makeId(random: Random): string {
  return Array.from({ length: 4 }, () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('')
}

/** Draws places of `weights`, each in proportion to its weight. */
function createPicker(weights: readonly number[], random: Random): () => number {
  let sum = 0
  const sums = weights.map((weight) => {
    sum += weight
    return sum
  })
  return () => {
    const at = random() * sum
    const found = sums.findIndex((upTo) => at < upTo)
    return found < 0 ? weights.length - 1 : found
  }
}

function weightedMedian(entries: readonly { value: number; weight: number }[]): number {
  const sorted = [...entries].sort((a, b) => a.value - b.value)
  let left = sorted.reduce((sum, { weight }) => sum + weight, 0) / 2
  for (const { value, weight } of sorted) {
    left -= weight
    if (left <= 0) return value
  }
  throw new Error('no entries')
}

function shuffle<T>(list: readonly T[], random: Random): T[] {
  const keyed = list.map((value) => ({ value, key: random() }))
  return keyed.sort((a, b) => a.key - b.key).map(({ value }) => value)
}

/** Mulberry32: small, seeded, good enough to spread events. */
function createRandom(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
