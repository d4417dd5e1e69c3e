// What the API tests stand on: two projects, issues in every state, events with payloads, tokens.
import { randomUUID } from 'node:crypto'
import express, { type Express } from 'express'
import { createApi } from '../../../collector/api/app.ts'
import { createApiToken, seedApiToken } from '../../../collector/db/api-tokens.ts'
import type { Database } from '../../../collector/db/database.ts'
import { ensureInstallation } from '../../../collector/db/installation.ts'
import { createPartitions } from '../../../collector/db/partitions.ts'
import { createProject } from '../../../collector/db/projects.ts'
import type { IssueStatus } from '../../../collector/db/schema.ts'
import { encodePayload } from '../../../collector/db/stored-events.ts'
import type { JsonObject, Level } from '../../../collector/pipeline/event.ts'
import { createLog } from '../../../shared/log.ts'

export const now = new Date('2026-11-24T12:30:00Z')
export const adminToken = 'postern_test_token_0123456789abcdefghijkl'

const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000)

export type NewIssue = {
  readonly projectId: number
  readonly number: number
  readonly title: string
  readonly status?: IssueStatus
  readonly level?: Level
  readonly environment?: string
  /** Minutes since it was last seen; first seen is a day earlier. */
  readonly age: number
  readonly events?: number
  readonly users?: number
}

/** Inserts one issue with its environment, this hour's count and a tag. @returns its id */
export async function insertIssue(db: Database, issue: NewIssue): Promise<number> {
  const [type = null, ...rest] = issue.title.split(': ')
  const { id } = await db
    .insertInto('issues')
    .values({
      project_id: issue.projectId,
      number: issue.number,
      title: issue.title,
      title_type: type,
      title_value: rest.join(': '),
      culprit: 'checkout(cart.js)',
      level: issue.level ?? 'error',
      platform: 'javascript',
      handled: false,
      status: issue.status ?? 'unresolved',
      status_reason: 'first seen',
      status_at: minutesAgo(issue.age + 1440),
      first_seen_at: minutesAgo(issue.age + 1440),
      last_seen_at: minutesAgo(issue.age),
      last_occurred_at: minutesAgo(issue.age),
      event_count: issue.events ?? 1,
      user_count: issue.users ?? 0,
      first_release: 'web@1.0.0',
      last_release: 'web@1.2.0',
      first_event_id: randomUUID(),
      last_event_id: randomUUID(),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const environment = issue.environment ?? 'production'
  const seen = { events: 1, first_seen_at: now, last_seen_at: now }
  await db
    .insertInto('issue_environments')
    .values({ project_id: issue.projectId, environment, issue_id: id, ...seen })
    .execute()
  await db
    .insertInto('issue_hours')
    .values({ issue_id: id, hour: new Date('2026-11-24T12:00:00Z'), events: 7 })
    .execute()
  await db
    .insertInto('issue_tags')
    .values({ issue_id: id, key: 'os', value: 'iOS 17', events: 3, last_seen_at: now })
    .execute()
  return id
}

const wire: JsonObject = {
  platform: 'javascript',
  level: 'error',
  release: 'web@1.2.0',
  environment: 'production',
  tags: { feature: 'checkout' },
  user: { id: '42', email: 'eve@example.com' },
  contexts: { browser: { name: 'Firefox', version: '130' } },
  extra: { cart: 3 },
  sdk: { name: 'sentry.javascript.browser', version: '11.0.0' },
  request: { url: 'https://shop.example.com/pay', method: 'POST' },
  breadcrumbs: { values: [{ timestamp: 1795523390, category: 'click', message: 'Pay' }] },
  exception: {
    values: [
      {
        type: 'TypeError',
        value: 'cart is undefined',
        mechanism: { type: 'onerror', handled: false },
        stacktrace: {
          frames: [
            {
              function: 'pay',
              filename: 'cart.js',
              lineno: 12,
              colno: 5,
              in_app: true,
              context_line: 'cart.total()',
              pre_context: ['function pay() {'],
              post_context: ['}'],
            },
          ],
        },
      },
    ],
  },
}

/** Stores one event of an issue. @param eventId 32 hex digits */
export async function insertEvent(
  db: Database,
  event: { projectId: number; issueId: number; eventId: string; age: number },
): Promise<void> {
  const receivedAt = minutesAgo(event.age)
  const context = {
    eventId: event.eventId,
    receivedAt: receivedAt.getTime(),
    sentAt: null,
    peer: null,
    userAgent: null,
    sdk: null,
  }
  await createPartitions(db).ensure([{ receivedAt, retentionDays: 90 }])
  const key = {
    project_id: event.projectId,
    event_id: event.eventId,
    issue_id: event.issueId,
    received_at: receivedAt,
    retention_days: 90,
  }
  await db.insertInto('event_keys').values(key).execute()
  await db
    .insertInto('events')
    .values({
      ...key,
      occurred_at: receivedAt,
      level: 'error',
      platform: 'javascript',
      release: 'web@1.2.0',
      environment: 'production',
      user_key: 'id:42',
      title: 'TypeError: cart is undefined',
      payload: encodePayload(context, { ...wire, timestamp: receivedAt.getTime() / 1000 }),
    })
    .execute()
}

export type World = {
  readonly app: Express
  readonly web: number
  readonly ios: number
  /** Issues of `web` by what they are there for. */
  readonly issues: { readonly [name in 'cart' | 'fatal' | 'quiet' | 'done' | 'noise' | 'ios']: number }
  readonly readOnlyToken: string
}

export const eventIds = [1, 2, 3].map((digit) => String(digit).repeat(32))

/** Builds it all in a fresh database. @param url where clients reach the API */
export async function createWorld(db: Database, url = 'http://localhost:4200'): Promise<World> {
  await ensureInstallation(db, now)
  const web = (await createProject(db, { name: 'Shop web', slug: 'shop-web' }, now)).id
  const ios = (await createProject(db, { name: 'Shop iOS', slug: 'shop-ios' }, now)).id
  const issue = (number: number, title: string, more: Partial<NewIssue>) =>
    insertIssue(db, { projectId: web, number, title, age: number, ...more })
  const issues = {
    cart: await issue(1, 'TypeError: cart is undefined', { events: 12, users: 3 }),
    fatal: await issue(2, 'Crash: 100% of memory', { level: 'fatal', environment: 'staging', events: 900 }),
    quiet: await issue(3, 'RangeError: out of range', { status: 'resolving', events: 5, users: 5 }),
    done: await issue(4, 'Error: solved', { status: 'resolved' }),
    noise: await issue(5, 'Error: extension', { status: 'ignored' }),
    ios: await insertIssue(db, { projectId: ios, number: 1, title: 'NSException: nil', age: 1 }),
  }
  for (const [index, eventId] of eventIds.entries()) {
    await insertEvent(db, { projectId: web, issueId: issues.cart, eventId, age: 10 - index })
  }
  await seedApiToken(db, adminToken, now)
  const scopes = ['org:read', 'project:read', 'event:read'] as const
  const { token } = await createApiToken(db, { name: 'dashboards', scopes }, now)
  const app = express()
  const config = { org: 'acme', url, relayUrl: 'https://in.example.com' }
  app.use('/api/0', createApi({ db, now: () => now, config, log: createLog('test', 'silent') }))
  return { app, web, ios, issues, readOnlyToken: token }
}
