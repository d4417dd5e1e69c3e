// The world of one story: a project, a fleet of phones, relays, GitHub with people, and collectors that run the
// real code on one real database. Nothing moves by itself; the story says what happens next.
import type { PGlite } from '@electric-sql/pglite'
import { PGliteDialect } from 'kysely'
import type { Database } from '../../collector/db/database.ts'
import { ensureInstallation } from '../../collector/db/installation.ts'
import { createProject } from '../../collector/db/projects.ts'
import { createDigest } from '../../collector/digest.ts'
import { createPollStep } from '../../collector/poll.ts'
import { createSlowBurnStep } from '../../collector/slow-burn.ts'
import { createStepsWith } from '../../collector/trackers/steps.ts'
import { createLog } from '../../shared/log.ts'
import { createClock } from './clock.ts'
import { createFleet, type Naming, namings, type Phone, type Sent, writeEnvelope } from './fleet.ts'
import { createLife, Killed, type Life, openMortal } from './life.ts'
import { createModelGithub } from './model-github.ts'
import { createModelRelay } from './model-relay.ts'
import { createRandom } from './random.ts'

export const repository = 'acme/shop'
export const quietMs = 10 * 60_000
const startMs = Date.parse('2026-11-02T08:00:00Z')
const log = createLog('test', 'silent')

/** A store that many worlds use one after the other. */
export type Store = { readonly db: Database; readonly pglite: PGlite }

export type Collector = {
  readonly name: string
  readonly life: Life
  readonly steps: readonly { readonly name: string; readonly step: () => Promise<boolean> }[]
}

/** What a story writes to, children first. Deleting is quicker here than truncating seventy tables. */
const written = [
  'tracker_actions',
  'tracker_creates',
  'tracker_issues',
  'tracker_repositories',
  'alerts',
  'storms',
  'issue_changes',
  'issue_recurrences',
  'issue_hashes',
  'issue_hours',
  'issue_users',
  'issue_environments',
  'issue_releases',
  'issue_tag_keys',
  'issue_tags',
  'events',
  'event_keys',
  'received_envelopes',
  'issues',
  'releases',
  'release_lines',
  'release_advances',
  'deaf_spans',
  'relay_outcomes',
  'relays',
  'item_counts',
  'project_hours',
  'level_hours',
  'project_keys',
  'projects',
] as const

async function empty(db: Database): Promise<void> {
  for (const table of written) await db.deleteFrom(table).execute()
}

export type World = Awaited<ReturnType<typeof createWorld>>

/** What chance decides unless a scenario says it. */
export type Given = {
  readonly naming?: Naming
  readonly bugs?: number
  readonly relays?: number
  readonly phones?: number
  readonly budgetPerHour?: number
  /** Of the project; what is left out has its default. */
  readonly resolution?: object
}

export async function createWorld(store: Store, seed: number, given: Given = {}) {
  const random = createRandom(seed)
  const clock = createClock(startMs)
  const now = () => new Date(clock.now())
  const { db } = store
  await empty(db)
  const installation = await ensureInstallation(db, now())
  const project = await createProject(db, { name: 'Shop', slug: 'shop', repository }, now())
  const budgetPerHour = given.budgetPerHour ?? random.pick([1, 2, 20])
  const resolution = given.resolution ?? {
    onBrokenQuiet: random.pick(['reopen', 'reopen', 'comment'] as const),
    reopenWithinHours: random.pick([0, 0, 48]),
    mirror: { resolve: random.chance(0.5), ignore: random.chance(0.5) },
  }
  await db
    .updateTable('projects')
    .set({ settings: JSON.stringify({ filing: { budgetPerHour }, resolution }) })
    .execute()

  const naming: Naming = given.naming ?? random.pick(namings)
  const bugs = given.bugs ?? random.between(1, 2)
  const relays = Array.from({ length: given.relays ?? random.between(1, 2) }, (_, index) =>
    createModelRelay(`https://relay-${index}.example`, project.id, clock.now, random),
  )
  await db
    .insertInto('relays')
    .values(relays.map(({ url }) => ({ url })))
    .execute()
  const fleet = createFleet(random, naming, given.phones ?? random.between(3, 7), relays.length, bugs)
  const github = createModelGithub(clock, random)
  const story: string[] = []
  let collectors = 0
  let failure: unknown
  let isTouched = true

  function tell(line: string): void {
    story.push(`${now().toISOString().slice(5, 19)} ${line}`)
  }

  function startCollector(): Collector {
    const life = createLife()
    const name = `collector ${++collectors}`
    const own = openMortal(new PGliteDialect({ pglite: store.pglite }), life)
    const digest = createDigest({ db: own, now, log })
    const polls = relays.map((relay) => ({
      name: `poll ${relay.url}`,
      step: createPollStep({ db: own, relay: relay.client(life), digest, now, log, waitSeconds: 0 }),
    }))
    const signal = new AbortController().signal
    const slowBurn = createSlowBurnStep({ db: own, now, log })
    const config = {
      github: { credentials: null, apiUrl: '', repository: null },
      url: 'https://postern.example',
      trackerPollSeconds: 30,
      quietMinutes: quietMs / 60_000,
    }
    const steps = createStepsWith(github.client(life), {
      db: own,
      now,
      log,
      installation,
      config,
      random: random.next,
    })
    return {
      name,
      life,
      steps: [
        ...polls.map(({ name: of, step }) => ({ name: of, step: () => step(signal) })),
        { name: 'slow burn', step: () => slowBurn(signal) },
        ...steps,
      ],
    }
  }

  /** Runs one step until it ends or waits inside a request. What a loop survives, it survives here. */
  async function run(collector: Collector, name: string): Promise<boolean> {
    const step = collector.steps.find((one) => one.name === name)
    if (!step || collector.life.isOver) return false
    let found = false
    const wasOver = collector.life.isOver
    await clock.run(async () => {
      try {
        found = await step.step()
      } catch (error) {
        if (error instanceof Killed || collector.life.isOver) return
        if ((error as { code?: string }).code === 'relay_unreachable') return
        failure ??= error
      }
    })
    if (found || collector.life.isOver) isTouched = true
    if (!wasOver && collector.life.isOver) tell(`${collector.name} dies in ${name}`)
    return found
  }

  function deliver(phone: Phone, sent: Sent): void {
    const relay = relays[phone.relay]
    const receivedAt = relay?.receive(writeEnvelope(sent, clock.now()), sent.eventId) ?? null
    sent.receivedAt = receivedAt
    sent.isLost = receivedAt === null
    if (receivedAt !== null) sent.release.firstReceivedAt ??= receivedAt
  }

  return {
    seed,
    db,
    clock,
    now,
    random,
    project,
    installation,
    relays,
    fleet,
    github,
    naming,
    bugs,
    budgetPerHour,
    story,
    tell,
    startCollector,
    run,
    /** Whether anything may have been written since this was last asked. */
    takeTouched(): boolean {
      const was = isTouched
      isTouched = false
      return was
    },
    touch(): void {
      isTouched = true
    },
    /** A step failed in a way that no loop may see. */
    get failure() {
      return failure
    },
    /** One event of a bug on a phone; kept while it is offline. */
    crash(phone: Phone, bug: number, level: Sent['level']): void {
      const sent: Sent = {
        eventId: random.id(),
        bug,
        release: phone.release,
        occurredAt: clock.now(),
        level,
        user: phone.user,
        receivedAt: null,
        isLost: false,
      }
      fleet.sent.push(sent)
      if (phone.isOffline) phone.queue.push(sent)
      else deliver(phone, sent)
    },
    goOnline(phone: Phone): void {
      phone.isOffline = false
      for (const sent of phone.queue.splice(0)) deliver(phone, sent)
    },
    lose(eventIds: readonly string[]): void {
      const lost = new Set(eventIds)
      for (const sent of fleet.sent) if (lost.has(sent.eventId)) sent.isLost = true
    },
  }
}
