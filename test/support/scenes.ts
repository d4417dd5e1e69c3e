// The scenes that pages are looked at and tested in: typical, overfull and hostile data, see seed.ts.
import { crc32, deflateSync } from 'node:zlib'
import type { Database } from '../../collector/db/database.ts'
import { createDestination, noteDestination } from '../../collector/db/destinations.ts'
import { createProject, type Project } from '../../collector/db/projects.ts'
import { parseChoice } from '../../collector/notify/destination.ts'
import { notifyKinds } from '../../collector/notify/kinds.ts'
import { newWebhookSecret } from '../../collector/notify/webhook.ts'
import type { JsonObject } from '../../collector/pipeline/event.ts'
import {
  minutesAgo,
  risingHours,
  type SeededIssue,
  seedDeadLetter,
  seedDiscards,
  seedIssue,
  seedNow,
  seedOutcomes,
  seedRelay,
  seedStorm,
} from './seed.ts'

const day = 24 * 60

function frame(
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
function screenshot(): Buffer {
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
                token: '[removed: looks like a secret]',
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

/** An issue that has regressed, with its whole history. */
export const regressedIssue: SeededIssue = {
  type: 'TicketDecodeError',
  value: 'Ticket QR2 has no field "validUntil"',
  culprit: 'decodeTicket in app/tickets/decodeTicket.ts',
  level: 'fatal',
  statusReason:
    'Event 9f2c41d0 came in rider-app@4.3.0+902 after the issue was resolved; the fix should have prevented it.',
  statusMinutesAgo: 42,
  firstMinutesAgo: 4 * day + 13 * 60,
  lastMinutesAgo: 0.2,
  events: 1_756,
  users: 611,
  firstRelease: 'rider-app@4.2.0+896',
  lastRelease: 'rider-app@4.3.0+902',
  regressions: 1,
  environments: ['production', 'staging'],
  hours: [
    ...Array.from({ length: 24 }, () => 0),
    ...Array.from({ length: 30 }, (_, i) => 30 + Math.round(35 * Math.sin(i / 10))),
    ...Array.from({ length: 40 }, (_, i) => Math.max(2, 40 - i * 2)),
    ...Array.from({ length: 30 }, (_, i) => (i % 5 === 0 ? 2 : 0)),
    122,
    213,
  ],
  tags: {
    release: {
      'rider-app@4.3.0+902': 386,
      'rider-app@4.2.0+896': 1_229,
      'rider-app@4.1.7+871': 88,
      'rider-app@4.1.6+868': 30,
      'rider-app@4.1.5+860': 23,
    },
    os: { 'iOS 17.5.1': 1_633, 'iOS 18.1': 70, 'Android 15': 53 },
    device: {
      'iPhone 13': 544,
      'iPhone 15 Pro': 386,
      'iPhone SE (3rd)': 298,
      ...Object.fromEntries(Array.from({ length: 38 }, (_, i) => [`Phone ${i}`, 10 - Math.floor(i / 4)])),
    },
    environment: { production: 1_750, staging: 6 },
    country: { Belgium: 1_124, Netherlands: 509, Germany: 60, France: 40 },
  },
  alert: { rule: 'regression', minutesAgo: 42 },
  trackerIssues: [
    { number: 412, minutesAgo: 4 * day + 12 * 60, closedBy: 'mara' },
    { number: 431, minutesAgo: 41 },
  ],
  changes: [
    { kind: 'first_seen', minutesAgo: 4 * day + 13 * 60 + 6, reason: 'First event, in rider-app@4.2.0+896.' },
    { kind: 'detected', minutesAgo: 4 * day + 13 * 60 + 5, reason: 'Fatal: one event is enough.' },
    { kind: 'filed', minutesAgo: 4 * day + 13 * 60 + 5, reason: 'Filed as perron/rider#412.' },
    {
      kind: 'closed',
      minutesAgo: 3 * day + 17 * 60 + 27,
      reason: '#412 was closed as completed.',
      actor: 'github:mara',
    },
    { kind: 'resolved', minutesAgo: 3 * day + 16 * 60 + 31, reason: '10 of 10 minutes quiet.' },
    {
      kind: 'regressed',
      minutesAgo: 42,
      reason:
        'Event 9f2c41d0 came in rider-app@4.3.0+902 after the issue was resolved; the fix should have prevented it.',
    },
    { kind: 'filed', minutesAgo: 41, reason: 'Filed as perron/rider#431, which follows #412.' },
  ],
  stored: [
    { wire: { ...ticketWire, release: 'rider-app@4.2.0+896' }, minutesAgo: 4 * day },
    { wire: { ...ticketWire, release: 'rider-app@4.2.0+896' }, minutesAgo: 41 },
    {
      wire: ticketWire,
      minutesAgo: 0.2,
      attachments: [
        { filename: 'screenshot.png', contentType: 'image/png', body: screenshot() },
        { filename: 'wallet-state.json', contentType: 'application/json', body: Buffer.alloc(3_100) },
      ],
      feedback: [
        {
          name: 'user 90be-11d4',
          email: null,
          message: 'Stood at the gate in Antwerp with a paid ticket and a white screen.',
        },
      ],
    },
  ],
}

const quietIssue: SeededIssue = {
  type: 'HTTPError',
  value: '502 Bad Gateway from zones.partner.sncb.example/v3/zones',
  culprit: 'fetchZones (src/partners/sncb.ts)',
  status: 'resolving',
  statusReason: '#1206 was closed as completed.',
  statusMinutesAgo: 7,
  closedMinutesAgo: 7,
  lastMinutesAgo: 8,
  events: 5_120,
  users: 2_904,
  lastRelease: '2026.46.2',
  hours: risingHours(200),
  alert: { rule: 'burst', minutesAgo: 200 },
  trackerIssues: [{ number: 1206, minutesAgo: 199, closedBy: 'aiko' }],
  changes: [
    { kind: 'detected', minutesAgo: 200, reason: 'Burst: 3 events within 5 minutes (in 9 s).' },
    { kind: 'filed', minutesAgo: 199, reason: 'Filed as perron/orders#1206.' },
    { kind: 'closed', minutesAgo: 7, reason: '#1206 was closed as completed.', actor: 'github:aiko' },
  ],
  stored: [{ wire: { message: 'plain message', level: 'error', platform: 'node' }, minutesAgo: 8 }],
}

async function projectsOf(db: Database, names: readonly (readonly [string, string])[]): Promise<Project[]> {
  const projects: Project[] = []
  for (const [name, platform] of names) {
    projects.push(
      await createProject(
        db,
        { name, slug: name, platform, repository: 'perron/rider' },
        minutesAgo(90 * day),
      ),
    )
  }
  return projects
}

const typicalIssues: readonly (readonly [number, SeededIssue])[] = [
  [0, regressedIssue],
  [
    1,
    {
      type: 'IllegalStateException',
      value: 'Fragment already added: SeatMapFragment{7c1f0d2} (id=0x7f0a0112)',
      culprit: 'SeatMapFragment.onAttach',
      platform: 'java',
      events: 2_214,
      users: 640,
      lastRelease: '4.3.0',
      hours: risingHours(120),
      firstMinutesAgo: 61 * day,
      alert: { rule: 'escalation', minutesAgo: 190 },
      trackerIssues: [{ number: 433, minutesAgo: 190 }],
    },
  ],
  [
    2,
    {
      type: 'SIGSEGV',
      value: 'Attempted to dereference null pointer at 0x0000000000000048',
      culprit: 'nfc::Session::poll (libnfcgate.so)',
      level: 'fatal',
      platform: 'native',
      events: 14,
      users: 9,
      lastRelease: '2.11.0',
      hours: [...Array(22).fill(0), 9, 5],
      firstMinutesAgo: 21,
      alert: { rule: 'fatal', minutesAgo: 21 },
      trackerIssues: [{ number: 97, minutesAgo: 20 }],
    },
  ],
  [
    3,
    {
      type: 'PaymentTimeout',
      value: 'capture of intent pi_3Q… not confirmed within 8000 ms',
      culprit: 'capture (src/payments/capture.ts)',
      events: 412,
      users: 388,
      lastRelease: '2026.46.2',
      hours: [...Array(22).fill(0), 150, 262],
      firstMinutesAgo: 14,
      alert: { rule: 'burst', minutesAgo: 14 },
      trackerIssues: [{ number: 1209, minutesAgo: 13 }],
    },
  ],
  [3, quietIssue],
  [
    4,
    {
      type: 'TypeError',
      value: "Cannot read properties of undefined (reading 'fares')",
      culprit: 'FareTable (src/fares/FareTable.tsx)',
      events: 18_312,
      users: 7_210,
      lastRelease: '5.18.1',
      hours: Array.from({ length: 24 }, (_, i) => Math.round(40 * Math.max(0, Math.sin(i / 7)))),
      firstMinutesAgo: 9 * day,
      alert: { rule: 'burst', minutesAgo: 3 * day },
      trackerIssues: [{ number: 2874, minutesAgo: 3 * day }],
    },
  ],
  [
    5,
    {
      type: 'sqlalchemy.exc.OperationalError',
      value: '(psycopg.errors.DeadlockDetected) deadlock detected DETAIL: Process 4411 waits',
      culprit: 'refresh_fares (fares/cache.py)',
      platform: 'python',
      events: 861,
      lastRelease: '26.46.0',
      hours: Array.from({ length: 24 }, (_, i) => 20 + ((i * 7) % 13)),
      firstMinutesAgo: 2 * day,
      alert: {
        rule: 'burst',
        minutesAgo: 2 * day,
        error: 'GitHub refused the token (401).',
        permanent: true,
      },
    },
  ],
  [
    1,
    {
      type: 'ApplicationNotResponding',
      value: 'Background ANR: main thread blocked for 5.4 s in SharedPreferencesImpl',
      culprit: 'OfflineTicketCache.<init>',
      platform: 'java',
      events: 37,
      users: 35,
      lastRelease: '4.3.0',
      hours: [...Array(15).fill(0), 3, 0, 0, 7, 2, 0, 0, 9, 6],
      firstMinutesAgo: 52,
      lastMinutesAgo: 6,
      burstWindow: [seedNow.getTime() - 400_000, seedNow.getTime() - 360_000],
    },
  ],
  [
    0,
    {
      type: '乗車券エラー',
      value: '券面を表示できません（コード E-4012）— 再読み込みしてください',
      culprit: 'TicketView.render (ios/TicketView.swift)',
      events: 96,
      users: 71,
      lastRelease: '4.2.2',
      hours: [...Array(16).fill(0), 9, 0, 4, 0, 0, 0, 2, 0],
      firstMinutesAgo: 6 * day,
      lastMinutesAgo: 23,
    },
  ],
  [
    6,
    {
      type: 'Warning',
      value: 'array_key_exists(): Argument #2 ($array) must be of type array, null given',
      culprit: 'TariffController::show',
      level: 'warning',
      platform: 'php',
      events: 204,
      users: 12,
      lastRelease: '1.94.3',
      firstMinutesAgo: 3 * day,
      lastMinutesAgo: 9,
    },
  ],
  [
    0,
    {
      type: 'NSInternalInconsistencyException',
      value: 'Invalid update: invalid number of rows in section 0',
      culprit: '-[JourneyListController applyDiff:]',
      platform: 'cocoa',
      status: 'ignored',
      statusReason: 'Aiko Tanaka ignored it for good.',
      events: 640,
      users: 512,
      lastRelease: '4.1.7',
      firstMinutesAgo: 118 * day,
      lastMinutesAgo: 26,
    },
  ],
  [
    4,
    {
      type: 'ChunkLoadError',
      value: 'Loading chunk 812 failed. (missing: https://booking.perron.example/assets/812.9f.js)',
      culprit: '__webpack_require__.f.j',
      status: 'resolved',
      statusReason: '10 of 10 minutes quiet.',
      statusMinutesAgo: 3 * day,
      closedMinutesAgo: 3 * day,
      fixedInRelease: '5.18.1',
      events: 3_310,
      users: 2_987,
      lastRelease: '5.18.0',
      firstMinutesAgo: 12 * day,
      lastMinutesAgo: 4 * day,
    },
  ],
  [
    4,
    {
      type: 'CSP',
      value: "Blocked 'script-src' from https://cdn.adv.example/t.js on /booking/confirm",
      culprit: 'csp',
      level: 'info',
      events: 7_703,
      users: 3_120,
      lastRelease: '5.18.1',
      hours: Array.from({ length: 24 }, (_, i) => 250 + ((i * 37) % 90)),
      firstMinutesAgo: 40 * day,
    },
  ],
]

/** Releases of an app, the newest rolling out, one far ahead that nobody runs. */
async function seedReleases(db: Database, project: Project): Promise<void> {
  const releases: readonly (readonly [string, number, number, number, number])[] = [
    ['rider-app@4.2.2+899', 3 * day + 16 * 60, 9_377, 4_011, 61],
    ['rider-app@4.2.1+898', 4 * day + 8 * 60, 402, 188, 2],
    ['rider-app@4.2.0+896', 5 * day + 17 * 60, 11_904, 3_902, 14],
    ['rider-app@4.1.7+871', 20 * day, 2_811, 904, 8],
    ['rider-app@4.1.6+868', 34 * day, 604, 301, 2],
    ['rider-app@4.0.3+812', 76 * day, 212, 97, 1],
    ['rider-app@999.9.9+1', day + 6 * 60, 3, 1, 0],
  ]
  for (const [version, ago, events, users, share] of releases) {
    await db
      .insertInto('releases')
      .values({
        project_id: project.id,
        version,
        events,
        users,
        crashes: Math.round(events / 9),
        first_seen_at: minutesAgo(ago),
        last_seen_at: minutesAgo(5),
      })
      .onConflict((conflict) => conflict.columns(['project_id', 'version']).doUpdateSet({ users, events }))
      .execute()
    for (const [hours, part] of [
      [2, share * 4],
      [60, events / 40],
      [240, events / 30],
    ] as const) {
      if (part < 1 || hours * 60 > ago) continue
      const hour = new Date(Math.floor(minutesAgo(hours * 60).getTime() / 3_600_000) * 3_600_000)
      const row = {
        project_id: project.id,
        version,
        hour,
        events: Math.round(part),
        crashes: Math.round(part / 7),
      }
      await db
        .insertInto('release_hours')
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    }
  }
  await db
    .insertInto('release_lines')
    .values({
      project_id: project.id,
      app: 'rider-app',
      platform: 'javascript',
      newest: 'rider-app@4.3.0+902',
      newest_users: JSON.stringify([]),
      pending: JSON.stringify([{ release: 'rider-app@999.9.9+1', users: ['id:1'] }]),
      is_only: false,
    })
    .execute()
}

/** A team at work. @returns ids of the issues, the regressed one first */
export async function seedTypical(db: Database): Promise<{ projects: Project[]; issueIds: number[] }> {
  const projects = await projectsOf(db, [
    ['rider-app', 'react-native'],
    ['rider-android', 'android'],
    ['gate-kiosk', 'flutter'],
    ['orders-api', 'node'],
    ['web-booking', 'javascript'],
    ['fare-engine', 'python'],
    ['partner-portal', 'php'],
    ['driver-app', 'react-native'],
  ])
  const issueIds: number[] = []
  for (const [number, [place, issue]] of typicalIssues.entries()) {
    // Some plain events of each, so that the log has something to show.
    const stored = Array.from({ length: 1 + (number % 3) }, (_, index) => ({
      wire: { message: issue.value, level: issue.level ?? 'error', platform: issue.platform ?? 'javascript' },
      minutesAgo: (issue.lastMinutesAgo ?? 1) + (2 - index) * 3.17 + number * 0.013,
      userKey: `id:u_${10_000 + number * 37 + index}`,
    }))
    issueIds.push(await seedIssue(db, projects[place] as Project, { stored, ...issue }))
  }
  await seedReleases(db, projects[0] as Project)
  await seedRelay(db, 'https://relay-ams.perron.example')
  await seedRelay(db, 'https://relay-lan.perron.example:4100')
  await seedOutcomes(db, {
    accepted: 54_012,
    delivered: 54_009,
    unknown_key: 388,
    invalid_envelope: 41,
    too_large: 9,
  })
  await seedDiscards(db, (projects[0] as Project).id, [
    ['ratelimit_backoff', 'error', 412],
    ['network_error', 'session', 96],
    ['before_send', 'error', 31],
    ['older than the consent', 'error', 1],
  ])
  await seedDiscards(db, (projects[1] as Project).id, [['sample_rate', 'transaction', 12_840]])
  await seedDestinations(db)
  await seedDeadLetter(db, 1, 'letter 1', 'header line 2 is not JSON at byte 118')
  await seedDeadLetter(db, 2, 'letter 2', 'item length 8,812 goes past the end of the envelope')
  return { projects, issueIds }
}

async function seedDestinations(db: Database): Promise<void> {
  const quietHours = { from: '22:00', to: '07:00', timeZone: 'Europe/Brussels', passEscalations: true }
  const slack = await createDestination(
    db,
    {
      name: 'On call',
      target: { kind: 'slack', url: 'https://hooks.slack.com/services/T0/B0/x', mentionHere: true },
      choice: parseChoice({
        kinds: ['regression', 'escalation', 'filing_failed', 'data_at_risk'],
        quietHours,
      }),
    },
    seedNow,
  )
  await noteDestination(db, slack.id, { at: minutesAgo(4), error: null })
  const hook = await createDestination(
    db,
    {
      name: 'Status board',
      target: { kind: 'webhook', url: 'https://board.perron.example/in/x', secret: newWebhookSecret() },
      choice: parseChoice({ kinds: [...notifyKinds], projectIds: [1, 4] }),
    },
    seedNow,
  )
  await noteDestination(db, hook.id, { at: minutesAgo(12), error: 'The webhook answered 410 (gone).' })
  await createDestination(
    db,
    {
      name: 'Night shift',
      target: { kind: 'mail', to: ['night@perron.example', 'lead@perron.example'] },
      choice: parseChoice({ kinds: ['relay_unreachable', 'data_at_risk', 'collector_behind'] }),
    },
    seedNow,
  )
}

/** Nothing that needs anybody: what is quiet, what is resolved, and relays that answer. */
export async function seedCalm(db: Database): Promise<{ projects: Project[]; issueIds: number[] }> {
  const projects = await projectsOf(db, [
    ['rider-app', 'react-native'],
    ['orders-api', 'node'],
  ])
  const [rider, orders] = projects as [Project, Project]
  const issueIds = [
    await seedIssue(db, orders, quietIssue),
    await seedIssue(db, rider, {
      type: 'PaymentTimeout',
      value: 'capture not confirmed',
      status: 'resolved',
      statusReason: '10 of 10 minutes quiet.',
      statusMinutesAgo: 294,
      closedMinutesAgo: 304,
      lastMinutesAgo: 310,
      level: 'fatal',
      events: 412,
      users: 388,
      alert: { rule: 'fatal', minutesAgo: 600 },
      trackerIssues: [{ number: 1209, minutesAgo: 599, closedBy: 'aiko' }],
    }),
    await seedIssue(db, rider, {
      type: 'ChunkLoadError',
      value: 'Loading chunk 812 failed.',
      status: 'resolved',
      statusMinutesAgo: 900,
      closedMinutesAgo: 910,
      lastMinutesAgo: 1000,
      alert: { rule: 'burst', minutesAgo: 1010 },
    }),
  ]
  await seedRelay(db, 'https://relay-ams.perron.example')
  return { projects, issueIds }
}

/** More of everything than fits: long names, many rows, big numbers, a silent relay. */
export async function seedOverfull(db: Database): Promise<{ projects: Project[]; issueIds: number[] }> {
  const projects = await projectsOf(
    db,
    Array.from(
      { length: 40 },
      (_, i) => [`the-project-with-a-rather-long-name-number-${i}`, 'react-native'] as const,
    ),
  )
  const issueIds: number[] = []
  const wide = 'AbstractSingletonProxyFactoryBeanConfigurationException'.repeat(3)
  const longWire: JsonObject = {
    ...ticketWire,
    exception: {
      values: Array.from({ length: 6 }, (_, i) => ({
        type: `${wide}${i}`,
        value: `${'a very long message that goes on and on '.repeat(20)}${i}`,
        stacktrace: {
          frames: Array.from({ length: 60 }, (_, n) =>
            frame(
              `com.perron.${wide}.method${n}`,
              `src/main/java/com/perron/${'deeply/nested/'.repeat(8)}File${n}.java`,
              n * 1000,
              n % 4 === 0,
              [['x'.repeat(300)], 'y'.repeat(300), ['z'.repeat(300)]],
            ),
          ),
        },
      })),
    },
    tags: Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`tag-number-${i}`, 'value '.repeat(20)])),
  }
  const stormId = await seedStorm(db, projects[1] as Project, { minutesAgo: 30, number: 7_654_321 })
  for (let i = 0; i < 120; i += 1) {
    const first = i === 0
    issueIds.push(
      await seedIssue(db, projects[i % 40] as Project, {
        type: `${wide}${i}`,
        value: 'and a message that never ends '.repeat(12),
        culprit: `com.perron.${wide}.method in src/main/java/${'deeply/nested/'.repeat(8)}File.java`,
        level: i % 3 === 0 ? 'fatal' : 'error',
        events: 98_765_432 - i * 1000,
        users: 12_345_678 - i,
        firstMinutesAgo: 2 * day + i,
        lastMinutesAgo: i,
        lastRelease: `com.perron.rider.enterprise.edition@104.22.1899-beta.${i}+2026111801`,
        environments: ['production', 'a-very-long-environment-name-for-the-second-staging-cluster'],
        hours: risingHours(9_999_999),
        alert: {
          rule: i % 2 === 0 ? 'regression' : 'burst',
          minutesAgo: 30,
          ...(i % 40 === 1 ? { stormId } : {}),
        },
        ...(first ? { trackerIssues: [{ number: 1_234_567, minutesAgo: 20 }] } : {}),
        tags: Object.fromEntries(
          Array.from({ length: 30 }, (_, n) => [
            `some-rather-long-tag-key-${n}`,
            Object.fromEntries(
              Array.from({ length: 20 }, (_, v) => [`${'value '.repeat(10)}${v}`, 1000 - v]),
            ),
          ]),
        ),
        changes: Array.from({ length: first ? 120 : 2 }, (_, n) => ({
          kind: n % 2 ? ('reopened' as const) : ('closed' as const),
          minutesAgo: 500 - n,
          reason: 'A reason that takes its time to come to the point. '.repeat(5),
        })),
        ...(first ? { stored: [{ wire: longWire, minutesAgo: 1 }] } : {}),
      }),
    )
  }
  await seedRelay(db, 'https://relay-ams.perron.example')
  await seedRelay(
    db,
    'https://a-relay-with-a-very-long-host-name.eu-central-1.infrastructure.perron.example',
    'connect ECONNREFUSED 10.20.0.14:4100: the relay does not answer',
  )
  await seedRelay(db, 'https://relay-fra.perron.example', 'connection refused')
  return { projects, issueIds }
}

/** What an SDK, or somebody who pretends to be one, can put into any field. */
export const hostileStrings = [
  '<script>globalThis.canary=1;document.title="canary"</script>',
  '"><img src=x onerror="globalThis.canary=1">',
  '\'"`--><svg/onload=globalThis.canary=1>',
  'javascript:globalThis.canary=1',
  'data:text/html,<script>globalThis.canary=1</script>',
  '<%= globalThis.canary=1 %><%~ it.body %>',
  '\u202egnp.exe\u202c\u2066\u200b\u0301\u0301\u0301\u0301\u0301\u0301',
  'W'.repeat(3_000),
  '</title></script></style><base href="https://evil.example/">',
  '<a href="https://evil.example/x" hx-get="https://evil.example/y" hx-trigger="load">x</a>',
] as const

export function hostileWire(text: string): JsonObject {
  return {
    platform: 'javascript',
    level: 'error',
    release: text.slice(0, 190),
    environment: text.slice(0, 60),
    server_name: text,
    transaction: text,
    logger: text,
    message: text,
    exception: {
      values: [
        {
          type: text,
          value: text,
          mechanism: { type: text, handled: false },
          stacktrace: {
            frames: [
              {
                function: text,
                filename: text,
                abs_path: text,
                module: text,
                lineno: 3,
                in_app: true,
                context_line: text,
                pre_context: [text],
                post_context: [text],
                vars: { [text]: text },
              },
              { function: text, filename: `node_modules/${text}`, in_app: false },
            ],
          },
        },
      ],
    },
    breadcrumbs: {
      values: [
        {
          timestamp: seedNow.getTime() / 1000,
          category: text,
          type: text,
          message: text,
          data: { url: text, [text]: text },
        },
      ],
    },
    user: { id: text, email: text, username: text, ip_address: text, [text]: text },
    tags: { [text]: text, plain: text },
    request: {
      url: text,
      method: text,
      headers: { [text]: text },
      query_string: text,
      cookies: { a: text },
      data: { [text]: text },
    },
    contexts: {
      device: { model: text },
      os: { name: text, version: text },
      browser: { name: text },
      [text]: { [text]: text },
    },
    extra: { [text]: { [text]: [text] }, link: text },
    modules: { [text]: text },
    sdk: { name: text, version: text },
  }
}

/** The same text in every field, one issue for each of the hostile strings. */
export async function seedHostile(db: Database): Promise<{ projects: Project[]; issueIds: number[] }> {
  const project = await createProject(
    db,
    { name: hostileStrings[0], slug: 'hostile', platform: 'javascript' },
    minutesAgo(1000),
  )
  const issueIds: number[] = []
  for (const text of hostileStrings) {
    issueIds.push(
      await seedIssue(db, project, {
        type: text,
        value: text,
        culprit: text,
        statusReason: text,
        lastRelease: text.slice(0, 190),
        events: 3,
        users: 1,
        environments: [text.slice(0, 60)],
        tags: { [text.slice(0, 190)]: { [text.slice(0, 190)]: 3 } },
        alert: { rule: 'burst', minutesAgo: 3, error: text, permanent: true },
        trackerIssues: [
          { number: issueIds.length + 1, minutesAgo: 2, title: text, url: text, closedBy: text.slice(0, 30) },
        ],
        changes: [{ kind: 'closed', minutesAgo: 2, reason: text, actor: `github:${text}` }],
        stored: [
          {
            wire: hostileWire(text),
            minutesAgo: 3,
            attachments: [
              {
                filename: text.slice(0, 200),
                contentType: 'text/html',
                body: Buffer.from(hostileStrings[0]),
              },
            ],
            feedback: [{ name: text, email: text, message: text }],
          },
        ],
      }),
    )
  }
  await seedRelay(db, 'https://relay.perron.example', hostileStrings[0])
  await seedDeadLetter(db, project.id, 'hostile', hostileStrings[1])
  await seedDiscards(
    db,
    project.id,
    hostileStrings
      .slice(0, 4)
      .map((text, index) => [text.slice(0, 60), text.slice(0, 60), index + 1] as const),
  )
  return { projects: [project], issueIds }
}
