// Notifications as an outbox: written once with what happened, handed out by choice, sent at least once under one
// id, folded into digests, held back in quiet hours; and what is watched beside issues. Receivers are real: an
// HTTP server and a mail server on loopback.
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Kysely, sql } from 'kysely'
import { SMTPServer } from 'smtp-server'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDestination, listDestinations, updateDestination } from '../../../collector/db/destinations.ts'
import { appendIssueChanges, type IssueChange } from '../../../collector/db/issue-changes.ts'
import { up as sealDestinations } from '../../../collector/db/migrations/0111-sealed-destinations.ts'
import { dropOldNotifications, fanOutNext } from '../../../collector/db/notifications.ts'
import { commentOnIssue } from '../../../collector/db/triage.ts'
import { createDeliverStep } from '../../../collector/notify/deliver.ts'
import { parseChoice, type Target } from '../../../collector/notify/destination.ts'
import { notifyKinds } from '../../../collector/notify/kinds.ts'
import { createMailer } from '../../../collector/notify/mail.ts'
import { createOutgoing } from '../../../collector/notify/outgoing.ts'
import { createSend, type Send } from '../../../collector/notify/send.ts'
import { createWatchStep } from '../../../collector/notify/steps.ts'
import { newWebhookSecret } from '../../../collector/notify/webhook.ts'
import { createLog } from '../../../shared/log.ts'
import { onEachDatabase } from '../../support/database.ts'
import { createTrackerWorld, type TrackerWorld } from '../trackers/tracker-world.ts'

type Received = { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string }
type Body = {
  type: string
  subject: string
  data: { events: { kind: string; reason: string }[]; more: number }
}

const minute = 60_000
const secret = newWebhookSecret()

async function startReceiver() {
  const received: Received[] = []
  const answers: { status: number; headers?: Record<string, string> }[] = []
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk as Buffer)
    received.push({ path: req.url ?? '', headers: req.headers, body: Buffer.concat(chunks).toString() })
    const answer = answers.shift() ?? { status: 200 }
    if (answer.status === 0) return req.socket.destroy()
    res.writeHead(answer.status, answer.headers).end('ok')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    host,
    url: `http://${host}`,
    received,
    bodies: () => received.map(({ body }) => JSON.parse(body) as Body),
    answerNext: (status: number, headers?: Record<string, string>) =>
      answers.push(headers ? { status, headers } : { status }),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

onEachDatabase('notifications', (db) => {
  let world: TrackerWorld
  let receiver: Awaited<ReturnType<typeof startReceiver>>
  let outgoing: ReturnType<typeof createOutgoing>
  let send: Send

  beforeEach(async () => {
    world = await createTrackerWorld(db())
    await sql`truncate destinations, notifications, messages, deliveries, watched_conditions
      restart identity cascade`.execute(db())
    receiver = await startReceiver()
    outgoing = createOutgoing([receiver.host])
    send = createSend(outgoing, null)
  })
  afterEach(async () => {
    await outgoing.close()
    await receiver.close()
    await world.close()
  })

  const webhook = (path = '/hook'): Target => ({ kind: 'webhook', url: `${receiver.url}${path}`, secret })
  const add = (choice: object = {}, target = webhook(), name = 'Hook') =>
    createDestination(
      db(),
      { name, target, choice: parseChoice({ kinds: [...notifyKinds], ...choice }) },
      world.now(),
    )

  async function change(issueId: number, kind: IssueChange['kind'], reason = 'Because.'): Promise<void> {
    const row = { issueId, at: world.now(), kind, actor: 'postern', reason, facts: {} }
    await db()
      .transaction()
      .execute((trx) => appendIssueChanges(trx, [row], world.now()))
  }

  const deliverStep = (worker = 'a', own = send) =>
    createDeliverStep({
      db: db(),
      now: world.now,
      log: createLog('test', 'silent'),
      send: own,
      baseUrl: 'https://postern.example',
      worker,
      random: () => 0.5,
    })

  async function handOut(): Promise<void> {
    while (await fanOutNext(db(), world.now()));
  }

  /** Lets time pass in small steps, with everything running. */
  async function run(forMs: number, step = deliverStep(), everyMs = 5_000): Promise<void> {
    for (let passed = 0; passed <= forMs; passed += everyMs) {
      await handOut()
      while (await step());
      world.advance(everyMs)
    }
  }

  test('a comment is told where it names somebody, with who wrote it', async () => {
    await add()
    const issueId = await world.addIssue({ title: 'TypeError: cart is undefined' })
    const by = { id: 1, name: 'Mara' }
    for (const [text, mentioned] of [
      ['Seen at the gate.', []],
      ['Yours, @aiko?', [2]],
    ] as const) {
      await db()
        .transaction()
        .execute((trx) => commentOnIssue(trx, { issueId, at: world.now(), by, text, mentioned }))
      await run(3 * minute)
    }
    expect(receiver.bodies()).toMatchObject([
      { type: 'mention', data: { events: [{ reason: 'Mara: Yours, @aiko?' }] } },
    ])
  })

  test('each kind of change of an issue is told once, with links, signed', async () => {
    await add()
    const issueId = await world.addIssue({ title: 'TypeError: cart is undefined' })
    for (const kind of [
      'first_seen',
      'detected',
      'filed',
      'regressed',
      'resolved',
      'filing_failed',
    ] as const) {
      await change(issueId, kind)
      await run(3 * minute)
    }
    expect(receiver.bodies().map(({ type }) => type)).toEqual([
      'filed',
      'regression',
      'resolved',
      'filing_failed',
    ])
    const [first] = receiver.received
    const headers = Object.fromEntries(
      Object.entries(first?.headers ?? {}).map(([name, value]) => [name, String(value)]),
    )
    // The library checks the moment against its own clock; the signature is over what was sent.
    expect(headers['webhook-timestamp']).toMatch(/^\d{10}$/)
    const sentAt = Number(headers['webhook-timestamp']) * 1_000
    const realNow = Date.now
    Date.now = () => sentAt
    try {
      expect(new Webhook(secret).verify(first?.body ?? '', headers)).toMatchObject({
        subject: 'New issue filed in Shop: TypeError: cart is undefined',
        url: `https://postern.example/issues/${issueId}`,
      })
    } finally {
      Date.now = realNow
    }
  })

  test('a regression that escalates is told as the escalation alone', async () => {
    await add()
    const issueId = await world.addIssue()
    const row = { issueId, at: world.now(), actor: 'postern', facts: {} }
    await db()
      .transaction()
      .execute((trx) =>
        appendIssueChanges(
          trx,
          [
            { ...row, kind: 'regressed', reason: 'It came again.' },
            { ...row, kind: 'escalated', reason: 'Regression number 2.' },
          ],
          world.now(),
        ),
      )
    await run(minute)
    expect(receiver.bodies()).toMatchObject([
      { type: 'escalation', data: { events: [{ reason: 'It came again. Regression number 2.' }] } },
    ])
  })

  test('what is rolled back is not told', async () => {
    await add()
    const issueId = await world.addIssue()
    const row = { issueId, at: world.now(), kind: 'filed' as const, actor: 'postern', reason: 'x', facts: {} }
    const failing = db()
      .transaction()
      .execute(async (trx) => {
        await appendIssueChanges(trx, [row], world.now())
        throw new Error('crash')
      })
    await expect(failing).rejects.toThrow('crash')
    await run(minute)
    expect(receiver.received).toEqual([])
  })

  test('an address and its secrets are sealed where they are kept, and what an older program kept is sealed later', async () => {
    const made = await add()
    const kept = async () =>
      JSON.stringify(await db().selectFrom('destinations').select('target').orderBy('id').execute())
    expect(await kept()).not.toMatch(/http|whsec|hook/)
    expect(await listDestinations(db())).toMatchObject([{ target: { ...webhook(), kind: 'webhook' } }])
    // Moved to another row it opens nothing.
    const other = await add({}, webhook('/other'), 'Other')
    await sql`update destinations set target = (select target from destinations where id = ${made.id})
      where id = ${other.id}`.execute(db())
    await expect(listDestinations(db())).rejects.toThrow()
    await sql`update destinations set target = ${JSON.stringify({ url: receiver.url, secret })}`.execute(db())
    await sealDestinations(db() as unknown as Kysely<unknown>)
    await sealDestinations(db() as unknown as Kysely<unknown>)
    expect(await kept()).not.toMatch(/http|whsec/)
    expect((await listDestinations(db())).map(({ target }) => target)).toEqual([
      { kind: 'webhook', url: receiver.url, secret },
      { kind: 'webhook', url: receiver.url, secret },
    ])
  })

  test('destinations hear of their kinds and projects only, and not while they are paused', async () => {
    await add({ kinds: ['resolved'] }, webhook('/resolved'))
    await add({ projectIds: [world.project.id] }, webhook('/mine'))
    await add({ projectIds: [999] }, webhook('/other'))
    const paused = await add({}, webhook('/paused'))
    await updateDestination(db(), paused.id, { paused: true }, world.now())
    await change(await world.addIssue(), 'filed')
    await run(minute)
    expect(receiver.received.map(({ path }) => path)).toEqual(['/mine'])
  })

  describe('is sent until it arrives, under one id:', () => {
    for (const [name, status] of [
      ['a 500', 500],
      ['a 429', 429],
      ['a dropped connection', 0],
    ] as const) {
      test(`after ${name}`, async () => {
        await add()
        receiver.answerNext(status)
        await change(await world.addIssue(), 'filed')
        await run(minute)
        expect(receiver.received).toHaveLength(2)
        const [first, second] = receiver.received
        expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
        expect(second?.body).toBe(first?.body)
      })
    }

    test('after a crash between sending and writing that down', async () => {
      await add()
      await change(await world.addIssue(), 'filed')
      await handOut()
      let sent: () => void = () => undefined
      const wasSent = new Promise<void>((resolve) => {
        sent = resolve
      })
      void deliverStep('dead', async (...args) => {
        await send(...args)
        sent()
        return new Promise(() => undefined)
      })()
      await wasSent
      await run(30_000, deliverStep('b'))
      expect(receiver.received).toHaveLength(1)
      await run(minute, deliverStep('b'))
      expect(receiver.received).toHaveLength(2)
      const ids = receiver.received.map(({ headers }) => headers['webhook-id'])
      expect(new Set(ids).size).toBe(1)
    })

    test.each([
      ['seconds', () => '120'],
      ['a date', () => new Date(world.now().getTime() + 2 * minute).toUTCString()],
    ])('Retry-After is obeyed, as %s', async (_, after) => {
      await add()
      receiver.answerNext(503, { 'retry-after': after() })
      await change(await world.addIssue(), 'filed')
      await run(110_000)
      expect(receiver.received).toHaveLength(1)
      await run(30_000)
      expect(receiver.received).toHaveLength(2)
    })

    test('several workers send one message once', async () => {
      for (let i = 0; i < 3; i++) await add({}, webhook(`/${i}`))
      await change(await world.addIssue(), 'filed')
      await handOut()
      await Promise.all(
        ['a', 'b', 'c', 'd'].map(async (worker) => {
          const step = deliverStep(worker)
          while (await step());
        }),
      )
      expect(receiver.received.map(({ path }) => path).sort()).toEqual(['/0', '/1', '/2'])
    })
  })

  test('what a receiver refuses is given up and shown, without its secret address', async () => {
    await add({}, webhook('/T000/B000/secret-part'))
    receiver.answerNext(410)
    await change(await world.addIssue(), 'filed')
    await run(2 * minute)
    expect(receiver.received).toHaveLength(1)
    const [destination] = await listDestinations(db())
    expect(destination?.error).toBe('The webhook answered 410 (ok).')
    await change(await world.addIssue(), 'filed')
    await run(minute)
    expect(receiver.received).toHaveLength(2)
    expect(await listDestinations(db())).toMatchObject([{ error: null, sentAt: expect.any(Date) }])
  })

  test('an address that leads inside is refused for good, and says how to allow it', async () => {
    const guarded = createOutgoing([])
    await add()
    await change(await world.addIssue(), 'filed')
    await run(minute, deliverStep('a', createSend(guarded, null)))
    await guarded.close()
    expect(receiver.received).toEqual([])
    const [destination] = await listDestinations(db())
    expect(destination?.error).toContain('POSTERN_ALLOWED_HOSTS')
  })

  test('a flood becomes digests: six messages in ten minutes at most, and nothing is left out', async () => {
    await add()
    const issueId = await world.addIssue()
    for (let i = 0; i < 40; i++) await change(issueId, 'filed', `Number ${i}.`)
    await run(3 * minute)
    for (let i = 0; i < 40; i++) {
      await change(issueId, 'resolved', `Later ${i}.`)
      await run(5_000)
    }
    await run(15 * minute)
    const told = receiver.bodies().map(({ data }) => data.events.length + data.more)
    expect(told.reduce((a, b) => a + b, 0)).toBe(80)
    expect(receiver.bodies()[0]).toMatchObject({
      type: 'digest',
      subject: '40 notifications: 40 × New issue filed',
      data: { more: 20 },
    })
    expect(receiver.received.length).toBeLessThanOrEqual(14)
    const messages = await db().selectFrom('messages').select('created_at').orderBy('created_at').execute()
    for (const { created_at: from } of messages) {
      const inSpan = messages.filter(
        ({ created_at: at }) => at >= from && at.getTime() < from.getTime() + 10 * minute,
      )
      expect(inSpan.length).toBeLessThanOrEqual(6)
    }
  })

  test('quiet hours hold messages back until they end; escalations pass where that is set', async () => {
    // It is 3 in the morning in Greenwich.
    const quietHours = { from: '22:00', to: '03:30', timeZone: 'UTC', passEscalations: true }
    await add({ quietHours })
    await add({ quietHours: { ...quietHours, passEscalations: false } }, webhook('/strict'))
    const issueId = await world.addIssue()
    await change(issueId, 'filed')
    await change(issueId, 'resolved')
    await change(issueId, 'escalated')
    await run(25 * minute, deliverStep(), minute)
    expect(receiver.received.map(({ path }) => path)).toEqual(['/hook'])
    expect(receiver.bodies()).toMatchObject([{ type: 'escalation' }])
    await run(10 * minute, deliverStep(), minute)
    const told = (path: string) =>
      receiver.received
        .filter((one) => one.path === path)
        .flatMap(({ body }) => (JSON.parse(body) as Body).data.events.map(({ kind }) => kind))
        .sort()
    expect(told('/hook')).toEqual(['escalation', 'filed', 'resolved'])
    expect(told('/strict')).toEqual(['escalation', 'filed', 'resolved'])
  })

  test('a mail arrives as one plain text to each recipient, its id the same at each try', async () => {
    const mails: { from: string; to: string[]; raw: string }[] = []
    let refusals = 1
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData(stream, session, done) {
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => {
          const from = session.envelope.mailFrom ? session.envelope.mailFrom.address : ''
          const to = session.envelope.rcptTo.map(({ address }) => address)
          mails.push({ from, to, raw: Buffer.concat(chunks).toString() })
          done(refusals-- > 0 ? Object.assign(new Error('try later'), { responseCode: 451 }) : null)
        })
      },
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const { port } = server.server.address() as AddressInfo
    const mailer = createMailer({
      url: `smtp://127.0.0.1:${port}`,
      from: 'Postern <postern@example.com>',
    })
    await add({}, { kind: 'mail', to: ['a@example.com', 'b@example.com'] })
    await change(await world.addIssue({ title: 'Boom\r\nBcc: victim@example.com' }), 'filed')
    await run(minute, deliverStep('a', createSend(outgoing, mailer)))
    mailer.close()
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
    })
    expect(mails).toHaveLength(2)
    expect(mails[1]).toMatchObject({ from: 'postern@example.com', to: ['a@example.com', 'b@example.com'] })
    const idOf = (raw = '') => /^Message-ID: (.*)$/im.exec(raw)?.[1]
    expect(idOf(mails[0]?.raw)).toMatch(/^<[0-9a-f-]{36}@example\.com>\r?$/)
    expect(idOf(mails[1]?.raw)).toBe(idOf(mails[0]?.raw))
    expect(mails[1]?.raw).toMatch(/^Content-Type: text\/plain/im)
    expect(mails[1]?.raw).not.toMatch(/^Bcc:/im)
    expect(mails[1]?.raw).not.toMatch(/text\/html/i)
  })

  describe('what is watched', () => {
    async function hear(state: {
      error?: string | null
      answered?: Date
      oldest?: Date | null
      backlog?: number
    }) {
      await db()
        .updateTable('relays')
        .set({
          error: state.error ?? null,
          ...(state.answered ? { answered_at: state.answered } : {}),
          oldest_at: state.oldest ?? null,
          backlog_envelopes: state.backlog ?? 0,
        })
        .execute()
    }
    beforeEach(async () => {
      await add()
      await world.hear('https://relay.example', world.now())
    })

    async function watch(forMs: number): Promise<void> {
      const watches = [createWatchStep(db(), world.now), createWatchStep(db(), world.now)]
      for (let passed = 0; passed < forMs; passed += 30_000) {
        await Promise.all(watches.map((step) => step(new AbortController().signal)))
        await run(0)
        world.advance(30_000)
      }
    }

    test('a relay that does not answer for five minutes is told of once, and once more when it is back', async () => {
      await hear({ error: 'ECONNREFUSED', answered: world.now() })
      await watch(4 * minute)
      expect(receiver.received).toEqual([])
      await watch(30 * minute)
      expect(receiver.bodies()).toMatchObject([
        {
          type: 'relay_unreachable',
          data: { events: [{ reason: expect.stringContaining('relay.example') }] },
        },
      ])
      await hear({})
      await watch(minute)
      expect(receiver.bodies()).toMatchObject([
        {},
        { type: 'relay_unreachable', data: { events: [{ reason: expect.stringMatching(/^Over after/) }] } },
      ])
    })

    test('a short silence of a relay is not told of', async () => {
      await hear({ error: 'ECONNRESET' })
      await watch(2 * minute)
      await hear({})
      await watch(10 * minute)
      expect(receiver.received).toEqual([])
    })

    test('a collector that falls behind, and data that nobody fetches in time', async () => {
      const oldest = new Date(world.now().getTime() - 20 * minute)
      await hear({ oldest, backlog: 5_000 })
      await watch(6 * minute)
      expect(receiver.bodies().map(({ type }) => type)).toEqual(['collector_behind'])
      await hear({ oldest: new Date(world.now().getTime() - 25 * 60 * minute), backlog: 5_000 })
      await watch(minute)
      expect(receiver.bodies().map(({ type }) => type)).toEqual(['collector_behind', 'data_at_risk'])
    })

    test('envelopes that a relay had to drop', async () => {
      const hour = new Date(Math.floor(world.now().getTime() / 3_600_000) * 3_600_000)
      const counter = { spool: crypto.randomUUID(), project_id: 1, hour, count: 7 }
      await db()
        .insertInto('relay_outcomes')
        .values({ ...counter, outcome: 'expired' })
        .execute()
      await watch(minute)
      expect(receiver.bodies()).toMatchObject([
        { type: 'data_at_risk', data: { events: [{ reason: expect.stringContaining('7 envelopes') }] } },
      ])
    })
  })

  test('a filed alert, a storm and a refusal are told of by the step that met them', async () => {
    await add()
    const issueId = await world.addIssue()
    await world.addAlert(issueId)
    world.github.failNext('create', { kind: 'status', status: 422 })
    const file = world.fileStep('a')
    await file()
    world.advance(60 * minute)
    await file()
    for (let i = 0; i < 12; i++) await world.addAlert(await world.addIssue())
    while (await file());
    world.advance(minute)
    const umbrella = world.umbrellaStep('a')
    while (await umbrella());
    await run(15 * minute)
    const kinds = receiver.bodies().flatMap(({ data }) => data.events.map(({ kind }) => kind))
    expect(kinds.sort()).toEqual(['filed', 'filed', 'filing_failed'])
    expect(JSON.stringify(receiver.bodies())).toContain('12 issues')
  })

  test('old notifications go, with their deliveries', async () => {
    await add()
    await change(await world.addIssue(), 'filed')
    await run(minute)
    await dropOldNotifications(db(), new Date(world.now().getTime() + minute))
    for (const table of ['notifications', 'deliveries', 'messages'] as const) {
      expect(await db().selectFrom(table).selectAll().execute(), table).toEqual([])
    }
  })
})
