// The list of issues and the log of events against a plain sort of everything: each sorting, page by page, over
// projects that have none, a few and most of what comes first.
import { beforeAll, expect, test } from 'vitest'
import { countIssueViews, findFew } from '../../collector/dashboard/issue-views.ts'
import { listEventLog } from '../../collector/db/event-log.ts'
import {
  type IssueFilter,
  type IssueListRow,
  type IssuePlace,
  type IssueSort,
  listIssues,
  placeOf,
} from '../../collector/db/issue-list.ts'
import { createProject } from '../../collector/db/projects.ts'
import type { Term } from '../../collector/search/parse.ts'
import { onEachDatabase } from '../support/database.ts'
import { minutesAgo, seedIssue, seedNow } from '../support/seed.ts'

const pageSize = 7

onEachDatabase('the list of issues', (db) => {
  const filter: IssueFilter = {
    statuses: ['unresolved', 'resolved'],
    projectIds: null,
    terms: [],
    now: seedNow,
    me: null,
  }

  beforeAll(async () => {
    // Most of what is newest and loudest is of one project; some are as old as others, to the second.
    for (const [place, issues] of [25, 3, 9, 0, 6].entries()) {
      const project = await createProject(
        db(),
        { name: `p${place}`, slug: `p${place}`, platform: 'node' },
        minutesAgo(99_999),
      )
      for (let n = 0; n < issues; n += 1) {
        const age = place === 0 ? n : 40 + n * n * 97
        await seedIssue(db(), project, {
          type: n % 3 === 0 ? 'Third' : 'Other',
          value: `${place} ${n}`,
          status: n % 4 === 3 ? 'resolved' : 'unresolved',
          lastMinutesAgo: age,
          firstMinutesAgo: age * 2 + (n % 2),
          events: place === 0 ? 1000 + (n >> 1) : n + 1,
          users: place === 0 ? 100 - n : n >> 2,
          stored: [{ wire: { message: 'm' }, title: `event ${place} ${n}`, minutesAgo: age }],
          ...(n % 5 === 1 ? { alert: { rule: 'burst' as const, minutesAgo: age + 1 } } : {}),
        })
      }
    }
  })

  const orderOf: Record<IssueSort, (row: IssueListRow) => number[]> = {
    urgency: (row) => [
      -row.rank,
      -(row.rank > 0 ? (row.alert?.createdAt.getTime() ?? 0) : row.lastSeenAt.getTime()),
    ],
    'last-seen': (row) => [-row.lastSeenAt.getTime()],
    newest: (row) => [-row.firstSeenAt.getTime()],
    events: (row) => [-row.eventCount],
    users: (row) => [-row.userCount],
  }
  const isBefore = (a: number[], b: number[]) => {
    const at = a.findIndex((value, place) => value !== b[place])
    return at < 0 || (a[at] as number) < (b[at] as number)
  }

  async function readAll(sort: IssueSort, terms: readonly Term[]): Promise<IssueListRow[]> {
    const rows: IssueListRow[] = []
    let after: IssuePlace | null = null
    for (;;) {
      const page: IssueListRow[] = await listIssues(db(), { ...filter, terms }, sort, after, pageSize)
      rows.push(...page)
      const last = page.at(-1)
      if (!last || page.length < pageSize) return rows
      after = placeOf(last, sort)
    }
  }

  test.for(Object.keys(orderOf) as IssueSort[])(
    'by %s has each once and in order, with and without a filter',
    async (sort) => {
      const third: Term = { kind: 'text', text: 'Third', not: false }
      for (const [terms, expected] of [
        [[], 43],
        [[third], 9 + 1 + 3 + 2],
      ] as const) {
        const rows = await readAll(sort, terms)
        expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length)
        expect(rows).toHaveLength(expected)
        const values = rows.map((row) => [...orderOf[sort](row), -row.id])
        for (const [place, value] of values.entries()) {
          const before = values[place - 1]
          if (before) expect(isBefore(before, value), `${sort}, row ${place}`).toBe(true)
        }
      }
    },
  )

  test('a search that finds few counts every view, and what matches in its own and in any state', async () => {
    const within = { projectIds: null, now: seedNow, me: 1 }
    const count = async (text: string) =>
      countIssueViews(db(), text, within, await findFew(db(), text, within), {
        matching: true,
        elsewhere: true,
      })
    expect(await count('is:unresolved Third')).toEqual({
      views: ['11', '0', '0', '0', '11', '0', null],
      matching: '11',
      elsewhere: 15,
    })
    expect(await count('is:resolved Third')).toMatchObject({ matching: '4', elsewhere: 15 })
    const plain = await count('is:unresolved')
    expect(plain.views).toEqual(['34', '0', '0', '0', '34', '0', null])
  })

  test('release:latest finds what was seen in the newest release of its project', async () => {
    const project = await createProject(db(), { name: 'r', slug: 'r', platform: 'node' }, minutesAgo(99_999))
    for (const [version, first] of [
      ['app@1', 900],
      ['app@2', 100],
    ] as const) {
      const row = { project_id: project.id, version, events: 1 }
      await db()
        .insertInto('releases')
        .values({ ...row, first_seen_at: minutesAgo(first), last_seen_at: minutesAgo(5) })
        .execute()
    }
    for (const [value, last, releases] of [
      ['gone before', 200, ['app@1']],
      ['in both', 100, ['app@1', 'app@2']],
      ['only in the old one', 5, ['app@1']],
    ] as const) {
      const id = await seedIssue(db(), project, { type: 'R', value, lastMinutesAgo: last })
      const seen = { first_seen_at: minutesAgo(last), last_seen_at: minutesAgo(last) }
      await db()
        .insertInto('issue_releases')
        .values(releases.map((release) => ({ issue_id: id, release, events: 1, ...seen })))
        .execute()
    }
    const find = async (not: boolean) => {
      const latest: Term = { kind: 'release', which: 'any', value: 'latest', not }
      const within = { ...filter, projectIds: [project.id], terms: [latest] }
      return (await listIssues(db(), within, 'last-seen', null, 9)).map((row) => row.titleValue)
    }
    expect(await find(false)).toEqual(['in both'])
    expect(await find(true)).toEqual(['only in the old one', 'gone before'])
  })

  test('the log has each event once, newest first, however far apart they are', async () => {
    const log = { projectIds: null, from: minutesAgo(99_999), to: minutesAgo(-1) }
    for (const terms of [[], [{ kind: 'text', text: 'event 2', not: false } as Term]]) {
      const seen: string[] = []
      let before = null
      for (;;) {
        const { rows, stopped } = await listEventLog(db(), { ...log, terms }, { before, limit: pageSize })
        expect(stopped).toBeNull()
        seen.push(...rows.map((row) => `${row.receivedAt.toISOString()} ${row.title}`))
        const last = rows.at(-1)
        if (!last || rows.length < pageSize) break
        before = { receivedAt: last.receivedAt, eventId: last.eventId }
      }
      expect(seen).toHaveLength(terms.length === 0 ? 43 : 9)
      expect(new Set(seen).size).toBe(seen.length)
      const times = seen.map((line) => line.slice(0, 24))
      expect(times).toEqual(times.toSorted().toReversed())
    }
  })
})
