// A hostile or careless sender makes up names: new errors, releases, environments, tags without end. What is
// kept apart stays within the project's bounds; what is counted stays exact.
import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { otherName } from '../../collector/db/bound-names.ts'
import type { Database } from '../../collector/db/database.ts'
import { listProjectsAtAGlance } from '../../collector/db/project-list.ts'
import { createProject } from '../../collector/db/projects.ts'
import { othersTitle } from '../../collector/db/store-issues.ts'
import { maxTagKeys } from '../../collector/db/store-tags.ts'
import { createDigest } from '../../collector/digest.ts'
import type { SpooledRow } from '../../collector/prepare-batch.ts'
import { createLog } from '../../shared/log.ts'
import { onEachDatabase } from '../support/database.ts'
import { makeFacts } from '../support/facts.ts'

const log = createLog('test', 'silent')
const start = Date.parse('2026-11-24T03:00:00Z')
const hourMs = 3_600_000

type Hostile = { type: string; release?: string; environment?: string; tags?: Record<string, string> }

function row(project: number, at: number, { type, ...rest }: Hostile): SpooledRow {
  const eventId = randomUUID().replaceAll('-', '')
  const event = {
    ...rest,
    event_id: eventId,
    platform: 'node',
    exception: { values: [{ type, value: 'x' }] },
  }
  const body = Buffer.from(`{"event_id":"${eventId}"}\n{"type":"event"}\n${JSON.stringify(event)}\n`)
  const facts = makeFacts({
    id: randomUUID(),
    event_id: eventId,
    event_id_made: false,
    received_at: at,
    project,
    length: body.length,
  })
  return { facts, body }
}

const range = <T>(count: number, make: (number: number) => T) =>
  Array.from({ length: count }, (_, number) => make(number))

function digestOf(db: Database) {
  const digest = createDigest({ db, now: () => new Date(start + 2 * hourMs), log })
  return (rows: SpooledRow[]) => digest.digestBatch('http://relay.test', rows)
}

async function makeProject(db: Database, id: number, retention: object): Promise<void> {
  await createProject(db, { id, name: `P${id}`, slug: `p${id}` }, new Date(start))
  await db
    .updateTable('projects')
    .set({ settings: JSON.stringify({ retention }) })
    .where('id', '=', id)
    .execute()
}

const listIssues = (db: Database, project: number) =>
  db
    .selectFrom('issues')
    .select(['title', 'event_count', 'gathers_others'])
    .where('project_id', '=', project)
    .orderBy('id')
    .execute()

onEachDatabase('hostile variety', (db) => {
  beforeAll(async () => {
    await makeProject(db(), 1, { newIssuesPerHour: 10 })
    await makeProject(db(), 2, { newReleases: 5, newEnvironments: 3 })
    await makeProject(db(), 3, { newIssuesPerHour: 20, newReleases: 7, newEnvironments: 4 })
    await makeProject(db(), 4, {})
  })

  test('makes so many issues an hour, and the rest is gathered in one that says so', async () => {
    const digest = digestOf(db())
    await digest(range(25, (number) => row(1, start + number, { type: `Made${number}Up` })))
    await digest(range(25, (number) => row(1, start + 1_000 + number, { type: `Made${number + 15}Up` })))
    const issues = await listIssues(db(), 1)
    expect(issues).toHaveLength(11)
    expect(issues.filter((issue) => issue.gathers_others)).toEqual([
      { title: othersTitle, event_count: 40, gathers_others: true },
    ])
    expect(issues.reduce((sum, { event_count }) => sum + event_count, 0)).toBe(50)
  })

  test('leaves issues that exist alone, and an hour later there is room again', async () => {
    const digest = digestOf(db())
    await digest([
      row(1, start + 2_000, { type: 'Made3Up' }),
      row(1, start + hourMs, { type: 'Made24Up' }),
      row(1, start + hourMs + 1, { type: 'Made24Up' }),
    ])
    const issues = await listIssues(db(), 1)
    expect(issues.find(({ title }) => title.startsWith('Made3Up'))?.event_count).toBe(2)
    expect(issues.find(({ title }) => title.startsWith('Made24Up'))?.event_count).toBe(2)
    expect(issues.find(({ gathers_others }) => gathers_others)?.event_count).toBe(40)
    expect(issues.reduce((sum, { event_count }) => sum + event_count, 0)).toBe(53)
  })

  test('keeps so many releases and environments apart, and counts the rest as (other)', async () => {
    const digest = digestOf(db())
    for (const from of [0, 15]) {
      await digest(
        range(20, (number) =>
          row(2, start + number, {
            type: 'Same',
            release: `made-up@${from + number}.0.0`,
            environment: `env-${from + number}`,
          }),
        ),
      )
    }
    const releases = await db()
      .selectFrom('releases')
      .select(['version', 'events'])
      .where('project_id', '=', 2)
      .orderBy('version')
      .execute()
    expect(releases).toEqual([
      { version: otherName, events: 35 },
      ...range(5, (number) => ({ version: `made-up@${number}.0.0`, events: 1 })),
    ])
    const environments = await db()
      .selectFrom('issue_environments')
      .select(['environment', 'events'])
      .where('project_id', '=', 2)
      .orderBy('environment')
      .execute()
    expect(environments).toEqual([
      { environment: otherName, events: 37 },
      ...range(3, (number) => ({ environment: `env-${number}`, events: 1 })),
    ])
    const tags = await db()
      .selectFrom('issue_tags')
      .innerJoin('issues', 'issues.id', 'issue_tags.issue_id')
      .select(['value', 'events'])
      .where('project_id', '=', 2)
      .where('key', '=', 'release')
      .orderBy('value')
      .execute()
    expect(tags.map(({ value, events }) => ({ version: value, events: Number(events) }))).toEqual(releases)
    // A release that is known goes on being counted as itself.
    await digest([row(2, start + 100, { type: 'Same', release: 'made-up@1.0.0' })])
    const known = await db()
      .selectFrom('releases')
      .select('events')
      .where('version', '=', 'made-up@1.0.0')
      .executeTakeFirstOrThrow()
    expect(known.events).toBe(2)
  })

  test('is held to the same bounds by two collectors at once, and no event is lost or counted twice', async () => {
    const one = digestOf(db())
    const other = digestOf(db())
    const hostile = (number: number) =>
      row(3, start + number, {
        type: `Flood${number}Up`,
        release: `r@${number}.0.0`,
        environment: `e-${number}`,
      })
    for (let round = 0; round < 6; round += 1) {
      // Both bring the same names, each in events of its own.
      const names = range(12, (number) => round * 6 + number)
      await Promise.all([one(names.map(hostile)), other(names.toReversed().map(hostile))])
    }
    const issues = await listIssues(db(), 3)
    expect(issues).toHaveLength(21)
    expect(issues.reduce((sum, { event_count }) => sum + event_count, 0)).toBe(144)
    const { releases } = await db()
      .selectFrom('releases')
      .select(({ fn }) => fn.countAll<number>().as('releases'))
      .where('project_id', '=', 3)
      .executeTakeFirstOrThrow()
    expect(Number(releases)).toBe(8)
    const { environments, events } = await db()
      .selectFrom('issue_environments')
      .select(({ fn }) => [
        fn.count<number>('environment').distinct().as('environments'),
        fn.sum<number>('events').as('events'),
      ])
      .where('project_id', '=', 3)
      .executeTakeFirstOrThrow()
    expect({ environments: Number(environments), events: Number(events) }).toEqual({
      environments: 5,
      events: 144,
    })
  })

  test('of tag keys ends at a number for each issue, and what is beyond is counted together', async () => {
    const digest = digestOf(db())
    for (let part = 0; part < 4; part += 1) {
      await digest([
        row(4, start + part, {
          type: 'Tagged',
          tags: Object.fromEntries(range(190, (number) => [`key-${part}-${number}`, 'v'])),
        }),
      ])
    }
    const { keys } = await db()
      .selectFrom('issue_tag_keys')
      .innerJoin('issues', 'issues.id', 'issue_tag_keys.issue_id')
      .select(({ fn }) => fn.countAll<number>().as('keys'))
      .where('project_id', '=', 4)
      .executeTakeFirstOrThrow()
    expect(Number(keys)).toBe(maxTagKeys)
    const rows = await db()
      .selectFrom('issue_tags')
      .innerJoin('issues', 'issues.id', 'issue_tags.issue_id')
      .select(['key', 'value', 'events'])
      .where('project_id', '=', 4)
      .execute()
    expect(new Set(rows.map(({ key }) => key)).size).toBe(maxTagKeys + 1)
    expect(rows.filter(({ key }) => key.startsWith('key-')).length).toBeGreaterThan(480)
    const sum = rows.reduce((total, { events }) => total + events, 0)
    const promoted = rows.filter(({ key }) => key !== '' && !key.startsWith('key-'))
    expect(sum - promoted.reduce((total, { events }) => total + events, 0)).toBe(4 * 190)
  })

  test('is named on the list of projects', async () => {
    const rows = await listProjectsAtAGlance(db(), new Date(start - hourMs), 100, {
      projectIds: null,
      now: new Date(start + hourMs),
    })
    expect(rows.map(({ slug, hasOthers }) => [slug, hasOthers])).toEqual([
      ['p1', true],
      ['p2', true],
      ['p3', true],
      ['p4', false],
    ])
  })
})
