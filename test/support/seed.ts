// Rows as the collector would have left them, written straight into a database: for the tests of pages and
// the storybook, which need issues in every state without running the loop. Four scenes: empty, typical,
// overfull, hostile. All data are invented.
import { createHash } from 'node:crypto'
import type { Database } from '../../collector/db/database.ts'
import type { IssueChangeKind } from '../../collector/db/issue-changes.ts'
import { createPartitions } from '../../collector/db/partitions.ts'
import type { Project } from '../../collector/db/projects.ts'
import type { AlertRule, IssueStatus } from '../../collector/db/schema.ts'
import { dayOf } from '../../collector/db/store-days.ts'
import { encodePayload } from '../../collector/db/stored-events.ts'
import type { JsonObject, Level } from '../../collector/pipeline/event.ts'
import { normalise } from '../../collector/pipeline/normalise.ts'
import { tagMarks } from '../../collector/pipeline/tag-marks.ts'
import type { Outcome } from '../../shared/handover.ts'

/** Minutes of a day. */
export const day = 24 * 60

/** The moment at which the scenes play. */
export const seedNow = new Date('2026-11-18T03:08:00.000Z')

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** `seedNow` minus so many minutes. */
export function minutesAgo(minutes: number): Date {
  return new Date(seedNow.getTime() - minutes * minuteMs)
}

/** 32 hex digits that follow from a name. */
export function seededId(name: string): string {
  return createHash('md5').update(name).digest('hex')
}

export type SeededEvent = {
  readonly level?: Level
  readonly title?: string
  readonly userKey?: string
  readonly wire: JsonObject
  readonly minutesAgo: number
  readonly attachments?: readonly { filename: string; contentType: string | null; body: Buffer }[]
  readonly feedback?: readonly { name: string | null; email: string | null; message: string }[]
}

export type SeededIssue = {
  readonly type: string | null
  readonly value: string
  readonly culprit?: string
  readonly level?: Level
  readonly platform?: string
  readonly status?: IssueStatus
  readonly statusReason?: string
  readonly statusMinutesAgo?: number
  readonly firstMinutesAgo?: number
  readonly lastMinutesAgo?: number
  readonly events?: number
  readonly users?: number
  readonly firstRelease?: string | null
  readonly lastRelease?: string | null
  readonly fixedInRelease?: string | null
  /** When its last release was first received; else with the issue. */
  readonly releasedMinutesAgo?: number
  readonly closedMinutesAgo?: number
  readonly regressions?: number
  readonly burstWindow?: readonly number[]
  readonly environments?: readonly string[]
  /** Events of each hour, the running one last. */
  readonly hours?: readonly number[]
  readonly tags?: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Per cent of the project's events that have a value; once a key and project. */
  readonly usual?: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Current episode's alert. */
  readonly alert?: {
    rule: AlertRule
    minutesAgo: number
    error?: string
    permanent?: boolean
    stormId?: number
  }
  /** Tracker issues, one an episode, the newest last; its episode is the current one. */
  readonly trackerIssues?: readonly {
    number: number
    minutesAgo: number
    closedBy?: string
    title?: string
    url?: string
    labels?: readonly string[]
  }[]
  readonly changes?: readonly {
    kind: IssueChangeKind
    minutesAgo: number
    reason: string
    actor?: string
    facts?: object
  }[]
  /** Events of each hour by release, the running one last; counted from the first close on. */
  readonly releaseHours?: Readonly<Record<string, readonly number[]>>
  readonly stored?: readonly SeededEvent[]
  /** How many payloads the page says are kept; else those that are stored. */
  readonly kept?: number
}

/** Writes one issue with all that belongs to it. @returns its id */
export async function seedIssue(db: Database, project: Project, issue: SeededIssue): Promise<number> {
  const { number } = await db
    .updateTable('projects')
    .set((eb) => ({
      next_issue_number: eb('next_issue_number', '+', 1),
      last_event_at: minutesAgo(issue.lastMinutesAgo ?? 1),
    }))
    .where('id', '=', project.id)
    .returning((eb) => eb('next_issue_number', '-', 1).as('number'))
    .executeTakeFirstOrThrow()
  const first = minutesAgo(issue.firstMinutesAgo ?? 600)
  const last = minutesAgo(issue.lastMinutesAgo ?? 1)
  const title = issue.type === null ? issue.value : `${issue.type}: ${issue.value}`
  const episode = issue.alert
    ? Math.max(1, issue.trackerIssues?.length ?? 1)
    : (issue.trackerIssues?.length ?? 0)
  const status = issue.status ?? 'unresolved'
  const isRegressed = issue.alert?.rule === 'regression' || issue.alert?.rule === 'escalation'
  const isTrouble = status === 'unresolved' || status === 'resolving'
  const eventIds = (issue.stored ?? []).map((_, index) => seededId(`${project.slug} ${number} ${index}`))
  const nobody = seededId(`${project.slug} ${number} nobody`)
  const { id } = await db
    .insertInto('issues')
    .values({
      project_id: project.id,
      number,
      title,
      title_type: issue.type,
      title_value: issue.value,
      culprit: issue.culprit ?? '',
      level: issue.level ?? 'error',
      platform: issue.platform ?? 'javascript',
      handled: false,
      status,
      status_reason: issue.statusReason ?? 'First seen.',
      status_at: minutesAgo(issue.statusMinutesAgo ?? issue.firstMinutesAgo ?? 600),
      first_seen_at: first,
      last_seen_at: last,
      last_occurred_at: last,
      event_count: issue.events ?? 1,
      user_count: issue.users ?? 0,
      first_release: issue.firstRelease ?? issue.lastRelease ?? null,
      last_release: issue.lastRelease ?? null,
      first_event_id: eventIds[0] ?? nobody,
      last_event_id: eventIds.at(-1) ?? nobody,
      episode,
      in_episode: isTrouble && issue.alert !== undefined,
      regressions: issue.regressions ?? (isRegressed ? 1 : 0),
      burst_window: JSON.stringify(issue.burstWindow ?? []),
      closed_at: issue.closedMinutesAgo === undefined ? null : minutesAgo(issue.closedMinutesAgo),
      resolved_at: status === 'resolved' ? minutesAgo(issue.statusMinutesAgo ?? 0) : null,
      fixed_in_release: issue.fixedInRelease ?? null,
      last_filed_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await seedRollups(db, project, id, issue)
  await seedLoop(db, project, id, episode, issue)
  const defaults = { title, level: issue.level ?? 'error', release: issue.lastRelease ?? null }
  await seedEvents(db, project, id, eventIds, issue.stored ?? [], defaults)
  const kept = issue.kept ?? eventIds.length
  if (kept > 0) {
    const day = dayOf(last).toISOString().slice(0, 10)
    await db.insertInto('issue_payloads').values({ issue_id: id, day, retention_days: 90, kept }).execute()
  }
  return id
}

async function seedRollups(db: Database, project: Project, id: number, issue: SeededIssue): Promise<void> {
  const thisHour = Math.floor(seedNow.getTime() / hourMs) * hourMs
  const hours = issue.hours ?? []
  const level = issue.level ?? 'error'
  for (const [index, events] of hours.entries()) {
    const hour = new Date(thisHour - (hours.length - 1 - index) * hourMs)
    if (events === 0) continue
    await db.insertInto('issue_hours').values({ issue_id: id, hour, events }).execute()
    await db
      .insertInto('project_hours')
      .values({ project_id: project.id, hour, level, events })
      .onConflict((conflict) =>
        conflict
          .columns(['project_id', 'hour', 'level'])
          .doUpdateSet((eb) => ({ events: eb('project_hours.events', '+', events) })),
      )
      .execute()
    await db
      .insertInto('level_hours')
      .values({ hour, level, part: 0, events })
      .onConflict((conflict) =>
        conflict
          .columns(['hour', 'level', 'part'])
          .doUpdateSet((eb) => ({ events: eb('level_hours.events', '+', events) })),
      )
      .execute()
  }
  for (const [release, events] of Object.entries(issue.releaseHours ?? {})) {
    const rows = events.flatMap((count, index) => {
      const hour = new Date(thisHour - (events.length - 1 - index) * hourMs)
      return count > 0 ? [{ issue_id: id, hour, release, events: count }] : []
    })
    await db.insertInto('issue_release_hours').values(rows).execute()
  }
  const seen = {
    first_seen_at: minutesAgo(issue.firstMinutesAgo ?? 600),
    last_seen_at: minutesAgo(issue.lastMinutesAgo ?? 1),
  }
  for (const environment of issue.environments ?? ['production']) {
    const row = { project_id: project.id, environment, issue_id: id, events: issue.events ?? 1, ...seen }
    await db.insertInto('issue_environments').values(row).execute()
  }
  const releases = new Set([
    ...Object.keys(issue.tags?.release ?? {}),
    ...Object.keys(issue.releaseHours ?? {}),
    ...(issue.stored ?? []).map(({ wire }) => wire.release).filter((release) => typeof release === 'string'),
    ...(issue.lastRelease ? [issue.lastRelease] : []),
  ])
  for (const release of releases) {
    const events = issue.tags?.release?.[release] ?? issue.events ?? 1
    await db
      .insertInto('issue_releases')
      .values({ issue_id: id, release, events, ...seen })
      .execute()
  }
  if (issue.lastRelease) {
    await db
      .insertInto('releases')
      .values({
        project_id: project.id,
        version: issue.lastRelease,
        events: issue.events ?? 1,
        users: issue.users ?? 0,
        ...seen,
        ...(issue.releasedMinutesAgo === undefined
          ? {}
          : { first_seen_at: minutesAgo(issue.releasedMinutesAgo) }),
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
  await seedDays(db, project, issue)
  const tags = Object.entries(issue.tags ?? {}).flatMap(([key, values]) =>
    Object.entries(values).map(([value, events]) => ({
      issue_id: id,
      key,
      value,
      events,
      last_seen_at: seen.last_seen_at,
    })),
  )
  if (tags.length > 0) await db.insertInto('issue_tags').values(tags).execute()
  await seedProjectTags(db, project, issue)
}

/** What share of the project's events has each value. */
async function seedProjectTags(db: Database, project: Project, issue: SeededIssue): Promise<void> {
  for (const [key, values] of Object.entries(issue.tags ?? {})) {
    const sum = Object.values(values).reduce((total, events) => total + events, 0)
    const usual = Object.entries(issue.usual?.[key] ?? {}).map(([value, percent]) => ({
      project_id: project.id,
      key,
      value,
      events: Math.round(sum * percent),
    }))
    if (usual.length === 0) continue
    await db.insertInto('project_tags').values(usual).execute()
    await db
      .insertInto('project_tag_keys')
      .values({ project_id: project.id, key, events: sum * 100, distinct_values: usual.length })
      .execute()
  }
}

/** Counts by day and by hour of a release, as the issue's hours have them. */
async function seedDays(db: Database, project: Project, issue: SeededIssue): Promise<void> {
  const hours = issue.hours ?? []
  const thisHour = Math.floor(seedNow.getTime() / hourMs) * hourMs
  const isCrash = issue.level === 'fatal'
  for (const [index, events] of hours.entries()) {
    if (events === 0) continue
    const hour = new Date(thisHour - (hours.length - 1 - index) * hourMs)
    const counts = { events, crashes: isCrash ? events : Math.round(events / 9) }
    if (issue.lastRelease) {
      await db
        .insertInto('release_hours')
        .values({ project_id: project.id, version: issue.lastRelease, hour, ...counts })
        .onConflict((conflict) =>
          conflict
            .columns(['project_id', 'version', 'hour'])
            .doUpdateSet((eb) => ({ events: eb('release_hours.events', '+', events) })),
        )
        .execute()
    }
    await db
      .insertInto('project_days')
      .values({
        project_id: project.id,
        day: dayOf(hour),
        ...counts,
        users: Math.round((issue.users ?? 0) / hours.length),
      })
      .onConflict((conflict) =>
        conflict.columns(['project_id', 'day']).doUpdateSet((eb) => ({
          events: eb('project_days.events', '+', events),
          crashes: eb('project_days.crashes', '+', counts.crashes),
          users: eb('project_days.users', '+', Math.round((issue.users ?? 0) / hours.length)),
        })),
      )
      .execute()
  }
  // The week before, so that a trend has something to be one of.
  const before = new Date(dayOf(seedNow).getTime() - 9 * 24 * hourMs)
  const sum = hours.reduce((total, events) => total + events, 0)
  if (sum > 0) {
    await db
      .insertInto('project_days')
      .values({
        project_id: project.id,
        day: before,
        events: sum,
        crashes: Math.round(sum / 8),
        users: issue.users ?? 0,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
}

/** A storm with its umbrella, which began so long ago. @returns its id, for the alerts of its issues */
export async function seedStorm(
  db: Database,
  project: Project,
  storm: { readonly minutesAgo: number; readonly number?: number },
): Promise<number> {
  const at = minutesAgo(storm.minutesAgo)
  const { id } = await db
    .insertInto('storms')
    .values({
      project_id: project.id,
      started_at: at,
      last_alert_at: at,
      repository: storm.number === undefined ? null : 'perron/rider',
      number: storm.number ?? null,
      url: storm.number === undefined ? null : `https://github.com/perron/rider/issues/${storm.number}`,
      filed_at: storm.number === undefined ? null : at,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

async function seedLoop(
  db: Database,
  project: Project,
  id: number,
  episode: number,
  issue: SeededIssue,
): Promise<void> {
  const trackerIssues = issue.trackerIssues ?? []
  for (const [index, tracker] of trackerIssues.entries()) {
    await db
      .insertInto('tracker_issues')
      .values({
        project_id: project.id,
        issue_id: id,
        episode: index + 1,
        repository: project.repository ?? 'perron/rider',
        number: tracker.number,
        url:
          tracker.url ??
          `https://github.com/${project.repository ?? 'perron/rider'}/issues/${tracker.number}`,
        title: tracker.title ?? (issue.type === null ? issue.value : `${issue.type}: ${issue.value}`),
        state: tracker.closedBy ? 'closed' : 'open',
        state_reason: tracker.closedBy ? 'completed' : null,
        assignee: tracker.closedBy ? null : 'aiko',
        labels: JSON.stringify(tracker.labels ?? []),
        filed_at: minutesAgo(tracker.minutesAgo),
        closed_at: tracker.closedBy ? minutesAgo(issue.closedMinutesAgo ?? 0) : null,
        closed_by: tracker.closedBy ?? null,
        tracker_updated_at: minutesAgo(tracker.minutesAgo),
      })
      .execute()
  }
  if (issue.alert) {
    const { rule, error, permanent, stormId } = issue.alert
    const at = minutesAgo(issue.alert.minutesAgo)
    await db
      .insertInto('alerts')
      .values({
        project_id: project.id,
        issue_id: id,
        episode,
        rule,
        storm_id: stormId ?? null,
        facts: '{}',
        created_at: at,
        run_at: new Date(seedNow.getTime() + 5 * minuteMs),
        attempts: 1,
        error: error ?? null,
        error_at: error ? minutesAgo(2) : null,
        permanent: permanent ?? false,
        done_at: error ? null : at,
      })
      .execute()
  }
  for (const change of issue.changes ?? []) {
    await db
      .insertInto('issue_changes')
      .values({
        issue_id: id,
        at: minutesAgo(change.minutesAgo),
        kind: change.kind,
        actor: change.actor ?? 'postern',
        reason: change.reason,
        facts: JSON.stringify(change.facts ?? {}),
      })
      .execute()
  }
}

async function seedEvents(
  db: Database,
  project: Project,
  issueId: number,
  eventIds: readonly string[],
  stored: readonly SeededEvent[],
  defaults: { readonly title: string; readonly level: Level; readonly release: string | null },
): Promise<void> {
  const retentionDays = 90
  const partitions = createPartitions(db)
  await partitions.ensure(
    stored.map((event) => ({ receivedAt: minutesAgo(event.minutesAgo), retentionDays })),
  )
  for (const [index, event] of stored.entries()) {
    const eventId = eventIds[index] as string
    const receivedAt = minutesAgo(event.minutesAgo)
    const occurredAt = new Date(receivedAt.getTime() - 1_400)
    const wire = { ...event.wire, event_id: eventId, timestamp: occurredAt.getTime() / 1000 }
    const context = {
      eventId,
      receivedAt: receivedAt.getTime(),
      sentAt: null,
      peer: null,
      userAgent: null,
      sdk: null,
    }
    const key = { project_id: project.id, event_id: eventId, issue_id: issueId, received_at: receivedAt }
    await db
      .insertInto('event_keys')
      .values({ ...key, retention_days: retentionDays })
      .execute()
    await db
      .insertInto('events')
      .values({
        ...key,
        occurred_at: occurredAt,
        retention_days: retentionDays,
        level: event.level ?? defaults.level,
        platform: 'javascript',
        release: typeof event.wire.release === 'string' ? event.wire.release : defaults.release,
        environment: 'production',
        user_key: event.userKey ?? null,
        title: event.title ?? defaults.title,
        tag_marks: tagMarks(normalise(wire, context).tags),
        payload: encodePayload(context, wire),
      })
      .execute()
    for (const [place, attachment] of (event.attachments ?? []).entries()) {
      await db
        .insertInto('attachments')
        .values({
          id: seededId(`${eventId} ${place}`),
          project_id: project.id,
          event_id: eventId,
          received_at: receivedAt,
          filename: attachment.filename,
          content_type: attachment.contentType,
          attachment_type: 'event.attachment',
          size_bytes: attachment.body.length,
          body: attachment.body,
        })
        .execute()
    }
    for (const feedback of event.feedback ?? []) {
      await db
        .insertInto('feedback')
        .values({
          ...feedback,
          project_id: project.id,
          event_id: eventId,
          received_at: receivedAt,
          url: null,
        })
        .execute()
    }
  }
}

/** A relay that answers, or, with an error, one that doesn't. */
export async function seedRelay(db: Database, url: string, error: string | null = null): Promise<void> {
  await db
    .insertInto('relays')
    .values({
      url,
      answered_at: minutesAgo(error ? 38 : 0),
      failed_at: error ? minutesAgo(0.1) : null,
      error,
      watermark_at: minutesAgo(error ? 38.7 : 0.02),
      backlog_envelopes: 3,
      backlog_bytes: 18_312,
      oldest_at: minutesAgo(0.01),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** How requests to a relay ended within the last hours. */
export async function seedOutcomes(
  db: Database,
  counts: Readonly<Partial<Record<Outcome, number>>>,
): Promise<void> {
  const rows = Object.entries(counts).map(([outcome, count]) => ({
    spool: seededId('spool'),
    project_id: 1,
    outcome,
    hour: minutesAgo(120),
    count,
  }))
  await db.insertInto('relay_outcomes').values(rows).execute()
}

/** What a project's apps said that they dropped, in an hour of this night. */
export async function seedDiscards(
  db: Database,
  projectId: number,
  kinds: readonly (readonly [reason: string, category: string, count: number])[],
): Promise<void> {
  const hour = new Date('2026-11-18T02:00:00.000Z')
  await db
    .insertInto('client_discards')
    .values(
      kinds.map(([reason, category, count]) => ({ project_id: projectId, hour, reason, category, count })),
    )
    .execute()
}

export async function seedDeadLetter(
  db: Database,
  projectId: number,
  name: string,
  error: string,
): Promise<void> {
  await db
    .insertInto('dead_letters')
    .values({
      id: seededId(name),
      relay_url: 'https://relay-ams.perron.example',
      project_id: projectId,
      received_at: minutesAgo(8),
      died_at: minutesAgo(7),
      step: 'decode',
      error,
      facts: '{}',
      body: Buffer.from('x'.repeat(8_812)),
    })
    .execute()
}

/** A day of events that rises towards now. */
export function risingHours(top: number): number[] {
  return Array.from({ length: 24 }, (_, index) => Math.round(top * ((index + 1) / 24) ** 3))
}
