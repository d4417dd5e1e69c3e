// A small world for the tracker's steps: a project, a stand-in for GitHub, and a clock that tests own. The
// database is emptied first; several worlds follow each other in one.
import { type Kysely, sql } from 'kysely'
import { insertAlerts } from '../../../collector/db/alerts.ts'
import { ownActor } from '../../../collector/db/audit-log.ts'
import type { Database } from '../../../collector/db/database.ts'
import { saveFilingSettings } from '../../../collector/db/filing-settings.ts'
import { ensureInstallation } from '../../../collector/db/installation.ts'
import { readProjectSettings } from '../../../collector/db/kept-settings.ts'
import { createProject } from '../../../collector/db/projects.ts'
import type { AlertRule, DB } from '../../../collector/db/schema.ts'
import { encodePayload } from '../../../collector/db/stored-events.ts'
import type { JsonObject } from '../../../collector/pipeline/event.ts'
import { createCheckTicketStep } from '../../../collector/trackers/check-ticket.ts'
import { createCommentProgressStep } from '../../../collector/trackers/comment-progress.ts'
import { createFileIssueStep } from '../../../collector/trackers/file-issue.ts'
import { createFileUmbrellaStep } from '../../../collector/trackers/file-umbrella.ts'
import { type FilingSettings, filingSubject } from '../../../collector/trackers/filing-settings.ts'
import { createGithubTracker } from '../../../collector/trackers/github.ts'
import { createPollResolutionStep } from '../../../collector/trackers/poll-resolution.ts'
import { createQuietStep } from '../../../collector/trackers/quiet.ts'
import type { Tracker } from '../../../collector/trackers/tracker.ts'
import { createLog } from '../../../shared/log.ts'
import { startGithub } from '../../support/github/start-github.ts'

const log = createLog('test', 'silent')
export const quietMs = 10 * 60_000
export const pollMs = 30_000

async function empty(db: Kysely<DB>): Promise<void> {
  await sql`truncate projects, storms, tracker_creates, issue_tags, project_keys, relays, issues,
    issue_changes, alerts, tracker_issues,
    tracker_repositories, event_keys, events, issue_recurrences, issue_releases, releases,
    release_lines, release_advances, deaf_spans, relay_outcomes restart identity cascade`.execute(db)
}

export type TrackerWorld = Awaited<ReturnType<typeof createTrackerWorld>>

export async function createTrackerWorld(db: Database, options: { repository?: string | null } = {}) {
  await empty(db)
  let time = Date.parse('2026-11-24T03:00:00Z')
  const now = () => new Date(time)
  const github = await startGithub({ now, repositories: ['acme/shop', 'acme/other'] })
  const installation = await ensureInstallation(db, now())
  const repository = options.repository === undefined ? 'acme/shop' : options.repository
  const project = await createProject(db, { name: 'Shop', slug: 'shop', repository }, now())
  const trackers: Tracker[] = []

  function createTracker(token = github.token, requestTimeoutMs = 10_000): Tracker {
    const credentials = { kind: 'token', token } as const
    const tracker = createGithubTracker({ baseUrl: github.url, credentials, now, requestTimeoutMs })
    trackers.push(tracker)
    return tracker
  }
  const tracker = createTracker()

  return {
    db,
    now,
    github,
    installation,
    project,
    tracker,
    createTracker,
    advance(ms: number): void {
      time += ms
    },

    fileStep(
      worker: string,
      own: Tracker | null = tracker,
      defaultRepository: string | null = null,
      clock = now,
    ) {
      return createFileIssueStep({
        db,
        tracker: own,
        now: clock,
        log,
        installation,
        worker,
        random: () => 0.5,
        config: {
          repository: defaultRepository,
          issueUrl: ({ id }) => `http://postern.example/issues/${id}`,
        },
      })
    },
    pollStep(worker: string, own: Tracker | null = tracker) {
      return createPollResolutionStep({
        db,
        tracker: own,
        now,
        log,
        installation,
        worker,
        config: { pollMs, quietMs },
      })
    },
    checkStep(own: Tracker | null = tracker) {
      return createCheckTicketStep({ db, tracker: own, now, log, config: { quietMs } })
    },
    umbrellaStep(worker: string, own: Tracker | null = tracker) {
      return createFileUmbrellaStep({
        db,
        tracker: own,
        now,
        log,
        installation,
        worker,
        random: () => 0.5,
        config: {
          repository: null,
          issueUrl: ({ id }) => `http://postern.example/issues/${id}`,
          issuesUrl: (slug) => `http://postern.example/issues?project=${slug}`,
        },
      })
    },
    progressStep() {
      return createCommentProgressStep({
        db,
        tracker,
        now,
        log,
        config: { issueUrl: ({ id }) => `http://postern.example/issues/${id}` },
      })
    },
    /** Changes how the project is filed, as its settings page does. */
    async setFiling(change: Partial<FilingSettings>): Promise<void> {
      const before = await readProjectSettings(db, project.id, filingSubject)
      await saveFilingSettings(db, project.id, { ...before, ...change }, ownActor, now())
    },
    quietStep() {
      return createQuietStep({ db, now, log, config: { quietMs } })
    },

    /** An issue in its first episode. */
    async addIssue(fields: { title?: string; culprit?: string; episode?: number } = {}): Promise<number> {
      const { next_issue_number } = await db
        .updateTable('projects')
        .set((eb) => ({ next_issue_number: eb('next_issue_number', '+', 1) }))
        .where('id', '=', project.id)
        .returning('next_issue_number')
        .executeTakeFirstOrThrow()
      const title = fields.title ?? 'TypeError: cart is undefined'
      const row = await db
        .insertInto('issues')
        .values({
          project_id: project.id,
          number: next_issue_number,
          title,
          title_type: null,
          title_value: title,
          culprit: fields.culprit ?? 'checkout.js in pay',
          level: 'error',
          platform: 'javascript',
          handled: false,
          status_reason: 'Burst.',
          status_at: now(),
          first_seen_at: now(),
          last_seen_at: now(),
          last_occurred_at: now(),
          event_count: 1_234,
          user_count: 56,
          first_release: null,
          last_release: null,
          first_event_id: crypto.randomUUID(),
          last_event_id: crypto.randomUUID(),
          episode: fields.episode ?? 1,
          in_episode: true,
          closed_at: null,
          resolved_at: null,
          fixed_in_release: null,
          last_filed_at: null,
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      return row.id
    },

    async addAlert(
      issueId: number,
      fields: { episode?: number; rule?: AlertRule; facts?: Record<string, unknown> } = {},
    ): Promise<void> {
      const { episode = 1, rule = 'burst', facts = { events: 3, windowMinutes: 5 } } = fields
      await insertAlerts(db, [{ projectId: project.id, issueId, episode, rule, facts, at: now() }])
    },

    /**
     * A stored event.
     * @param fields.wire as the SDK sent it
     * @returns its id, 32 hex digits
     */
    async addEvent(
      issueId: number,
      occurredAt: Date,
      fields: { release?: string; wire?: JsonObject } = {},
    ): Promise<string> {
      await sql`create table if not exists events_90 partition of events for values in (90)
        partition by range (received_at)`.execute(db)
      await sql`create table if not exists events_90_all partition of events_90 default`.execute(db)
      const eventId = crypto.randomUUID().replaceAll('-', '')
      const key = {
        project_id: project.id,
        issue_id: issueId,
        event_id: eventId,
        received_at: occurredAt,
        retention_days: 90,
      }
      const receivedAt = occurredAt.getTime()
      const context = { eventId, receivedAt, sentAt: null, peer: null, userAgent: null, sdk: null }
      await db.insertInto('event_keys').values(key).execute()
      await db
        .insertInto('events')
        .values({
          ...key,
          occurred_at: occurredAt,
          level: 'error',
          platform: 'javascript',
          release: fields.release ?? null,
          environment: 'production',
          user_key: null,
          title: 'TypeError',
          payload: encodePayload(context, fields.wire ?? {}),
        })
        .execute()
      const seen = { release: fields.release ?? '', platform: 'javascript' }
      await db
        .insertInto('issue_recurrences')
        .values({ issue_id: issueId, ...seen, occurred_at: occurredAt, event_id: eventId })
        .onConflict((conflict) =>
          conflict
            .columns(['issue_id', 'release', 'platform'])
            .doUpdateSet({ occurred_at: occurredAt, event_id: eventId }),
        )
        .execute()
      await db
        .updateTable('issues')
        .set({ last_occurred_at: occurredAt, last_seen_at: occurredAt, last_event_id: eventId })
        .where('id', '=', issueId)
        .execute()
      return eventId
    },

    /** What a relay last said; null: it was never heard. */
    async hear(url: string, watermarkAt: Date | null): Promise<void> {
      await db
        .insertInto('relays')
        .values({ url, watermark_at: watermarkAt })
        .onConflict((conflict) => conflict.column('url').doUpdateSet({ watermark_at: watermarkAt }))
        .execute()
    },

    getAlert: (issueId: number) =>
      db.selectFrom('alerts').selectAll().where('issue_id', '=', issueId).executeTakeFirstOrThrow(),
    getIssue: (issueId: number) =>
      db.selectFrom('issues').selectAll().where('id', '=', issueId).executeTakeFirstOrThrow(),
    listFiled: () => db.selectFrom('tracker_issues').selectAll().orderBy('id').execute(),

    /** Kinds of an issue's timeline, oldest first. */
    async timeline(issueId: number): Promise<string[]> {
      const rows = await db
        .selectFrom('issue_changes')
        .select('kind')
        .where('issue_id', '=', issueId)
        .orderBy('id')
        .execute()
      return rows.map((row) => row.kind)
    },

    /** Runs a step, letting time pass while it finds nothing, until the alert is done or `forMs` are over. */
    async runUntilFiled(step: () => Promise<boolean>, issueId: number, forMs = 10 * 60_000): Promise<void> {
      for (const end = time + forMs; time < end; ) {
        if (await step()) {
          const alert = await this.getAlert(issueId)
          if (alert.done_at) return
        } else time += 5_000
      }
    },

    async close(): Promise<void> {
      await Promise.all(trackers.map((one) => one.close()))
      await github.close()
    },
  }
}
