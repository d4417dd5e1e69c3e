// An event of a phone app with everything that a page can show.
import { crc32, deflateSync } from 'node:zlib'
import type { JsonObject } from '../../../collector/pipeline/event.ts'
import { minutesAgo } from '../seed.ts'

export function frame(
  name: string,
  file: string,
  line: number,
  inApp: boolean,
  context?: readonly [string[], string, string[]],
): JsonObject {
  return {
    function: name,
    filename: file,
    abs_path: file,
    lineno: line,
    in_app: inApp,
    ...(context ? { pre_context: context[0], context_line: context[1], post_context: context[2] } : {}),
  }
}

const library = (count: number, name: string) =>
  Array.from({ length: count }, (_, index) =>
    frame(`step${index}`, `node_modules/${name}/index.js`, 40 + index, false),
  )

/** A picture of a phone's screen, as PNG: stripes, so that something is seen. */
export function screenshot(): Buffer {
  const [width, height] = [90, 180]
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(data.length)
    sum.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, sum])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  // Eight bits of grey a pixel.
  header[8] = 8
  const rows = Array.from({ length: height }, (_, y) => {
    const grey = y < 18 ? 60 : y % 30 < 12 && y > 30 ? 190 : 235
    return Buffer.concat([Buffer.from([0]), Buffer.alloc(width, grey)])
  })
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** An event of a phone app with everything a page can show. */
export const ticketWire: JsonObject = {
  platform: 'javascript',
  level: 'fatal',
  release: 'rider-app@4.3.0+902',
  environment: 'production',
  exception: {
    values: [
      {
        type: 'TypeError',
        value: "Cannot read property 'seconds' of undefined",
        stacktrace: {
          frames: [
            ...library(5, 'react-native'),
            frame('decodeTicket', 'app/tickets/decodeTicket.ts', 87, true, [
              ['  try {'],
              '    return { id: t.id, zones: t.zones, validUntil: fromProtoTimestamp(t.validUntil) };',
              ['  } catch (cause) {'],
            ]),
            frame('fromProtoTimestamp', 'app/tickets/protoTime.ts', 19, true, [
              [
                '/** Seconds and nanos of a protobuf Timestamp, as a Date. */',
                'export function fromProtoTimestamp(ts: Timestamp): Date {',
              ],
              '  return new Date(ts.seconds * 1000 + ts.nanos / 1e6);',
              ['}'],
            ]),
          ],
        },
      },
      {
        type: 'TicketDecodeError',
        value: 'Ticket QR2 has no field "validUntil"',
        mechanism: { type: 'onunhandledrejection', handled: false },
        stacktrace: {
          frames: [
            ...library(12, 'react-native'),
            ...library(7, 'scheduler'),
            frame('GateScreen.onPresent', 'app/screens/GateScreen.tsx', 57, true, [
              [],
              '  await store.activate(ticket)',
              [],
            ]),
            ...library(4, 'regenerator-runtime'),
            frame('TicketStore.activate', 'app/tickets/TicketStore.ts', 142, true, [
              [
                '  const raw = await this.wallet.read(ticketId);',
                '  // offline first: the gate has no network',
              ],
              '  const ticket = decodeTicket(raw);',
              ['  this.active.set(ticketId, ticket);'],
            ]),
            {
              ...frame('decodeTicket', 'app/tickets/decodeTicket.ts', 89, true, [
                [
                  'const t = TicketQR2.decode(raw);',
                  'try {',
                  '  return { id: t.id, zones: t.zones, validUntil: fromProtoTimestamp(t.validUntil) };',
                  '} catch (cause) {',
                ],
                '  throw new TicketDecodeError(`Ticket QR2 has no field "validUntil"`, { cause });',
                ['}'],
              ]),
              vars: {
                raw: 'Uint8Array(412)',
                ticketId: 'QR2-88f1',
                attempt: 3,
                token: '[Filtered]',
              },
            },
          ],
        },
      },
    ],
  },
  breadcrumbs: {
    values: Array.from({ length: 55 }, (_, index) => ({
      timestamp: minutesAgo(3 - index / 60).getTime() / 1000,
      category: 'console',
      message: `wallet: tick ${index}`,
    })).concat([
      { timestamp: minutesAgo(0.9).getTime() / 1000, category: 'navigation', message: 'Home → Tickets' },
      {
        timestamp: minutesAgo(0.8).getTime() / 1000,
        category: 'ui.tap',
        message: '“Brussel-Zuid → Antwerpen-C, 18 Nov”',
      },
      { timestamp: minutesAgo(0.75).getTime() / 1000, category: 'http', message: 'GET /v3/tickets/QR2-88f1' },
      {
        timestamp: minutesAgo(0.4).getTime() / 1000,
        category: 'device.network',
        message: 'Network lost: cellular → none',
        level: 'warning',
      } as never,
      {
        timestamp: minutesAgo(0.22).getTime() / 1000,
        category: 'http',
        message: 'GET api.partner.sncb.example/zones',
        level: 'error',
        data: { reason: 'no network' },
      } as never,
      {
        timestamp: minutesAgo(0.21).getTime() / 1000,
        category: 'wallet',
        message: 'wallet: read QR2-88f1, 412 bytes, version 3',
      },
    ]),
  },
  user: { id: '7f3a-0c19', geo: { country_code: 'BE', city: 'Brussels' } },
  tags: { route: 'gate', customer: 'perron' },
  request: {
    url: 'https://api.perron.example/v3/tickets?line=12',
    method: 'GET',
    headers: { 'User-Agent': 'rider/4.3.0', Accept: 'application/json' },
  },
  contexts: {
    device: { model: 'iPhone 13', battery_level: 31, free_memory: 412_000_000, charging: false },
    os: { name: 'iOS', version: '17.5.1' },
    app: { app_start_time: '2026-11-18T02:58:12Z', app_version: '4.3.0' },
  },
  extra: { 'wallet state': { tickets: 3, synced: false } },
  sdk: { name: 'sentry.javascript.react-native', version: '8.2.0' },
}
