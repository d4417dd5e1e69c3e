// Tags of an issue: what share of its events a value has beside the project's usual share, and stepping through the
// events that carry it.
import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { eraseUser } from '../../collector/db/erase-user.ts'
import { findIssueByNumber, listTagShares } from '../../collector/db/issue-page.ts'
import { createProject } from '../../collector/db/projects.ts'
import { filterLooks, findNeighbours, findNewestEvent } from '../../collector/db/stored-events.ts'
import { createDigest } from '../../collector/digest.ts'
import type { SpooledRow } from '../../collector/prepare-batch.ts'
import { createLog } from '../../shared/log.ts'
import { onEachDatabase } from '../support/database.ts'
import { makeFacts } from '../support/facts.ts'

const start = Date.parse('2026-11-24T03:00:00Z')
const id = (number: number) => String(number).padStart(32, '0')
const at = (number: number) => new Date(start + number * 60_000)

type Told = {
  readonly type?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly release?: string
  readonly user?: object
}

/** Events are a minute apart and have their number as id. */
function row(number: number, { type = 'SeatError', ...told }: Told, project = 1): SpooledRow {
  const event = { ...told, event_id: id(number), exception: { values: [{ type, value: 'no seat' }] } }
  const body = Buffer.from(`{"event_id":"${id(number)}"}\n{"type":"event"}\n${JSON.stringify(event)}\n`)
  const facts = makeFacts({
    id: randomUUID(),
    event_id: id(number),
    received_at: at(number).getTime(),
    project,
    length: body.length,
  })
  return { facts, body }
}

const range = <T>(count: number, make: (number: number) => T) =>
  Array.from({ length: count }, (_, number) => make(number))

onEachDatabase('tags of an issue', (db) => {
  const digest = (rows: SpooledRow[]) =>
    createDigest({ db: db(), now: () => at(10_000), log: createLog('test', 'silent') }).digestBatch(
      'http://relay.test',
      rows,
    )
  const issueOf = async (slug: string) => {
    const issue = await findIssueByNumber(db(), slug, 1)
    if (!issue) throw new Error('no issue was made')
    return issue
  }
  const usualOf = async (slug: string, key: string, value: string) => {
    const shares = await listTagShares(db(), await issueOf(slug), 5)
    return shares.find((share) => share.key === key)?.values.find((one) => one.value === value)?.usual
  }

  beforeAll(async () => {
    for (const [project, slug] of [
      [1, 'shop'],
      [2, 'wide'],
      [3, 'other'],
    ] as const) {
      await createProject(db(), { id: project, name: slug, slug }, new Date(start))
    }
    const colours = range(20, (number) =>
      row(number, { tags: { colour: number === 4 || number === 9 ? 'red' : 'blue' }, release: 'shop@1.0.0' }),
    )
    await digest(colours.slice(0, 7))
    await digest(colours.slice(7))
    const elsewhere = range(20, (number) =>
      row(100 + number, { type: 'FareError', tags: { colour: number < 18 ? 'red' : 'green' } }),
    )
    await digest(elsewhere)
  })

  test('have beside their own share that of all events of the project', async () => {
    const [share] = (await listTagShares(db(), await issueOf('shop'), 5)).filter(
      ({ key }) => key === 'colour',
    )
    expect(share).toEqual({
      key: 'colour',
      total: 20,
      distinct: 2,
      values: [
        { value: 'blue', events: 18, usual: 18 / 40 },
        { value: 'red', events: 2, usual: 20 / 40 },
      ],
    })
    expect(await usualOf('shop', 'release', 'shop@1.0.0')).toBe(1)
  })

  test('of another project have nothing to do with it', async () => {
    await digest([row(200, { tags: { colour: 'red' } }, 3)])
    expect(await usualOf('other', 'colour', 'red')).toBe(1)
    expect(await usualOf('shop', 'colour', 'red')).toBe(0.5)
  })

  test('that are made up without end have no usual share, and the others keep theirs', async () => {
    await digest([row(300, { tags: { visit: 'first', kind: 'a' } }, 2)])
    await digest(range(240, (number) => row(301 + number, { tags: { visit: `s${number}`, kind: 'a' } }, 2)))
    await digest(
      range(120, (number) => row(600 + number, { tags: { [`key-${number}`]: 'x', kind: 'b' } }, 2)),
    )
    const values = await db()
      .selectFrom('project_tags')
      .select('value')
      .where('project_id', '=', 2)
      .where('key', '=', 'visit')
      .execute()
    expect(values).toHaveLength(200)
    const keys = await db().selectFrom('project_tag_keys').selectAll().where('project_id', '=', 2).execute()
    expect(keys).toHaveLength(100)
    expect(keys.find(({ key }) => key === 'visit')).toMatchObject({ events: 241, distinct_values: 200 })
    expect(await usualOf('wide', 'kind', 'a')).toBe(241 / 361)
    expect(await usualOf('wide', 'visit', 'first')).toBe(1 / 241)
  })

  test('lead through the events that carry them, and no others', async () => {
    const issue = await issueOf('shop')
    const red = { tags: [['colour', 'red']] } as const
    expect(await findNewestEvent(db(), issue.id, red)).toBe(id(9))
    expect(await findNewestEvent(db(), issue.id, { tags: [['colour', 'green']] })).toBeNull()
    expect(await findNewestEvent(db(), issue.id, { ...red, to: at(8) })).toBe(id(4))
    expect(await findNewestEvent(db(), issue.id, { ...red, release: 'shop@1.0.0' })).toBe(id(9))
    expect(await findNewestEvent(db(), issue.id, { ...red, release: 'shop@2.0.0' })).toBeNull()
    const here = { receivedAt: at(9), eventId: id(9) }
    expect(await findNeighbours(db(), issue.id, here, red)).toEqual({
      first: id(4),
      previous: id(4),
      next: null,
      last: id(9),
      isCut: false,
    })
  })

  test('are looked for in a bounded number of events, and it is said where there are more', async () => {
    const { id: issueId } = await issueOf('shop')
    const { retention_days } = await db()
      .selectFrom('events')
      .select('retention_days')
      .executeTakeFirstOrThrow()
    const many = range(filterLooks + 5, (number) => ({
      project_id: 1,
      issue_id: issueId,
      event_id: id(5_000 + number),
      received_at: new Date(at(30).getTime() + number),
      occurred_at: at(30),
      retention_days,
      level: 'error' as const,
      platform: 'other',
      release: null,
      environment: 'production',
      user_key: null,
      title: 'SeatError',
      payload: Buffer.alloc(0),
      tag_marks: ' none ',
    }))
    for (let from = 0; from < many.length; from += 500) {
      await db()
        .insertInto('events')
        .values(many.slice(from, from + 500))
        .execute()
    }
    const here = { receivedAt: at(9), eventId: id(9) }
    await db()
      .updateTable('issue_tags')
      .set({ last_seen_at: at(40) })
      .where('issue_id', '=', issueId)
      .where('value', '=', 'red')
      .execute()
    const red = { tags: [['colour', 'red']] } as const
    expect(await findNewestEvent(db(), issueId, red)).toBeNull()
    expect(await findNeighbours(db(), issueId, here, red)).toMatchObject({ previous: id(4), isCut: true })
  })

  test('name nobody who was erased', async () => {
    const user = { id: 'usr-77', email: 'rosa@perron.example' }
    await digest([row(900, { user, tags: { customer: user.email } }, 3)])
    expect(await usualOf('other', 'customer', user.email)).toBe(1)
    await eraseUser(db(), 3, 'id:usr-77')
    expect(await db().selectFrom('project_tags').where('value', '=', user.email).execute()).toEqual([])
  })
})
