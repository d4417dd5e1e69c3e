// A project's grouping and scrubbing settings: saved by section, refused with reasons, in force for the next event.
import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import type { Database } from '../../collector/db/database.ts'
import { saveProjectSettings } from '../../collector/db/kept-settings.ts'
import { createProject } from '../../collector/db/projects.ts'
import { findStoredEvent, readEvent } from '../../collector/db/stored-events.ts'
import { createDigest } from '../../collector/digest.ts'
import { groupingSubject } from '../../collector/pipeline/grouping-settings.ts'
import { scrubbingSettings, scrubbingSubject } from '../../collector/pipeline/scrubbing-settings.ts'
import { createLog } from '../../shared/log.ts'
import { openDashboard, signedIn } from '../support/dashboard.ts'
import { onEachDatabase } from '../support/database.ts'
import { makeFacts } from '../support/facts.ts'

const now = new Date('2026-11-24T03:00:00Z')
const actor = { name: 'Mara', personId: null }

async function send(db: Database, event: object): Promise<string> {
  const eventId = randomUUID().replaceAll('-', '')
  const body = Buffer.from(
    `${JSON.stringify({ event_id: eventId })}\n{"type":"event"}\n${JSON.stringify(event)}\n`,
  )
  const facts = makeFacts({
    id: randomUUID(),
    event_id: eventId,
    received_at: now.getTime(),
    length: body.length,
  })
  const digest = createDigest({ db, now: () => now, log: createLog('test', 'silent') })
  const result = await digest.digestBatch('http://relay.test', [{ facts, body }])
  expect(result).toMatchObject({ newEvents: 1, deadLetters: 0 })
  return eventId
}

onEachDatabase('settings of the pipeline', (db) => {
  let mara: Awaited<ReturnType<typeof signedIn>>
  let member: Awaited<ReturnType<typeof signedIn>>

  beforeAll(async () => {
    await createProject(db(), { id: 1, name: 'Shop', slug: 'shop' }, now)
    const { app } = openDashboard(db())
    mara = await signedIn(db(), app)
    member = await signedIn(db(), app, 'member')
  })

  async function stored(eventId: string) {
    const found = await findStoredEvent(db(), 1, eventId)
    if (!found) throw new Error('the event is not stored')
    const issue = await db()
      .selectFrom('issues')
      .selectAll()
      .where('id', '=', found.issueId)
      .executeTakeFirstOrThrow()
    return { found, issue, event: readEvent(found) }
  }

  test('fingerprint rules group and name what comes after they are saved', async () => {
    const before = await stored(await send(db(), { message: 'till 1 is open', logger: 'till' }))
    await saveProjectSettings(
      db(),
      1,
      groupingSubject,
      { rules: 'logger:till -> tills, {{ level }} title="A till: {{ level }}"' },
      actor,
      now,
    )
    const one = await stored(await send(db(), { message: 'till 1 is open', logger: 'till' }))
    const two = await stored(await send(db(), { message: 'drawer stuck', logger: 'till' }))
    expect(one.issue.id).toBe(two.issue.id)
    expect(one.issue.id).not.toBe(before.issue.id)
    expect(one.issue.title).toBe('A till: error')
    expect(two.found.reading?.grouping).toEqual({
      version: 2,
      summary: 'Rule 1 of the project set the fingerprint "tills", "error".',
      rule: { line: 1, text: 'logger:till -> tills, {{ level }} title="A till: {{ level }}"' },
    })
    const page = await mara.get(`/issues/${two.issue.id}/events/${two.found.eventId}`).expect(200)
    expect(page.text).toContain('Rule 1 of the project set the fingerprint')
  })

  test('rules are tried before they are saved, and bad ones refused by line', async () => {
    const path = '/projects/shop/settings/grouping'
    const tried = await member
      .post(`${path}/try`)
      .type('form')
      .send({ rules: 'logger:till -> all-tills' })
      .expect(200)
    expect(tried.text).toContain('3 events of the newest 3 match: now in 2 issues, with these rules in 1.')
    const bad = await member.post(path).type('form').send({ rules: 'logger:till -> a\nnonsense' }).expect(422)
    expect(bad.text).toContain('Line 2:')
    const badTrial = await member.post(`${path}/try`).type('form').send({ rules: 'nonsense' }).expect(200)
    expect(badTrial.text).toContain('Not tried:')
    await member.post(path).type('form').send({ rules: 'logger:till -> a' }).expect(303)
    const page = await member.get(path).expect(200)
    expect(page.text).toContain('logger:till -&gt; a')
  })

  test('names and addresses are removed as the project says, and what was removed is listed', async () => {
    const event = {
      message: 'order of mira@shop.example from 203.0.113.7',
      user: { email: 'mira@shop.example', ip_address: '{{auto}}' },
      contexts: { os: { name: 'Windows', version: '10.0.22631.1' } },
      extra: { customerNumber: 'C-771', tokenizer_token: 'wordpiece', api_key: 'k1' },
      tags: { nul: 'a\u0000b' },
    }
    const plain = await stored(await send(db(), event))
    expect(plain.found.wire).toMatchObject({
      user: event.user,
      extra: { customerNumber: 'C-771', api_key: '[Filtered]' },
    })
    expect(plain.event.notes).toEqual(
      expect.arrayContaining([
        { path: 'extra.api_key', what: 'filtered', detail: '' },
        { path: 'tags.nul', what: 'replaced', detail: expect.any(String) },
      ]),
    )
    await saveProjectSettings(
      db(),
      1,
      scrubbingSubject,
      {
        extraNames: ['customer_number'],
        safeNames: ['tokenizer-token'],
        emails: 'remove',
        ipAddresses: 'remove',
      },
      actor,
      now,
    )
    const after = await stored(await send(db(), event))
    expect(after.found.wire).toMatchObject({
      message: 'order of [Filtered] from [Filtered]',
      extra: { customerNumber: '[Filtered]', tokenizer_token: 'wordpiece', api_key: '[Filtered]' },
      contexts: event.contexts,
    })
    expect(JSON.stringify([after.found.wire, after.found.context])).not.toMatch(/mira@|203\.0\.113|192\.0\.2/)
    expect(after.event.userKey).toBeNull()
    const page = await mara.get(`/issues/${after.issue.id}/events/${after.found.eventId}`).expect(200)
    expect(page.text).toContain('a secret was removed')
  })

  test('scrubbing is for admins to change, and checked', async () => {
    const path = '/projects/shop/settings/scrubbing'
    await member.post(path).type('form').send({ extraNames: 'a' }).expect(403)
    await mara
      .post(path)
      .type('form')
      .send({ extraNames: 'iban_nr\r\n customerRef ', emails: 'remove' })
      .expect(303)
    const { settings } = await db()
      .selectFrom('projects')
      .select('settings')
      .where('id', '=', 1)
      .executeTakeFirstOrThrow()
    expect(settings.scrubbing).toEqual({
      ...scrubbingSettings.parse({}),
      extraNames: ['iban_nr', 'customerRef'],
      emails: 'remove',
    })
    const bad = await mara
      .post(path)
      .type('form')
      .send({ extraNames: 'x'.repeat(101) })
      .expect(422)
    expect(bad.text).toContain('more than 100 characters')
  })
})
