// What pages cost follows what they show: the plans of all queries of each page, on two stores that differ in nothing
// but events, read the same number of rows. On the real server, with sequential scans priced out, so that a small
// table's plan is the one that a large table gets.
import express from 'express'
import { CompiledQuery as Compiled, type CompiledQuery } from 'kysely'
import pg from 'pg'
import request from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fillStore } from '../../bench/pages/fill-store.ts'
import { listBenchPages } from '../../bench/pages/list-pages.ts'
import { createApi } from '../../collector/api/app.ts'
import { createApiToken } from '../../collector/db/api-tokens.ts'
import { countIssues } from '../../collector/db/issue-list.ts'
import type { Term } from '../../collector/search/parse.ts'
import { createLog } from '../../shared/log.ts'
import { openDashboard, signedIn } from '../support/dashboard.ts'
import { freshPostgres, postgresAvailable } from '../support/database.ts'
import { seedNow } from '../support/seed.ts'

const sizes = { issues: 100, projects: 10, releases: 20 }
const [fewEvents, manyEvents] = [2_000, 12_000]
/** What may come on top: more hours and tag values are non-empty in the fuller store, up to their bounds. */
const slack = { ratio: 1.5, rows: 500 }

/** A filter of the log looks at so many events at most (collector/db/event-log.ts), nearly all that these stores hold. */
const isBoundedSearch = (path: string) => path.startsWith('/events?q=')

/** Rows that a plan read, by table; a partition counts for its parent. */
type RowsRead = Map<string, number>
type PlanNode = {
  'Node Type': string
  'Relation Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  Plans?: PlanNode[]
}

type Cost = { readonly sql: string; readonly rows: RowsRead }

function addRows(node: PlanNode, rows: RowsRead): void {
  const name = node['Relation Name']?.replace(/_r\d+_\d{8}$|_\d{8}$/, '')
  if (name) {
    const each =
      node['Actual Rows'] +
      (node['Rows Removed by Filter'] ?? 0) +
      (node['Rows Removed by Index Recheck'] ?? 0)
    rows.set(name, (rows.get(name) ?? 0) + each * node['Actual Loops'])
  }
  for (const child of node.Plans ?? []) addRows(child, rows)
}

/** Notes every statement that goes to a server while `work` runs. */
async function recordQueries(work: () => Promise<unknown>): Promise<CompiledQuery[]> {
  const seen: CompiledQuery[] = []
  const { query } = pg.Client.prototype
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const [text, values] = args
    if (typeof text === 'string' && /^\s*(select|with)\b/i.test(text)) {
      seen.push(Compiled.raw(text, Array.isArray(values) ? values : []))
    }
    return Reflect.apply(query, this, args)
  } as typeof query
  try {
    await work()
  } finally {
    pg.Client.prototype.query = query
  }
  return seen
}

async function openStore(events: number) {
  const store = await freshPostgres()
  // The moment at which the pages of tests play.
  const now = seedNow
  await fillStore(store.db, { ...sizes, events }, now)
  const { app } = openDashboard(store.db)
  const agent = await signedIn(store.db, app)
  const { token } = await createApiToken(
    store.db,
    { name: 'plans', scopes: ['event:read', 'project:read'] },
    now,
  )
  const config = { org: 'postern', url: 'http://localhost:4200', relayUrl: 'http://localhost:4100' }
  const api = express().use(
    '/api/0',
    createApi({ db: store.db, now: () => now, config, log: createLog('test', 'silent') }),
  )
  const ask = (path: string) =>
    path.startsWith('/api/0/')
      ? request(api).get(path).set('Authorization', `Bearer ${token}`)
      : agent.get(path)

  async function explain({ sql, parameters }: CompiledQuery): Promise<Cost> {
    const rows: RowsRead = new Map()
    await store.db.transaction().execute(async (trx) => {
      await trx.executeQuery(Compiled.raw('set local enable_seqscan = off'))
      const explained = await trx.executeQuery<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        Compiled.raw(`explain (analyze, format json) ${sql}`, [...parameters]),
      )
      const plan = explained.rows[0]?.['QUERY PLAN'][0].Plan
      if (plan) addRows(plan, rows)
    })
    return { sql, rows }
  }

  /** Plans of all that a page asks the database; the page must answer. */
  async function costOf(path: string): Promise<Cost[]> {
    const queries = await recordQueries(async () => expect((await ask(path)).status, path).toBe(200))
    const costs: Cost[] = []
    for (const query of queries) costs.push(await explain(query))
    return costs
  }

  const pages = (await listBenchPages(store.db)).map(({ path }) => path)
  const project = /project=([\w-]+)/.exec(pages.join(' '))?.[1] ?? ''
  const apiPaths = [
    `/api/0/projects/postern/${project}/issues/`,
    `/api/0/projects/postern/${project}/events/`,
    pages.find((path) => /^\/issues\/\d+$/.test(path))?.replace('/issues', '/api/0/issues') ?? '',
  ]
  return { db: store.db, costOf, explain, paths: [...pages, ...apiPaths], close: store.close }
}

/** One row a project (or a few), hour and level at most, however many events: fuller hours are not more of them. */
const boundedByTime = ['project_hours', 'level_hours']

function total(costs: readonly Cost[]): number {
  return costs
    .flatMap(({ rows }) => [...rows])
    .filter(([table]) => !boundedByTime.includes(table))
    .reduce((sum, [, rows]) => sum + rows, 0)
}

describe.runIf(postgresAvailable)('on stores of different sizes', () => {
  let few: Awaited<ReturnType<typeof openStore>>
  let many: typeof few
  beforeAll(async () => {
    few = await openStore(fewEvents)
    many = await openStore(manyEvents)
  })
  afterAll(async () => {
    await few?.close()
    await many?.close()
  })

  test('every page reads as many rows with six times the events', { timeout: 180_000 }, async () => {
    const tooMuch: string[] = []
    let read = 0
    for (const [place, path] of many.paths.entries()) {
      if (isBoundedSearch(path)) continue
      const [before, after] = [await few.costOf(few.paths[place] ?? ''), await many.costOf(path)]
      read += total(after)
      if (total(after) <= total(before) * slack.ratio + slack.rows) continue
      const worst = after.toSorted((a, b) => total([b]) - total([a]))[0]
      tooMuch.push(
        `${path}: ${total(before)} rows, then ${total(after)}; most by ${worst?.sql} ${JSON.stringify([...(worst?.rows ?? [])])}`,
      )
    }
    expect(read).toBeGreaterThan(1_000)
    expect(tooMuch).toEqual([])
  })

  test.for(['/events', '/events?span=14d'])(
    'the chart of all projects on %s is read from what is summed up over them',
    async (path) => {
      const read = (await many.costOf(path)).flatMap(({ rows }) => [...rows.keys()])
      expect(read).toContain('level_hours')
      expect(read).not.toContain('project_hours')
    },
  )

  test.for<[string, Term]>([
    ['assigned to somebody', { kind: 'assigned', who: 'me', not: false }],
    ['regressed', { kind: 'flag', flag: 'regressed', not: false }],
  ])('issues that are %s are found without a walk through the others', async ([, term]) => {
    const filter = { projectIds: null, now: seedNow, me: 1, terms: [term] }
    const [one] = await recordQueries(() =>
      countIssues(many.db, { ...filter, statuses: ['unresolved', 'resolving'] }, 1_000),
    )
    const { rows } = await many.explain(one ?? Compiled.raw(''))
    expect(rows.get('issues')).toBe(0)
  })

  test('a search that finds few is asked for once, for the list and for all views', async () => {
    const asked = (await many.costOf('/issues?q=%22wagon+47%22')).filter(({ sql }) => sql.includes(' like '))
    expect(asked).toHaveLength(1)
  })

  test('a query that reads all events of an issue would be found', async () => {
    const scan =
      'select count(*) from events where issue_id = (select id from issues order by event_count desc limit 1)'
    const [before, after] = [await few.explain(Compiled.raw(scan)), await many.explain(Compiled.raw(scan))]
    expect(total([after])).toBeGreaterThan(total([before]) * slack.ratio + slack.rows)
  })
})
