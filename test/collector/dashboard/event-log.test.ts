// The log of events and the page of releases over a real database: filters, paging, what is newer, and two
// releases side by side.
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { createProject } from '../../../collector/db/projects.ts'
import { addToDays, userHash } from '../../../collector/db/store-days.ts'
import { openDashboard, signedIn } from '../../support/dashboard.ts'
import { onEachDatabase } from '../../support/database.ts'
import { seedTypical } from '../../support/scenes/typical.ts'
import { minutesAgo, seedIssue, seedNow } from '../../support/seed.ts'

type Agent = Awaited<ReturnType<typeof signedIn>>

const decode = (text: string) =>
  text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'")

/** Messages of the log's rows, in order. */
function messagesOf(html: string): string[] {
  return [...html.matchAll(/class="log-row"[\s\S]*?<a class="cover cut"[^>]*><bdi>([^<]*)</g)].map((match) =>
    decode(match[1] ?? ''),
  )
}

onEachDatabase('the log of events', (db) => {
  let mara: Agent
  beforeAll(async () => {
    const { app } = openDashboard(db())
    mara = await signedIn(db(), app)
    const project = await createProject(db(), { name: 'p', slug: 'p', platform: 'node' }, minutesAgo(9999))
    const stored = Array.from({ length: 120 }, (_, index) => ({
      wire: { message: `m${index}`, release: index % 2 ? 'app@2.0.0+7' : 'app@1.0.0+3' },
      title: `message number ${index}`,
      level: index % 10 === 0 ? ('fatal' as const) : ('error' as const),
      userKey: `id:${index % 5}`,
      minutesAgo: index * 7,
    }))
    await seedIssue(db(), project, {
      type: 'T',
      value: 'x',
      stored,
      hours: [0, 60, 60],
      trackerIssues: [{ number: 77, minutesAgo: 3 }],
    })
    const other = await createProject(db(), { name: 'q', slug: 'q', platform: 'python' }, minutesAgo(9999))
    await seedIssue(db(), other, {
      type: 'Other',
      value: 'x',
      stored: [{ wire: { message: 'o' }, title: 'from q', minutesAgo: 2 }],
    })
  })

  test('where there are none it says why: filters that let nothing through, or nothing that was sent', async () => {
    const emptyOf = async (agent: Agent, path: string) => {
      const { text } = await agent.get(path).expect(200)
      const found = /class="empty"><h2>([^<]*)<\/h2>[\s\S]*?href="([^"]*)">([^<]*)</.exec(text)
      return found?.slice(1).map((words) => words.replaceAll('\u202f', ' '))
    }
    expect(await emptyOf(mara, '/events?q=release%3A9&span=7d')).toEqual([
      'No events here',
      '/events?span=7d',
      'Show all of the last 7 d',
    ])
    const later = new Date(seedNow.getTime() + 20 * 86_400_000)
    const noa = await signedIn(db(), openDashboard(db(), { now: () => later }).app, 'viewer', 'Noa')
    expect(await emptyOf(noa, '/events')).toEqual([
      'No events in the last 24 h',
      '/events?span=14d',
      'Look further back',
    ])
    expect(await emptyOf(noa, '/events?span=14d')).toEqual([
      'No events in the last 14 d',
      '/relays',
      'Open relays',
    ])
  })

  test('newest first over all projects, each leading to its own event, and older ones behind a link', async () => {
    const seen: string[] = []
    let path: string | undefined = '/events'
    while (path) {
      const { text }: { text: string } = await mara.get(path).expect(200)
      seen.push(...messagesOf(text))
      path = /rel="next" href="([^"]*)"/.exec(text)?.[1]?.replaceAll('&amp;', '&')
    }
    expect(seen).toHaveLength(121)
    expect(new Set(seen).size).toBe(121)
    expect(seen.slice(0, 2)).toEqual(['message number 0', 'from q'])
    const { text } = await mara.get('/events')
    expect(text).toContain('#77')
    const href = /class="cover cut" href="(\/issues\/\d+\/events\/[0-9a-f]{32})"/.exec(text)?.[1] ?? ''
    await mara.get(href).expect(200)
  })

  test.each([
    ['q=level:fatal', 12],
    ['q=level:fatal+user:0', 12],
    ['q=user:3+release:2.0.0', 12],
    ['q=release:app@1.0.0%2B3+!level:fatal', 48],
    ['q="number+11"', 11],
    ['q=project:q', 1],
    ['q=platform:python', 0],
    ['project=q', 1],
    ['project=nothing', 0],
    ['q=env:staging', 0],
    ['from=2026-11-18T02:00Z&to=2026-11-18T03:00Z', 8],
  ])('%s lets through %i', async (query, count) => {
    const { text } = await mara.get(`/events?${query}`).expect(200)
    expect(messagesOf(text)).toHaveLength(Math.min(count, 50))
  })

  test('a filter that says nothing of one event is named and left out', async () => {
    const { text } = await mara.get('/events?q=is:unresolved+times:%3E5+level:fatal').expect(200)
    expect(text).toContain('Events have no such filter')
    expect(messagesOf(text)).toHaveLength(12)
  })

  test('the poll tells how many are newer than what is shown, and the pill leads to them', async () => {
    const { text } = await mara.get('/events').expect(200)
    const poll = decode(/id="log-new"[^>]*hx-get="([^"]*)"/.exec(text)?.[1] ?? '')
    expect((await mara.get(poll).expect(200)).text).not.toContain('pill')
    const older = poll.replace(/newest=\d+/, `newest=${minutesAgo(8).getTime()}`)
    expect((await mara.get(older).expect(200)).text).toContain('3 new')
  })

  test('what makes no sense in the address is left out', async () => {
    await mara.get('/events?span=%00&before=x&from=1&to=2&newest=z&q=%00&q=b').expect(200)
    await mara.get('/events/new?newest=x').expect(200)
    await mara.get('/releases?after=x&release=%00&release=a&release=b&project[]=x').expect(200)
  })
})

onEachDatabase('a filter of the log, where one project is loud', (db) => {
  let mara: Agent
  beforeAll(async () => {
    mara = await signedIn(db(), openDashboard(db()).app)
    const project = (slug: string) =>
      createProject(db(), { name: slug, slug, platform: 'node' }, minutesAgo(9999))
    const loud = await project('loud')
    for (let n = 0; n < 120; n += 1) await project(`calm-${n}`)
    const wanted = (title: string, ago: number) => ({
      wire: {},
      title,
      level: 'fatal' as const,
      minutesAgo: ago,
    })
    const issueId = await seedIssue(db(), loud, {
      type: 'T',
      value: 'x',
      stored: [wanted('among the loud', 30), wanted('below the loud', 200)],
    })
    // Some hundred in the running hour, and very many within one minute of an hour that is over.
    const noise = (count: number, from: Date, apartMs: number) =>
      sql`insert into events (project_id, issue_id, event_id, received_at, occurred_at, retention_days, level, platform,
          environment, title, payload)
        select ${loud.id}, ${issueId}, md5(${count} || ' ' || n)::uuid, at, at, 90, 'error', 'node', 'production', 'noise', ''
        from (select n, ${from}::timestamptz - n * ${apartMs}::int * interval '1 ms' as at
          from generate_series(1, ${count}::int) n) noise`.execute(db())
    await noise(500, minutesAgo(1), 1_000)
    await noise(21_000, minutesAgo(90), 2)
  })

  /** Looks further back as long as the page says that older ones may match. */
  async function lookThrough(path: string): Promise<{ pages: string[]; messages: string[] }> {
    const pages: string[] = []
    for (let next: string | undefined = path; next && pages.length < 9; ) {
      const { text }: { text: string } = await mara.get(next).expect(200)
      pages.push(text)
      next = /rel="next" href="([^"]*)">Look further back/.exec(text)?.[1]
      if (next) next = decode(next)
      expect(text.includes('Older ones may match.'), 'says so where it stopped').toBe(next !== undefined)
    }
    return { pages, messages: pages.flatMap(messagesOf) }
  }

  test('no match is lost: the page says how far back it looked and goes on from there', async () => {
    const { pages, messages } = await lookThrough('/events?q=level:fatal')
    expect(messages).toEqual(['among the loud', 'below the loud'])
    expect(pages[0]).toMatch(/1\d,\d{3} events were looked at, back to 01:3\d:\d\d\. Older ones may match\./)
    expect(pages.length).toBeGreaterThan(1)
  })

  test('a page without a match does not say that there is none as long as older ones may match', async () => {
    const { pages, messages } = await lookThrough('/events?q=below')
    expect(pages[0]).toContain('None of these so far')
    expect(messages).toEqual(['below the loud'])
  })

  test('the poll tells of a match that has come since, whatever came with it', async () => {
    const before = `${minutesAgo(100).getTime()}-${'0'.repeat(32)}`
    const { text } = await mara.get(`/events/new?q=level:fatal&newest=${before}`).expect(200)
    expect(text).toContain('1 new')
  })
})

onEachDatabase('releases', (db) => {
  test('tell what each brought, and two stand side by side over the same first hours', async () => {
    const { app } = openDashboard(db())
    const mara = await signedIn(db(), app)
    await seedTypical(db())
    const { text } = await mara.get('/releases?project=rider-app').expect(200)
    expect(text).toContain('4.3.0 (902)')
    expect(text).toContain('outlier')
    expect(text).toMatch(/999\.9\.9 \(1\)<\/bdi> decides nothing until 3 users run it/)
    // Seen first just now, the outlier still is not the newest.
    await db()
      .updateTable('releases')
      .set({ first_seen_at: seedNow })
      .where('version', '=', 'rider-app@999.9.9+1')
      .execute()
    expect((await mara.get('/projects').expect(200)).text).toContain('title="rider-app@4.3.0+902"')
    const pair = `release=${encodeURIComponent('rider-app@4.3.0+902')}&release=${encodeURIComponent('rider-app@4.2.0+896')}`
    const both = await mara.get(`/releases?project=rider-app&${pair}`).expect(200)
    expect(both.text).toContain('Only in 4.3.0 (902)')
    expect(both.text).toContain('Gone since 4.2.0 (896)')
    const other = await mara.get(`/releases?project=orders-api&${pair}`).expect(200)
    expect(other.text).not.toContain('Only in')
  })

  test('count users once a release and once a day, and crashes apart', async () => {
    const event = (release: string | null, userKey: string | null, level: 'fatal' | 'error', ago = 1) => ({
      projectId: 1,
      event: { release, userKey, level, handled: true, receivedAt: minutesAgo(ago) },
    })
    await db().deleteFrom('project_days').execute()
    await db()
      .insertInto('releases')
      .values({ project_id: 1, version: 'a@1', events: 0, first_seen_at: seedNow, last_seen_at: seedNow })
      .execute()
    const add = (events: Parameters<typeof addToDays>[1]) =>
      db()
        .transaction()
        .execute((trx) => addToDays(trx, events))
    await add([event('a@1', 'id:1', 'fatal'), event('a@1', 'id:1', 'error'), event(null, 'id:2', 'error')])
    await add([
      event('a@1', 'id:1', 'error'),
      event('a@1', 'id:3', 'error'),
      event('a@1', null, 'error', 24 * 60),
    ])
    const days = await db().selectFrom('project_days').selectAll().orderBy('day').execute()
    expect(days.map(({ events, crashes, users }) => [events, crashes, users])).toEqual([
      [1, 0, 0],
      [5, 1, 3],
    ])
    const release = await db()
      .selectFrom('releases')
      .select(['users', 'crashes'])
      .where('version', '=', 'a@1')
      .executeTakeFirst()
    expect(release).toEqual({ users: 2, crashes: 1 })
    expect(userHash('id:1')).not.toContain('id')
  })
})
