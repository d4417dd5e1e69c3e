// Merging by hand on the pages: ticked rows, from an issue's page, and out again.
import { beforeAll, expect, test } from 'vitest'
import { openDashboard, signedIn } from '../../support/dashboard.ts'
import { onEachDatabase } from '../../support/database.ts'
import { seedTypical } from '../../support/scenes/typical.ts'

onEachDatabase('merging on pages', (db) => {
  let mara: Awaited<ReturnType<typeof signedIn>>
  let viewer: Awaited<ReturnType<typeof signedIn>>
  let issues: { id: number; number: number; project_id: number; event_count: number }[]

  beforeAll(async () => {
    const { app } = openDashboard(db())
    mara = await signedIn(db(), app)
    viewer = await signedIn(db(), app, 'viewer')
    await seedTypical(db())
    const all = await db()
      .selectFrom('issues')
      .select(['id', 'number', 'project_id', 'event_count'])
      .orderBy('event_count', 'desc')
      .execute()
    issues = all.filter(({ project_id }) => project_id === all[0]?.project_id)
  })

  const at = (index: number) => issues[index] as (typeof issues)[number]
  const eventsOf = async (id: number) =>
    (await db().selectFrom('issues').select('event_count').where('id', '=', id).executeTakeFirstOrThrow())
      .event_count

  test('puts ticked issues into the one with the most events, and its page lists them', async () => {
    const [first, second, third] = [at(0), at(1), at(2)]
    const body = new URLSearchParams([second, first].map(({ id }): [string, string] => ['id', String(id)]))
    await mara
      .post('/issues/merge')
      .type('form')
      .send(body.toString())
      .expect(303)
      .expect('location', '/issues')
    expect(await eventsOf(first.id)).toBe(first.event_count + second.event_count)
    const page = await mara.get(`/issues/${first.id}`).expect(200)
    expect(page.text).toContain('Merged issues')
    expect(page.text).toContain(`aria-label="Take #${second.number} out"`)
    expect(page.text).toContain(`merged #${second.number} into this issue.`)
    await mara.get(`/issues/${second.id}`).expect(302).expect('location', `/issues/${first.id}`)
    const list = await mara.get('/issues?q=').expect(200)
    expect(list.text).not.toContain(`href="/issues/${second.id}"`)

    await mara
      .post(`/issues/${first.id}/merge`)
      .type('form')
      .send({ number: `#${third.number}` })
      .expect(303)
    expect(await eventsOf(first.id)).toBe(first.event_count + second.event_count + third.event_count)
  })

  test('takes them out again with what they had', async () => {
    const [first, second, third] = [at(0), at(1), at(2)]
    for (const { id } of [second, third]) {
      await mara
        .post(`/issues/${first.id}/take-out`)
        .type('form')
        .send({ id: String(id) })
        .expect(303)
    }
    for (const { id, event_count } of [first, second, third]) expect(await eventsOf(id)).toBe(event_count)
    await mara.get(`/issues/${second.id}`).expect(200)
  })

  test('is refused where nothing can be merged, and to viewers', async () => {
    const first = at(0)
    const send = (path: string, body: object) => mara.post(path).type('form').send(body)
    await send('/issues/merge', { id: String(first.id) }).expect(400)
    await send(`/issues/${first.id}/merge`, { number: 'nonsense' }).expect(400)
    await send(`/issues/${first.id}/merge`, { number: '99999' }).expect(400)
    await send(`/issues/${first.id}/take-out`, { id: String(at(1).id) }).expect(400)
    await send('/issues/999999/merge', { number: '1' }).expect(404)
    await viewer.post('/issues/merge').type('form').send({ id: '1' }).expect(403)
    const page = await viewer.get(`/issues/${first.id}`).expect(200)
    expect(page.text).not.toContain('Merge another issue')
  })
})
