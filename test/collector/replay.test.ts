// Dead letters are looked at and replayed after a fix: taken in once, or set aside again with today's error.
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { countDeadLetters, listDeadLetters } from '../../collector/db/dead-letters.ts'
import { createProject } from '../../collector/db/projects.ts'
import { createDigest } from '../../collector/digest.ts'
import { replayDeadLetter } from '../../collector/replay-dead-letter.ts'
import { createLog } from '../../shared/log.ts'
import { onEachDatabase } from '../support/database.ts'
import { makeFacts } from '../support/facts.ts'

const log = createLog('test', 'silent')
const now = () => new Date('2026-11-24T03:00:00Z')

onEachDatabase('a dead letter', (db) => {
  test('is set aside again while its fault lasts, and counted once when it is mended', async () => {
    const eventId = randomUUID().replaceAll('-', '')
    const body = Buffer.from(`{"event_id":"${eventId}"}\n{"type":"event"}\n{"message":"late"}\n`)
    const facts = makeFacts({
      id: randomUUID(),
      project: 7,
      event_id: eventId,
      event_id_made: false,
      received_at: now().getTime(),
      length: body.length,
    })
    const deps = { db: db(), now, log }
    await createDigest(deps).digestBatch('http://relay.test', [{ facts, body }])
    expect(await listDeadLetters(db())).toMatchObject([{ error: 'There is no project 7.' }])

    expect(await replayDeadLetter(deps, facts.id)).toMatchObject({ ok: false, step: 'store' })
    expect(await countDeadLetters(db())).toBe(1)

    await createProject(db(), { id: 7, name: 'Found', slug: 'found' }, now())
    expect(await replayDeadLetter(deps, facts.id)).toEqual({ ok: true })
    expect(await countDeadLetters(db())).toBe(0)
    const issues = await db().selectFrom('issues').select(['title', 'event_count']).execute()
    expect(issues).toEqual([{ title: 'late', event_count: 1 }])
    await expect(replayDeadLetter(deps, facts.id)).rejects.toMatchObject({ code: 'not_found' })
  })

  test('that the relay delivers again, before and after the fix, is one letter, and counted once', async () => {
    const report = JSON.stringify({
      discarded_events: [{ reason: 'ratelimit', category: 'error', quantity: 412 }],
    })
    const body = Buffer.from(`{}\n{"type":"client_report"}\n${report}\n`)
    const facts = makeFacts({
      id: randomUUID(),
      project: 8,
      received_at: now().getTime(),
      length: body.length,
    })
    const deps = { db: db(), now, log }
    const deliver = () => createDigest(deps).digestBatch('http://relay.test', [{ facts, body }])
    await deliver()
    await deliver()
    expect(await countDeadLetters(db())).toBe(1)

    await createProject(db(), { id: 8, name: 'Late', slug: 'late' }, now())
    expect(await deliver()).toMatchObject({ deadLetters: 0, knownRows: 0 })
    expect(await replayDeadLetter(deps, facts.id)).toEqual({ ok: true })
    expect(await deliver()).toMatchObject({ knownRows: 1 })
    expect(await countDeadLetters(db())).toBe(0)
    const rows = await db().selectFrom('client_discards').select('count').execute()
    expect(rows.map(({ count }) => Number(count))).toEqual([412])
  })
})
