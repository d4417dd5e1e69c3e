// Sessions of real SDKs, counted by release, environment, state and hour, once, in whatever order and however
// often their envelopes arrive.
import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import type { Database } from '../../collector/db/database.ts'
import { createProject } from '../../collector/db/projects.ts'
import { findRelease } from '../../collector/db/release-list.ts'
import { createDigest } from '../../collector/digest.ts'
import type { SpooledRow } from '../../collector/prepare-batch.ts'
import { createLog } from '../../shared/log.ts'
import { listCaptures } from '../support/captures.ts'
import { onEachDatabase } from '../support/database.ts'
import { factsOfCapture, makeFacts } from '../support/facts.ts'

const log = createLog('test', 'silent')
const hour = '2026-11-20T09:00:00.000Z'

/** Read off the payloads; those of one session are one, as bad as the worst of them. */
const expected = [
  ['example.shop.billing@4.2.0+319', 'production', hour, { sessions: 1, errored: 1 }],
  ['shop-api@3.4.1+20261118', 'production', hour, { sessions: 5, crashed: 3 }],
  ['shop-scanner@0.8.2', 'warehouse', hour, { sessions: 1, crashed: 1 }],
  ['shop-web@5.2.0+e1f4c09', 'production', hour, { sessions: 1, unhandled: 1 }],
  ['shop-worker@2.0.0b3', 'production', hour, { sessions: 3, crashed: 1 }],
]

function capturedRows(project: number): SpooledRow[] {
  return listCaptures()
    .filter(({ method }) => method === 'POST')
    .map((capture) => ({
      facts: { ...factsOfCapture(capture), id: randomUUID(), project },
      body: capture.body,
    }))
}

/** One update of a session, as a client might send it. */
function update(
  project: number,
  sid: string,
  rest: object,
  at = Date.parse('2026-11-20T10:00:00Z'),
): SpooledRow {
  const session = {
    sid,
    started: '2026-11-20T09:59:00Z',
    status: 'ok',
    errors: 0,
    attrs: { release: 'app@1.0.0' },
    ...rest,
  }
  const body = Buffer.from(`{}\n{"type":"session"}\n${JSON.stringify(session)}\n`)
  return { facts: makeFacts({ id: randomUUID(), project, received_at: at, length: body.length }), body }
}

async function countsOf(db: Database, project: number) {
  const rows = await db
    .selectFrom('session_hours')
    .selectAll()
    .where('project_id', '=', project)
    .orderBy('version')
    .orderBy('hour')
    .execute()
  return rows.map(({ version, environment, hour: at, project_id: _, ...counts }) => [
    version,
    environment,
    at.toISOString(),
    Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0)),
  ])
}

onEachDatabase('sessions', (db) => {
  const digest = (rows: SpooledRow[]) =>
    createDigest({ db: db(), now: () => new Date('2026-11-20T12:00:00Z'), log }).digestBatch(
      'http://relay.test',
      rows,
    )

  beforeAll(async () => {
    for (const id of [1, 2, 3, 4, 5]) {
      await createProject(db(), { id, name: `P${id}`, slug: `p${id}` }, new Date('2026-11-20T00:00:00Z'))
    }
  })

  test('of all captures are counted once, through two collectors and a redelivery', async () => {
    const rows = capturedRows(1)
    await Promise.all([digest(rows), digest(rows.toReversed())])
    expect(await countsOf(db(), 1)).toEqual(expected)
    await digest(rows)
    expect(await countsOf(db(), 1)).toEqual(expected)
  })

  test('are counted the same in the opposite order, one by one', async () => {
    const rows = capturedRows(2).filter(
      ({ facts, body }) => /session/.test(body.toString('latin1')) || facts.content_encoding,
    )
    for (const row of rows.toReversed()) await digest([row])
    expect(await countsOf(db(), 2)).toEqual(expected)
    // What a client sends again is another envelope, and the same session.
    await digest(capturedRows(2).filter(({ body }) => /"sid"/.test(body.toString('latin1'))))
    expect(await countsOf(db(), 2)).toEqual(expected)
  })

  test('get worse and never better, stay in the hour they were first counted in, and need no first update', async () => {
    const sid = (number: number) => String(number).padStart(32, '1')
    await digest([
      update(3, sid(1), { status: 'crashed', errors: 1 }),
      update(3, sid(2), { status: 'exited' }),
    ])
    await digest([
      update(3, sid(1), { init: true }),
      update(3, sid(2), { status: 'abnormal', started: '2026-11-20T07:00:00Z' }),
      update(3, sid(3), { errors: 2, seq: 5 }),
    ])
    await digest([update(3, sid(3), { status: 'exited', errors: 2 })])
    expect(await countsOf(db(), 3)).toEqual([
      ['app@1.0.0', 'production', hour, { sessions: 3, crashed: 1, abnormal: 1, errored: 1 }],
    ])
    const release = await findRelease(db(), 3, 'app@1.0.0', new Date('2026-11-20T12:00:00Z'))
    // A release that only told of sessions is one all the same.
    expect(release).toMatchObject({ events: 0, sessionsOfWeek: 3, sessionsCrashed: 1 })
  })

  test('that make no sense cost themselves only', async () => {
    const ok = { status: 'exited' }
    await digest([
      update(4, 'not-an-id', ok),
      update(4, 'f'.repeat(32), { ...ok, started: '2031-01-01T00:00:00Z' }),
      update(4, 'e'.repeat(32), { ...ok, started: 'yesterday' }),
      update(4, 'd'.repeat(32), { ...ok, attrs: {} }),
      update(4, 'c'.repeat(32), { ...ok, attrs: { release: { a: 1 } } }),
      update(4, 'b'.repeat(32), { ...ok, attrs: null }),
      update(4, 'a'.repeat(32), { status: ['crashed'], errors: 'many' }),
    ])
    expect(await countsOf(db(), 4)).toEqual([
      ['app@1.0.0', 'production', hour, { sessions: 2 }],
      ['app@1.0.0', 'production', '2026-11-20T10:00:00.000Z', { sessions: 2 }],
    ])
    const items = await db().selectFrom('item_counts').selectAll().where('project_id', '=', 4).execute()
    expect(items.map(({ type, kept, count }) => [type, kept, count]).sort()).toEqual([
      ['session', false, 3],
      ['session', true, 4],
    ])
  })

  test('from a clock three days ahead belong to the hour it really was', async () => {
    const session = {
      sid: 'a1'.repeat(16),
      started: '2026-11-23T09:30:00Z',
      status: 'exited',
      attrs: { release: 'app@1.0.0' },
    }
    const body = Buffer.from(
      `{"sent_at":"2026-11-23T10:00:00Z"}\n{"type":"session"}\n${JSON.stringify(session)}\n`,
    )
    await digest([
      {
        facts: makeFacts({
          id: randomUUID(),
          project: 5,
          received_at: Date.parse('2026-11-20T10:00:00Z'),
          length: body.length,
        }),
        body,
      },
    ])
    expect(await countsOf(db(), 5)).toEqual([['app@1.0.0', 'production', hour, { sessions: 1 }]])
  })
})
