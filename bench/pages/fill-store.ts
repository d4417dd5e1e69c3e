// Fills a migrated PostgreSQL database as months of traffic would have left it, by SQL alone: a million events in
// a minute or two. Few issues are loud and most are quiet, newer hours are fuller than older ones, and every count
// adds up to the events. The same sizes give the same data, apart from the moment that counts as now.
import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../../collector/db/database.ts'
import { createPartitions } from '../../collector/db/partitions.ts'
import { encodePayload } from '../../collector/db/stored-events.ts'
import { tagMark } from '../../collector/pipeline/tag-marks.ts'
import { splitEnvelope } from '../../shared/envelope.ts'
import { makeEnvelopes } from '../events.ts'

export type Sizes = {
  readonly events: number
  readonly issues: number
  readonly projects: number
  readonly releases: number
}

/** Days that the events are spread over. */
const days = 30
const dayMs = 86_400_000
const retentionDays = 90
/** Distinct payloads; each event gets one of them. */
const payloads = 24
const payloadBytes = 6_000

/** @param now events end here */
export async function fillStore(db: Database, sizes: Sizes, now: Date): Promise<void> {
  const start = new Date(now.getTime() - days * dayMs)
  await createPartitions(db).ensure(
    Array.from({ length: days + 2 }, (_, day) => ({
      receivedAt: new Date(start.getTime() + day * dayMs),
      retentionDays,
    })),
  )
  await db.connection().execute(async (connection) => {
    const run = (statement: RawBuilder<unknown>) => statement.execute(connection)
    await makeProjects(run, sizes, now)
    await makeEvents(run, sizes, start, now)
    await makeIssues(run)
    await insertPayloads(connection)
    await insertMarks(connection)
    await storeEvents(run)
    await makeRollups(run)
    await makeTags(run)
    await makeHistory(run, now)
    await run(sql`drop table bench_events, bench_payloads, bench_marks`)
  })
  await sql`vacuum analyze`.execute(db)
}

type Run = (statement: RawBuilder<unknown>) => Promise<unknown>

async function makeProjects(run: Run, { projects }: Sizes, now: Date): Promise<void> {
  await run(sql`
    insert into projects (id, slug, name, platform, repository, created_at)
    select n, 'app-' || n, 'App ' || n, (array['javascript', 'cocoa', 'java', 'python', 'node'])[1 + n % 5],
      'perron/app-' || n, ${now}
    from generate_series(1, ${projects}::int) n on conflict do nothing`)
  await run(sql`
    insert into project_keys (public_key, project_id, label, created_at)
    select md5('key ' || n), n, 'Default', ${now} from generate_series(1, ${projects}::int) n
    on conflict do nothing`)
}

/** One row an event, with all that the rollups count. */
async function makeEvents(
  run: Run,
  { events, issues, projects, releases }: Sizes,
  start: Date,
  now: Date,
): Promise<void> {
  await run(sql`select setseed(0.42)`)
  await run(sql`
    create unlogged table bench_events as
    select n, md5('event ' || n)::uuid as event_id, issue, 1 + (issue - 1) % ${projects}::int as project_id,
      date_trunc('milliseconds', ${start}::timestamptz + (${now}::timestamptz - ${start}::timestamptz) * least(power(random(), 0.6), 0.9999)) as at,
      'shop@4.' || floor(${releases}::int * power(random(), 2))::int || '.0+7' as release,
      case when random() < 0.9 then 'production' when random() < 0.7 then 'staging' else 'dev' end as environment,
      'id:user-' || floor(20000 * random() * random())::int as user_key,
      case when issue % 50 = 0 then 'fatal' when issue % 7 = 0 then 'warning' else 'error' end as level,
      (array['iOS 17.5', 'iOS 18.1', 'Android 14', 'Android 15', 'Windows 11'])[1 + floor(5 * random() * random())::int] as os,
      'Device ' || floor(300 * random() * random())::int as device,
      'route-' || floor(40 * random())::int as route
    from (
      -- Each issue once, then by a long tail.
      select n, case when n <= ${issues}::int then n
        else least(${issues}::int, greatest(1, ceil(power(${issues}::float8, random()))::int)) end as issue
      from generate_series(1, ${events}::int) n
    ) numbered`)
  await run(sql`create index on bench_events (issue, at)`)
  await run(sql`analyze bench_events`)
}

async function makeIssues(run: Run): Promise<void> {
  await run(sql`
    insert into issues (id, project_id, number, title, title_type, title_value, culprit, level, platform, handled, status,
      status_reason, status_at, first_seen_at, last_seen_at, last_occurred_at, event_count, user_count,
      first_release, last_release, first_event_id, last_event_id, episode, in_episode, regressions)
    overriding system value
    select issue, project_id, row_number() over (partition by project_id order by issue),
      'CheckoutError' || issue % 97 || ': no seat left in wagon ' || issue, 'CheckoutError' || issue % 97,
      'no seat left in wagon ' || issue, 'checkout/seats.ts in reserve' || issue % 31, min(level), 'javascript', issue % 3 = 0,
      status, 'First seen.', min(at), min(at), max(at), max(at), count(*), count(distinct user_key),
      (array_agg(release order by at))[1], (array_agg(release order by at desc))[1],
      (array_agg(event_id order by at))[1], (array_agg(event_id order by at desc))[1],
      case when issue % 4 = 0 then 1 else 0 end, issue % 4 = 0 and status in ('unresolved', 'resolving'), 0
    from (select *, case when issue % 10 < 6 then 'unresolved' when issue % 10 < 9 then 'resolved'
      when issue % 20 = 9 then 'ignored' else 'unresolved' end as status from bench_events) e
    group by issue, project_id, status`)
  await run(sql`select setval(pg_get_serial_sequence('issues', 'id'), (select max(id) from issues))`)
  await run(sql`
    update projects set next_issue_number = 1 + newest.number, last_event_at = newest.at
    from (select project_id, max(number) as number, max(last_seen_at) as at from issues group by project_id) newest
    where newest.project_id = projects.id`)
  await run(sql`
    insert into issue_hashes (project_id, hash, version, issue_id)
    select project_id, md5('hash ' || id), 1, id from issues`)
}

async function insertPayloads(db: Database): Promise<void> {
  await sql`create unlogged table bench_payloads (n int primary key, payload bytea)`.execute(db)
  const mix = { count: payloads, medianBytes: payloadBytes, sizes: 'captured', at: new Date(0) } as const
  for (const [place, { eventId, body, encoding }] of makeEnvelopes(mix).entries()) {
    if (encoding) continue
    const [item] = splitEnvelope(body).items
    const wire = JSON.parse(item?.payload.toString('utf8') ?? '{}')
    const payload = encodePayload(
      { eventId, receivedAt: 0, sentAt: null, peer: null, userAgent: null, sdk: null },
      wire,
    )
    await sql`insert into bench_payloads values (${place}, ${payload})`.execute(db)
  }
}

/** What a search for events with a tag reads of the loudest keys. */
async function insertMarks(db: Database): Promise<void> {
  await sql`create unlogged table bench_marks (key text, value text, mark text, primary key (key, value))`.execute(
    db,
  )
  const { rows } = await sql<{ key: string; value: string }>`
    select distinct key, value from bench_events
    cross join lateral (values ('os', os), ('device', device), ('transaction', route)) tags (key, value)`.execute(
    db,
  )
  const marks = rows.map(({ key, value }) => ({ key, value, mark: tagMark([key, value]) }))
  await sql`insert into bench_marks select key, value, mark
    from jsonb_to_recordset(${JSON.stringify(marks)}::jsonb) as given (key text, value text, mark text)`.execute(
    db,
  )
}

async function storeEvents(run: Run): Promise<void> {
  await run(sql`
    insert into event_keys (project_id, event_id, issue_id, received_at, retention_days)
    select project_id, event_id, issue, at, ${retentionDays}::int from bench_events`)
  await run(sql`
    insert into events (project_id, issue_id, event_id, received_at, occurred_at, retention_days, level, platform,
      release, environment, user_key, title, payload, tag_marks)
    select project_id, issue, event_id, at, at - interval '1 second', ${retentionDays}::int, level, 'javascript',
      release, environment, user_key, 'CheckoutError' || issue % 97 || ': no seat left', payload,
      ' ' || o.mark || ' ' || d.mark || ' ' || t.mark || ' '
    from bench_events e
    join bench_marks o on o.key = 'os' and o.value = e.os
    join bench_marks d on d.key = 'device' and d.value = e.device
    join bench_marks t on t.key = 'transaction' and t.value = e.route
    join (
      select row_number() over (order by n) - 1 as place, count(*) over () as total, payload from bench_payloads
    ) p on p.place = e.n % p.total
    order by at`)
}

async function makeRollups(run: Run): Promise<void> {
  await run(sql`insert into issue_hours (issue_id, hour, events)
    select issue, date_trunc('hour', at), count(*) from bench_events group by 1, 2`)
  await run(sql`insert into project_hours (project_id, hour, level, events)
    select project_id, date_trunc('hour', at), level, count(*) from bench_events group by 1, 2, 3`)
  await run(sql`insert into level_hours (hour, level, part, events)
    select date_trunc('hour', at), level, n % 4, count(*) from bench_events group by 1, 2, 3`)
  await run(sql`insert into issue_users (issue_id, user_key)
    select distinct issue, user_key from bench_events`)
  await run(sql`
    insert into issue_environments (project_id, environment, issue_id, events, first_seen_at, last_seen_at)
    select project_id, environment, issue, count(*), min(at), max(at) from bench_events group by 1, 2, 3`)
  await run(sql`insert into issue_releases (issue_id, release, events, first_seen_at, last_seen_at)
    select issue, release, count(*), min(at), max(at) from bench_events group by 1, 2`)
  await run(sql`insert into issue_release_hours (issue_id, release, hour, events)
    select issue, release, date_trunc('hour', at), count(*) from bench_events
    where issue % 10 between 6 and 8 group by 1, 2, 3`)
  await run(
    sql`update issues set was_closed = true, fixed_in_release = 'shop@4.45.0+7' where status = 'resolved'`,
  )
  await run(sql`insert into releases (project_id, version, events, first_seen_at, last_seen_at)
    select project_id, release, count(*), min(at), max(at) from bench_events group by 1, 2`)
  await run(sql`insert into item_counts (project_id, hour, type, kept, count)
    select project_id, date_trunc('hour', at), 'event', true, count(*) from bench_events group by 1, 2`)
}

/** The loudest 200 values of a key; the rest is counted under ''. */
async function makeTags(run: Run): Promise<void> {
  await run(sql`
    insert into issue_tags (issue_id, key, value, events, last_seen_at)
    select issue, key, case when place <= 200 then value else '' end, sum(events), max(at)
    from (
      select issue, key, value, count(*) as events, max(at) as at,
        row_number() over (partition by issue, key order by count(*) desc, value) as place
      from bench_events cross join lateral (values ('level', level), ('environment', environment),
        ('release', release), ('user', user_key), ('os', os), ('device', device), ('transaction', route)) tags (key, value)
      group by issue, key, value
    ) counted
    group by 1, 2, 3`)
  await run(sql`insert into issue_tag_keys (issue_id, key, distinct_values)
    select issue_id, key, count(*) filter (where value <> '') from issue_tags group by 1, 2`)
  await run(sql`
    insert into project_tags (project_id, key, value, events)
    select project_id, key, value, events from (
      select project_id, key, value, count(*) as events,
        row_number() over (partition by project_id, key order by count(*) desc, value) as place
      from bench_events cross join lateral (values ('environment', environment), ('release', release), ('os', os),
        ('device', device), ('transaction', route)) tags (key, value)
      group by project_id, key, value
    ) counted where place <= 200`)
  await run(sql`
    insert into project_tag_keys (project_id, key, events, distinct_values)
    select project_id, key, sum(events), count(*) from project_tags group by 1, 2`)
}

/** What the loop did: every fourth issue was filed, those that are resolved were closed; of some it is news. */
async function makeHistory(run: Run, now: Date): Promise<void> {
  await run(sql`
    insert into issue_changes (issue_id, at, kind, actor, reason)
    select id, first_seen_at + step * interval '1 minute', kind, 'postern', 'Burst: 3 events within 5 minutes.'
    from issues, (values (1, 'detected'), (2, 'filed')) steps (step, kind) where episode = 1`)
  await run(sql`
    insert into alerts (project_id, issue_id, episode, rule, facts, created_at, run_at, attempts, done_at)
    select project_id, id, 1, rule, '{}', at, at, 1, at
    from issues cross join lateral (
      -- An evening that keeps somebody up: every sixtieth issue went off within the last twelve hours.
      select case when id % 60 = 0 then ${now}::timestamptz - id * interval '4.3 seconds' else first_seen_at end as at,
        case when id % 180 = 0 then 'fatal' when id % 300 = 0 then 'escalation' else 'burst' end as rule
    ) went_off where episode = 1`)
  await run(sql`
    insert into tracker_issues (project_id, issue_id, episode, repository, number, url, title, state, state_reason, filed_at,
      closed_at, tracker_updated_at)
    select project_id, id, 1, 'perron/app-' || project_id, id, 'https://github.com/perron/app/issues/' || id, title,
      case when status = 'resolved' then 'closed' else 'open' end,
      case when status = 'resolved' then 'completed' end, first_seen_at,
      case when status = 'resolved' then last_seen_at end, last_seen_at
    from issues where episode = 1`)
  await run(sql`
    insert into dead_letters (id, relay_url, project_id, received_at, died_at, step, error, facts, body)
    select md5('letter ' || n)::uuid, 'http://127.0.0.1:4100', 1, ${now}, ${now}, 'decode', 'Malformed envelope', '{}', 'x'
    from generate_series(1, 40) n`)
}
