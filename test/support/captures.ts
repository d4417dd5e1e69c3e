// The requests that official SDKs really sent (test/fixtures/envelopes), and how to send them again.
import { readdirSync, readFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { join } from 'node:path'
import { parseAuthHeader, parseDsn, parseProjectId } from '../../shared/dsn.ts'

export type Capture = {
  /** `folder/file` as the fixtures' README lists it, such as `node-11/caught`. */
  readonly name: string
  readonly sdk: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** When the receiver of the capture had it. */
  readonly capturedAt: Date
}

export type Answer = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

const folder = join(import.meta.dirname, '../fixtures/envelopes')

/** All captures, in order of their names. */
export function listCaptures(): Capture[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => {
      const capture = JSON.parse(readFileSync(join(folder, file), 'utf8'))
      return {
        name: file.replace(/\.json$/, ''),
        sdk: `${capture.sdk} ${capture.sdk_version}`,
        method: capture.method,
        path: capture.path,
        headers: capture.headers,
        body: Buffer.from(capture.body_base64, 'base64'),
        capturedAt: new Date(capture.captured_at),
      }
    })
}

/** Project and key that a capture was sent with, from whichever place it has them. */
export function readCredentials(capture: Capture): { project: number; key: string } {
  const url = new URL(capture.path, 'http://relay.invalid')
  const header = capture.headers['x-sentry-auth']
  const dsn = parseDsn(/"dsn":"([^"]+)"/.exec(capture.body.toString('latin1'))?.[1])
  const key = url.searchParams.get('sentry_key') ?? (header && parseAuthHeader(header)?.key) ?? dsn?.publicKey
  const project = parseProjectId(/^\/api\/(\d+)\//.exec(url.pathname)?.[1] ?? '') ?? dsn?.projectId
  if (!key || !project) throw new Error(`${capture.name} has no credentials`)
  return { project, key }
}

/** POSTERN_PROJECTS for every project and key that occurs in the captures. */
export function captureSeeds(): string {
  const seeds = new Map<number, string>()
  for (const capture of listCaptures()) {
    const { project, key } = readCredentials(capture)
    seeds.set(project, `${project}:${key}:project-${project}`)
  }
  return [...seeds.values()].join(',')
}

/**
 * Sends a capture again: same method, path, headers and bytes.
 * @param to.project, to.key replace those of the capture, in path, headers and (where the body is plain and
 *        has no other credentials) the envelope's dsn
 */
export function replay(
  url: string,
  capture: Capture,
  to: { project?: number; key?: string } = {},
): Promise<Answer> {
  const from = readCredentials(capture)
  const mapKey = (text: string): string => (to.key ? text.replaceAll(from.key, to.key) : text)
  const path = mapKey(capture.path).replace(/^\/api\/\d+\//, `/api/${to.project ?? from.project}/`)
  const headers = Object.fromEntries(
    Object.entries(capture.headers).map(([name, value]) => [name, mapKey(value)]),
  )
  const body = path.startsWith('/api/') ? capture.body : mapDsn(capture.body, from, to)
  if (headers['content-length']) headers['content-length'] = String(body.length)
  return send(url, capture.method, path, headers, body)
}

/** Sends one request exactly as given, on a connection of its own. */
export function send(
  url: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body: Buffer | string = '',
): Promise<Answer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    // Nagle and keep-alive are of no use here; a connection header of a capture would only confuse.
    const { connection: _, ...rest } = headers
    const req = request({ hostname, port, method, path, headers: rest, agent: false }, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (chunk: Buffer) => chunks.push(chunk))
      res.on('error', reject)
      res.on('end', () =>
        resolve({
          status: res.statusCode ?? 0,
          headers: res.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      )
    })
    req.on('error', reject)
    req.end(body)
  })
}

function mapDsn(
  body: Buffer,
  from: { project: number; key: string },
  to: { project?: number; key?: string },
): Buffer {
  const text = body.toString('latin1')
  const mapped = text.replace(
    /("dsn":"https?:\/\/)[^"@]+@([^"]+)\/\d+"/,
    (_, start: string, host: string) => {
      return `${start}${to.key ?? from.key}@${host}/${to.project ?? from.project}"`
    },
  )
  return Buffer.from(mapped, 'latin1')
}
