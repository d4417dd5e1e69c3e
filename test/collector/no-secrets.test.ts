// Secrets that look real in every field an SDK can send, and in what comes beside events; then the whole database
// (payloads and attachments decompressed), the log and the text of a ticket are searched for each of them.
import { randomUUID } from 'node:crypto'
import { zstdDecompressSync } from 'node:zlib'
import { sql } from 'kysely'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import type { Database } from '../../collector/db/database.ts'
import { createProject } from '../../collector/db/projects.ts'
import { findStoredEvent, fromUuid, readEvent } from '../../collector/db/stored-events.ts'
import { getFilingFacts } from '../../collector/db/tracker-issues.ts'
import { createDigest } from '../../collector/digest.ts'
import type { SpooledRow } from '../../collector/prepare-batch.ts'
import { writeIssueText } from '../../collector/trackers/issue-text.ts'
import { onEachDatabase } from '../support/database.ts'
import { makeFacts } from '../support/facts.ts'

const now = new Date('2026-11-24T03:00:00Z')

/** Each made so that no other text holds it. Built from parts: repositories are searched for such keys too. */
const secrets = {
  password: 'korrekt-Pferd-91x',
  apiKey: 'b7f3c1d9e5a24f6c8d0b',
  session: 'sess-5f3c0d4e9a1b4c2d',
  csrf: 'csrf-71aa09bb',
  cookie: 'kuki-0a1b2c3d4e',
  bearer: ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiJtaXJhIn0', 'c2lnbmF0dXJlLW9mLWl0'].join('.'),
  basic: 'bWlyYTpodW50ZXIyLWh1bnRlcjI0',
  card: '4111111111111111',
  cardSpaced: '5500 0055 5555 5559',
  amex: '378282246310005',
  aws: ['AKIA', 'Z7QH3LMN4PRSTUVW'].join(''),
  awsSecret: 'wJalrXUtnFEMI-K7MDENG-bPxRfiCYZ7',
  github: ['ghp_', 'a1B2c3D4e5F6a1B2c3D4e5F6a1B2c3D4e5F6'].join(''),
  stripe: ['sk_', 'live_', '4eC39HqLyjWDarjtT1zdp7dc'].join(''),
  slack: ['xoxb-', '123456789012-abcdefABCDEF'].join(''),
  google: ['AIza', 'SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q'].join(''),
  url: 'dbpw-9Qx7',
  key: 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBK',
  pin: '94715',
  cvv: '83126',
  otp: '550918',
} as const
type Name = keyof typeof secrets

const s = secrets
const pem = `-----BEGIN PRIVATE KEY-----\n${s.key}\n-----END PRIVATE KEY-----`
const texts = [
  `login with password=${s.password} failed`,
  `{"user":"mira","apiKey":"${s.apiKey}","nested":{"csrfToken":"${s.csrf}"}}`,
  `{"cut":1,"api_key":"${s.apiKey}","more":"…`,
  `{'password': '${s.password}', 'sessionId': '${s.session}'}`,
  `{:password=>"${s.password}", "api_key" => "${s.apiKey}"}`,
  `Authorization: Bearer ${s.bearer}`,
  `Authorization: Basic ${s.basic}`,
  `X-Api-Key: ${s.apiKey}`,
  `Cookie: sid=${s.cookie}; theme=dark`,
  `postgres://shop:${s.url}@db.internal:5432/shop refused`,
  `GET https://api.shop.example/v1?access_token=${s.session}&page=2#id_token=${s.bearer}`,
  `redirect to /next?to=%2Fpay%3Fapi_key%3D${s.apiKey}%26x%3D1`,
  `card ${s.card} declined, then ${s.cardSpaced} and ${s.amex}`,
  `aws_access_key_id=${s.aws} aws_secret_access_key=${s.awsSecret}`,
  `push by ${s.github}, charge by ${s.stripe}, told ${s.slack}, mapped by ${s.google}`,
  `key is\n${pem}`,
  `<login><user>mira</user><Password>${s.password}</Password></login>`,
  `mysql --user mira --password ${s.password} --port 3306`,
  `Content-Disposition: form-data; name="password"\r\n\r\n${s.password}\r\n--x`,
  `INSERT failed: password = '${s.password}'`,
  `password: ${s.password}`,
]
const all = texts.join(' | ')

/** A value with secrets under names, at depth, in lists, in texts. */
const vars = {
  password: s.password,
  userPassword: s.password,
  DB_PASSWORD: s.password,
  'X-Api-Key': s.apiKey,
  apikey: s.apiKey,
  aws: { secretAccessKey: s.awsSecret, accessKeyId: s.aws },
  session_id: s.session,
  csrfmiddlewaretoken: s.csrf,
  xCsrfToken: s.csrf,
  card: { number: Number(s.card), cvv: Number(s.cvv), holder: 'Mira' },
  cardNumber: s.card,
  creditcard: s.cardSpaced,
  pin: Number(s.pin),
  otpCode: Number(s.otp),
  tokens: [s.bearer, s.session],
  credentials: { user: 'mira', secret: s.apiKey },
  pairs: [
    ['Authorization', `Bearer ${s.bearer}`],
    ['api_key', s.apiKey],
  ],
  fields: [{ name: 'password', value: s.password }],
  argv: ['mysql', '--password', s.password, `--api-key=${s.apiKey}`],
  deep: { a: { b: { c: { d: { clientSecret: s.apiKey, list: [{ passwd: s.password }] } } } } },
  texts,
  plain: s.card,
}

const frame = (fn: string) => ({
  function: fn,
  module: 'shop.password_reset_controller',
  filename: 'app/controllers/password_reset_controller.rb',
  abs_path: '/srv/app/controllers/password_reset_controller.rb',
  context_line: `  client = Stripe("${s.stripe}")`,
  pre_context: [`  url = "postgres://shop:${s.url}@db/shop"`, `  key = """${pem}"""`],
  post_context: [`  aws = "${s.aws}"`],
  in_app: true,
  vars,
})

const event = {
  platform: 'ruby',
  level: 'fatal',
  logger: `shop ${texts[0]}`,
  transaction: `/reset?token=${s.session}`,
  server_name: `host password=${s.password}`,
  release: 'shop@1.0.0',
  culprit: `x token=${s.session}`,
  message: all,
  logentry: {
    message: `pay %s with ${texts[12]}`,
    params: [s.card, { password: s.password }],
    formatted: all,
  },
  exception: {
    values: [
      {
        type: 'PaymentError',
        value: all,
        stacktrace: { frames: [frame('token'), frame('pay')] },
        mechanism: { type: 'generic', handled: false, data: vars },
      },
    ],
  },
  threads: {
    values: [
      { id: 1, name: `worker password=${s.password}`, current: true, stacktrace: { frames: [frame('run')] } },
    ],
  },
  stacktrace: { frames: [frame('top')] },
  breadcrumbs: {
    values: [
      {
        category: 'http',
        type: 'http',
        message: all,
        data: {
          url: `https://x.example/a?api_key=${s.apiKey}`,
          'http.query': `token=${s.session}`,
          body: JSON.stringify(vars),
          ...vars,
        },
      },
      { category: 'query', message: `UPDATE users SET password = '${s.password}'` },
    ],
  },
  request: {
    url: `https://mira:${s.url}@shop.example/pay?session_token=${s.session}#access_token=${s.bearer}`,
    method: 'POST',
    query_string: `api_key=${s.apiKey}&password=${encodeURIComponent(s.password)}`,
    cookies: { sid: s.cookie, csrftoken: s.csrf },
    headers: [
      ['Authorization', `Bearer ${s.bearer}`],
      ['Cookie', `sid=${s.cookie}`],
      ['X-CSRF-Token', s.csrf],
      ['Referer', `https://shop.example/?api_key=${s.apiKey}`],
      ['Proxy-Authorization', `Basic ${s.basic}`],
    ],
    data: JSON.stringify({ password: s.password, card: { number: s.card, cvc: s.cvv } }),
    env: { HTTP_AUTHORIZATION: `Basic ${s.basic}`, HTTP_COOKIE: `sid=${s.cookie}`, DB_PASSWORD: s.password },
    fragment: `access_token=${s.bearer}`,
  },
  user: { id: 'u1', password: s.password, data: vars, session_token: s.session },
  contexts: {
    app: vars,
    response: { headers: { 'Set-Cookie': `sid=${s.cookie}; Path=/` } },
    state: { value: vars },
    trace: { data: vars },
  },
  tags: { password: s.password, note: all.slice(0, 190), [`a`]: `token=${s.session}` },
  extra: {
    ...vars,
    arguments: vars,
    sidekiq: { args: [vars] },
    json: JSON.stringify({ inner: JSON.stringify(vars) }),
  },
  modules: { rails: '8.0.0' },
  fingerprint: [`pay ${texts[2]}`, '{{ default }}'],
  template: { filename: 'a.html', context_line: `<a href="https://x:${s.url}@y.example/">` },
  unknown_key: { deeper: vars, [s.card]: 'by number', [`Bearer ${s.bearer}`]: 'by token' },
  [s.bearer]: 'at the top',
  'sentry.interfaces.Http': { headers: { Authorization: `Bearer ${s.bearer}` } },
  _meta: { message: { '': { len: 10 } } },
}

type Item = readonly [header: object, payload: string | Buffer]

function envelope(...items: readonly Item[]): SpooledRow {
  const eventId = randomUUID().replaceAll('-', '')
  const parts = items.flatMap(([header, payload]) => {
    const bytes = Buffer.from(payload)
    return [Buffer.from(`${JSON.stringify({ ...header, length: bytes.length })}\n`), bytes, Buffer.from('\n')]
  })
  const body = Buffer.concat([Buffer.from(`${JSON.stringify({ event_id: eventId })}\n`), ...parts])
  return {
    body,
    facts: makeFacts({
      id: randomUUID(),
      event_id: eventId,
      received_at: now.getTime(),
      length: body.length,
    }),
  }
}

function form(fields: Readonly<Record<string, string>>): SpooledRow {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  const dump = `--x\r\nContent-Disposition: form-data; name="upload_file_minidump"; filename="a.dmp"\r\n\r\nMDMP0000\r\n--x--\r\n`
  const body = Buffer.from(`${parts.join('')}${dump}`)
  return {
    body,
    facts: makeFacts({
      id: randomUUID(),
      event_id: randomUUID().replaceAll('-', ''),
      received_at: now.getTime(),
      endpoint: 'minidump',
      content_type: 'multipart/form-data; boundary=x',
      length: body.length,
    }),
  }
}

/** Every row of every table as text, with what is compressed or binary as it reads. */
async function dumpEverything(db: Database): Promise<{ table: string; text: string }[]> {
  const { rows: tables } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE'`.execute(db)
  const dumped: { table: string; text: string }[] = []
  for (const { name } of tables) {
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(name)}`.execute(db)
    for (const row of rows) {
      const read = Object.entries(row).map(([column, value]) => {
        if (!(value instanceof Uint8Array)) return [column, value]
        const bytes = Buffer.from(value)
        return [column, (column === 'payload' ? zstdDecompressSync(bytes) : bytes).toString('utf8')]
      })
      dumped.push({ table: name, text: JSON.stringify(Object.fromEntries(read)) })
    }
  }
  return dumped
}

const found = (text: string) =>
  (Object.keys(secrets) as Name[]).filter((name) => text.replaceAll('\\', '').includes(secrets[name]))

onEachDatabase('secrets', (db) => {
  test('of every field stand nowhere afterwards, and what debugging needs does', {
    timeout: 60_000,
  }, async () => {
    await createProject(db(), { id: 1, name: 'Shop', slug: 'shop' }, now)
    const lines: string[] = []
    const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) })
    const feedback = {
      contexts: {
        feedback: {
          message: all,
          contact_email: 'mira@shop.example',
          url: `https://x.example/?token=${s.session}`,
        },
      },
    }
    const rows = [
      envelope(
        [{ type: 'event' }, JSON.stringify(event)],
        [{ type: 'attachment', filename: 'app.log', content_type: 'text/plain' }, texts.join('\n')],
        [{ type: 'attachment', filename: `dump?token=${s.session}.json` }, 'nothing'],
        [{ type: 'attachment', filename: 'config', content_type: 'application/json' }, JSON.stringify(vars)],
        [
          { type: 'attachment', filename: 'view.json', attachment_type: 'event.view_hierarchy' },
          JSON.stringify({ windows: [vars] }),
        ],
      ),
      envelope([{ type: 'feedback' }, JSON.stringify(feedback)]),
      envelope([
        { type: 'user_report' },
        JSON.stringify({ event_id: 'a'.repeat(32), name: 'Mira', email: 'm@x.example', comments: all }),
      ]),
      envelope([
        { type: 'event' },
        JSON.stringify({
          platform: 'javascript',
          message: all,
          breadcrumbs: [{ message: all }],
          tags: [['password', s.password]],
        }),
      ]),
      form({
        sentry: JSON.stringify({ extra: vars, message: all }),
        password: s.password,
        note: all,
        'sentry[tags][api_key]': s.apiKey,
      }),
      {
        body: Buffer.from(
          JSON.stringify({
            'csp-report': {
              'document-uri': `https://shop.example/reset?token=${s.session}`,
              'blocked-uri': `https://x.example/?api_key=${s.apiKey}`,
              'effective-directive': 'img-src',
              'script-sample': texts[0],
              referrer: `https://shop.example/?session_id=${s.session}`,
            },
          }),
        ),
        facts: makeFacts({
          id: randomUUID(),
          event_id: randomUUID().replaceAll('-', ''),
          received_at: now.getTime(),
          endpoint: 'security',
          content_type: 'application/csp-report',
        }),
      },
    ]
    const result = await createDigest({ db: db(), now: () => now, log }).digestBatch(
      'http://relay.test',
      rows,
    )
    expect(result).toMatchObject({ newEvents: 4, deadLetters: 0 })

    const dumped = await dumpEverything(db())
    const leaks = dumped.flatMap(({ table, text }) =>
      found(text).map(
        (name) =>
          `${table}: ${name} ${text.slice(Math.max(0, text.indexOf(secrets[name]) - 60)).slice(0, 100)}`,
      ),
    )
    expect(leaks).toEqual([])
    expect(lines.flatMap(found)).toEqual([])
    expect(
      dumped.some(({ table, text }) => table === 'events' && text.includes('password_reset_controller.rb')),
    ).toBe(true)

    const keys = await db().selectFrom('event_keys').selectAll().execute()
    const stored = await Promise.all(keys.map((key) => findStoredEvent(db(), 1, fromUuid(key.event_id))))
    const main = stored.find((one) => one?.wire.platform === 'ruby')
    if (!main) throw new Error('the event is not stored')
    const read = readEvent(main)
    expect(read.exceptions[0]?.stacktrace?.frames.map((one) => one.function)).toEqual(['token', 'pay'])
    expect(read.exceptions[0]?.stacktrace?.frames[0]?.vars?.card).toMatchObject({ holder: 'Mira' })
    const listed = read.notes.filter(({ what }) => what === 'filtered').map(({ path }) => path)
    expect(listed).toEqual(expect.arrayContaining(['message', 'exception.values.0.value']))

    const issue = await db()
      .selectFrom('issues')
      .select('id')
      .where('platform', '=', 'ruby')
      .executeTakeFirstOrThrow()
    const facts = await getFilingFacts(db(), issue.id, 1)
    const ticket = writeIssueText({
      marker: '<!-- m -->',
      repository: 'o/r',
      rule: 'fatal',
      ruleFacts: {},
      detectedAt: now,
      facts,
      event: read,
      issueUrl: 'http://localhost/issues/1',
    })
    expect(ticket.body.length).toBeGreaterThan(500)
    expect(found(ticket.title + ticket.body)).toEqual([])
  })
})
