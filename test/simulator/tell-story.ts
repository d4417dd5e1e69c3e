// One story: chance picks what happens next, collectors run in between, and after every step all must hold. Then
// everything calms down, and all must have come to its end.
import { changeIssueStatus } from '../../collector/db/issue-status.ts'
import { checkEveryMs } from '../../collector/trackers/check-ticket.ts'
import { writeMarker } from '../../collector/trackers/marker.ts'
import { type Checker, createChecker, lie } from './invariants.ts'
import { type GithubIssue, login, type Weather } from './model-github.ts'
import type { Random } from './random.ts'
import { type Collector, createWorld, repository, type Store, type World } from './world.ts'

const minute = 60_000

export type StoryResult =
  | { readonly ok: true; readonly seed: number }
  | { readonly ok: false; readonly seed: number; readonly error: unknown; readonly story: readonly string[] }

type Happening = {
  readonly weight: number
  readonly happen: (world: World, collectors: Collector[]) => Promise<void> | void
}

const spans = [5_000, 30_000, minute, 3 * minute, 11 * minute, 30 * minute, 2 * 60 * minute, 26 * 60 * minute]

function pickPhone(world: World) {
  return world.random.pick(world.fleet.phones)
}

function crashOn(world: World, phone: ReturnType<typeof pickPhone>, times: number): void {
  const { random } = world
  const bugs = [...phone.release.bugs]
  if (bugs.length === 0) return
  const bug = random.pick(bugs)
  for (let i = 0; i < times; i++) world.crash(phone, bug, random.chance(0.05) ? 'fatal' : 'error')
  world.tell(
    `${phone.user} on ${phone.release.name} meets bug ${bug} ${times}×${phone.isOffline ? ', offline' : ''}`,
  )
}

/** A ticket of ours that people work with: any that was not deleted, mostly an open one. */
function pickTicket(world: World): GithubIssue | undefined {
  const all = world.github.issues.filter((one) => !one.isDeleted && !one.isForeign)
  const open = all.filter((one) => one.state === 'open')
  return world.random.pick(open.length > 0 && world.random.chance(0.8) ? open : all)
}

function bugOf(ticket: GithubIssue): number {
  return Number(/Bug(\d)/.exec(ticket.title)?.[1] ?? 0)
}

async function isRecorded(world: World, ticket: GithubIssue): Promise<boolean> {
  const row = await world.db
    .selectFrom('tracker_issues')
    .select('id')
    .where('repository', '=', ticket.repository)
    .where('number', '=', ticket.number)
    .executeTakeFirst()
  return row !== undefined
}

/** A person names the release that will have the fix, as it is built next, in a comment or as a milestone. */
function nameFix(world: World, ticket: GithubIssue): void {
  const { name } = world.fleet.newest()
  if (name === null || world.naming === 'constant') return
  const release = world.fleet.newest()
  if (release.bugs.has(bugOf(ticket))) return
  if (world.random.chance(0.5)) ticket.comments.push({ by: 'alice', body: `Done.\nfixed-in: ${name}\n` })
  else ticket.milestone = name
}

function release(world: World): void {
  const built = world.fleet.build()
  const phone = pickPhone(world)
  phone.release = built
  world.tell(
    `release ${built.name} with bugs ${[...built.bugs].join(' ') || 'none'}; ${phone.user} has it first`,
  )
}

const happenings: readonly Happening[] = [
  {
    weight: 30,
    async happen(world) {
      const ms = world.random.pick(spans)
      await world.clock.pass(ms)
    },
  },
  { weight: 22, happen: (world) => crashOn(world, pickPhone(world), world.random.between(1, 4)) },
  {
    weight: 6,
    happen(world) {
      const phone = pickPhone(world)
      if (phone.isOffline) world.goOnline(phone)
      else phone.isOffline = true
      world.tell(`${phone.user} is ${phone.isOffline ? 'offline' : 'online'}`)
    },
  },
  { weight: 6, happen: release },
  {
    weight: 8,
    happen(world) {
      const phone = pickPhone(world)
      phone.release = world.fleet.newest()
    },
  },
  {
    weight: 6,
    happen(world) {
      const relay = world.random.pick(world.relays)
      const what = world.random.pick(['cut', 'limit', 'expired', 'evicted', 'replace'] as const)
      if (what === 'cut') relay.state.isReachable = !relay.state.isReachable
      else if (what === 'limit') relay.state.isLimiting = !relay.state.isLimiting
      else if (what === 'replace') world.lose(relay.replaceSpool())
      else world.lose(relay.lose(what))
      const { isReachable, isLimiting } = relay.state
      world.tell(`${relay.url}: ${what} (reachable ${isReachable}, limiting ${isLimiting})`)
    },
  },
  {
    weight: 8,
    happen(world) {
      const weathers: Weather[] = [
        'clear',
        'clear',
        'late',
        'errors',
        'lagging',
        'limited',
        'away',
        'revoked',
        'twice',
      ]
      const weather = world.random.pick(weathers)
      // A token that is revoked is replaced by a restart; collectors keep the one they began with.
      if (weather === 'revoked') world.github.state.token += 1
      else world.github.state.weather = weather
      world.tell(`GitHub is ${weather}`)
    },
  },
  {
    weight: 16,
    async happen(world) {
      const ticket = pickTicket(world)
      if (!ticket) return
      const what = world.random.pick([
        'fix',
        'fix',
        'fix',
        'claim',
        'not_planned',
        'reopen',
        'edit',
        'delete',
        'move',
        'convert',
        'duplicate',
        'lock',
        'lie',
      ] as const)
      const bug = bugOf(ticket)
      const { github, fleet } = world
      if (what === 'fix') {
        fleet.fix(bug)
        if (world.random.chance(0.4)) release(world)
        if (world.random.chance(0.3)) nameFix(world, ticket)
        github.close(ticket, 'completed', 'alice')
      } else if (what === 'claim') github.close(ticket, 'completed', 'bob')
      else if (what === 'not_planned') github.close(ticket, 'not_planned', 'alice')
      else if (what === 'reopen') {
        // A discussion can't be made an issue again.
        if (ticket.state !== 'closed' || ticket.isConverted) return
        github.reopen(ticket)
      } else if (what === 'edit') {
        // Of a closed one somebody says afterwards where the fix is.
        if (ticket.state === 'closed') nameFix(world, ticket)
        else ticket.title = `${ticket.title} (edited)`.slice(0, 200)
        github.touched(ticket)
      } else if (what === 'lie') {
        // Anyone may comment in a public repository; it names nothing.
        ticket.comments.push({ by: 'mallory', body: `fixed-in: ${lie}` })
        github.touched(ticket)
      } else if (what === 'lock') {
        ticket.isLocked = !ticket.isLocked
        github.touched(ticket)
      } else if (what === 'duplicate') {
        ticket.original = world.random.pick(github.issues.filter((one) => !one.isDeleted))
        github.close(ticket, 'duplicate', 'alice')
      } else if (!world.random.chance(0.25)) return
      else if (what === 'delete') github.remove(ticket)
      // What nobody has recorded yet can't be found elsewhere; people see a ticket first.
      else if (!(await isRecorded(world, ticket))) return
      else if (what === 'move')
        github.move(ticket, ticket.repository === repository ? 'acme/other' : repository)
      else github.convert(ticket, 'alice')
      world.tell(`#${ticket.number} (bug ${bug}): ${what}`)
    },
  },
  {
    weight: 3,
    async happen(world) {
      const issues = await world.db.selectFrom('issues').select(['id', 'episode']).execute()
      const ours = world.github.issues.filter((one) => !one.isForeign)
      if (issues.length === 0 || ours.length === 0) return
      const { random, installation, github } = world
      if (random.chance(0.5)) {
        github.imitate(random.pick(ours).body, 'mallory')
        world.tell('mallory copies a ticket')
        return
      }
      // Another program that uses our account, or an event's text that got where it should not.
      const { id, episode } = random.pick(issues)
      const marked = { issueId: id, episode: episode + random.between(0, 1) }
      github.imitate(writeMarker({ ...installation, markerSecret: Buffer.alloc(32) }, marked), login)
      world.tell(`a marker of issue ${id} that nobody signed appears under our account`)
    },
  },
  {
    weight: 3,
    happen(world) {
      const bug = world.random.between(0, world.bugs - 1)
      world.fleet.breakAgain(bug)
      world.tell(`bug ${bug} is back in the code`)
    },
  },
  {
    weight: 4,
    async happen(world) {
      const issues = await world.db.selectFrom('issues').select('id').execute()
      if (issues.length === 0) return
      const to = world.random.pick(['resolved', 'ignored', 'unresolved'] as const)
      const { id } = world.random.pick(issues)
      const at = world.now()
      const changed = await world.db.transaction().execute((trx) =>
        changeIssueStatus(trx, {
          issueId: id,
          to,
          at,
          actor: 'person:1',
          reason: 'By hand.',
          ...(to === 'resolved' ? { closedAt: at } : {}),
        }),
      )
      world.touch()
      if (changed) world.tell(`a person makes issue ${id} ${to}`)
    },
  },
]

function pickHappening(random: Random): Happening {
  let at = random.next() * happenings.reduce((sum, { weight }) => sum + weight, 0)
  for (const one of happenings) {
    at -= one.weight
    if (at < 0) return one
  }
  return happenings[0] as Happening
}

/** Some steps of the collectors, one of which may die at any of its borders, and is started again. */
async function collect(world: World, collectors: Collector[]): Promise<void> {
  const { random } = world
  const steps = random.between(1, 5)
  for (let i = 0; i < steps; i++) {
    const index = random.between(0, collectors.length - 1)
    let collector = collectors[index] as Collector
    if (collector.life.isOver) {
      collector = world.startCollector()
      collectors[index] = collector
    }
    if (random.chance(0.06)) collector.life.dieAfter(random.between(1, 25))
    await world.run(collector, random.pick(collector.steps).name)
  }
}

/** Everything works again, everybody is online, and time passes until nothing moves any more. */
async function calmDown(world: World, checker: Checker): Promise<void> {
  await becomeCalm(world, checker)
  // What chance alone seldom tells ends two stories in three.
  if (world.seed % 3 === 0) {
    await resolveOverRefusal(world, checker)
    await fileThroughLostCreate(world, checker)
  } else if (world.seed % 3 === 1) await nameFixLate(world, checker)
  // Long enough for each open ticket to be read by itself, which may set things going once more.
  await world.clock.pass(checkEveryMs)
  await becomeCalm(world, checker)
}

async function runAll(world: World, collector: Collector, names: RegExp): Promise<void> {
  for (const { name } of collector.steps) {
    if (names.test(name)) while (await world.run(collector, name)) {}
  }
}

/** Something is turned away in a quiet period that is else silent. */
async function resolveOverRefusal(world: World, checker: Checker): Promise<void> {
  const { github, fleet } = world
  const ticket = github.issues.find((one) => one.state === 'open' && !one.isForeign && !one.isDeleted)
  const phone = fleet.phones.find(({ release }) => release.bugs.size > 0)
  const relay = world.relays[phone?.relay ?? 0]
  if (!ticket || !phone || !relay) return
  world.tell(`#${ticket.number} is closed, and ${relay.url} turns an event of the quiet period away`)
  const collector = world.startCollector()
  await world.clock.pass(minute)
  fleet.fix(bugOf(ticket))
  github.close(ticket, 'completed', 'alice')
  await runAll(world, collector, /^poll/)
  await world.clock.pass(minute)
  relay.state.isLimiting = true
  crashOn(world, phone, 1)
  relay.state.isLimiting = false
  const waiting = await world.db
    .selectFrom('issues')
    .select('quiet_ms')
    .where('status', '=', 'resolving')
    .executeTakeFirst()
  await world.clock.pass((waiting?.quiet_ms ?? 0) + 2 * minute)
  await runAll(world, collector, /^poll|^quiet/)
  await checker.check()
  await world.clock.pass((waiting?.quiet_ms ?? 0) + 2 * minute)
  await runAll(world, collector, /^poll|^quiet/)
  await checker.check()
  collector.life.end()
}

/** All bugs are back, and the first create is carried out long after nobody waits for it any more. */
async function fileThroughLostCreate(world: World, checker: Checker): Promise<void> {
  const { github, fleet } = world
  // The budget of the hour has room again.
  await world.clock.pass(61 * minute)
  const collector = world.startCollector()
  await runAll(world, collector, /^poll/)
  for (let bug = 0; bug < world.bugs; bug++) fleet.breakAgain(bug)
  for (const phone of fleet.phones.slice(0, 1)) {
    release(world)
    phone.release = fleet.newest()
    for (const bug of phone.release.bugs) world.crash(phone, bug, 'fatal')
  }
  world.tell('every bug is back in the newest release; GitHub is stuck in creates')
  checker.noteUnread()
  github.state.isStuck = true
  await runAll(world, collector, /^poll/)
  await runAll(world, collector, /^file issues/)
  await world.clock.pass(25_000)
  github.state.isStuck = false
  for (let looks = 0; looks < 4; looks++) {
    await runAll(world, collector, /^file issues/)
    await world.clock.pass(10_000)
    await checker.check()
  }
  collector.life.end()
}

/** Which release has the fix is said after the close, and once more, with or without a person here who knows better. */
async function nameFixLate(world: World, checker: Checker): Promise<void> {
  const { github, fleet, db, random } = world
  if (world.naming === 'none' || world.naming === 'constant') return
  const rows = await db
    .selectFrom('tracker_issues')
    .innerJoin('issues', (join) =>
      join
        .onRef('issues.id', '=', 'tracker_issues.issue_id')
        .onRef('issues.episode', '=', 'tracker_issues.episode'),
    )
    .select(['issues.id', 'tracker_issues.repository', 'tracker_issues.number'])
    .where('issues.status', '=', 'unresolved')
    .execute()
  const tickets = rows.flatMap(({ id, repository, number }) => {
    const ticket = github.find(repository, number)
    return ticket?.state === 'open' ? [{ id, ticket }] : []
  })
  const [told] = tickets
  if (!told) return
  const { id, ticket } = told
  world.tell(`#${ticket.number} is closed, and only then somebody says which release has the fix`)
  const collector = world.startCollector()
  const nameNewest = async (): Promise<string> => {
    await world.clock.pass(minute)
    release(world)
    const { name } = fleet.newest()
    ticket.comments.push({ by: 'alice', body: `fixed-in: ${name}` })
    github.touched(ticket)
    await runAll(world, collector, /^poll/)
    await checker.check()
    return String(name)
  }
  await world.clock.pass(minute)
  fleet.fix(bugOf(ticket))
  github.close(ticket, 'completed', 'alice')
  await runAll(world, collector, /^poll/)
  await checker.checkFixOf(id, await nameNewest())
  // Touched for any other reason, it tells nothing new.
  await world.clock.pass(minute)
  github.touched(ticket)
  await runAll(world, collector, /^poll/)
  await checker.check()
  if (random.chance(0.5)) await checker.checkFixOf(id, await nameNewest())
  else {
    const better = String(random.pick(fleet.releases).name)
    const at = world.now()
    await db.transaction().execute((trx) =>
      changeIssueStatus(trx, {
        issueId: id,
        to: 'resolved',
        at,
        actor: 'person:1',
        reason: `By hand, in ${better}.`,
        closedAt: at,
        fixedInRelease: better,
      }),
    )
    world.touch()
    world.tell(`a person resolves issue ${id} in ${better}`)
    await nameNewest()
    await checker.checkFixOf(id, better)
  }
  collector.life.end()
}

async function becomeCalm(world: World, checker: Checker): Promise<void> {
  world.tell('calm')
  for (const relay of world.relays) Object.assign(relay.state, { isReachable: true, isLimiting: false })
  world.github.state.weather = 'clear'
  for (const phone of world.fleet.phones) world.goOnline(phone)
  checker.noteUnread()
  const collector = world.startCollector()
  // Three rounds are more than twenty minutes: longer than a repository that was refused is left alone.
  let idle = 0
  let still = 0
  for (let round = 0; round < 200 && idle < 3; round++) {
    let found = false
    for (const { name } of collector.steps) {
      if (!/^poll https|^file issues|^quiet|^slow|^reopen|^check|^act/.test(name))
        await world.run(collector, name)
      else while (await world.run(collector, name)) found = true
    }
    const waiting = await world.db
      .selectFrom('issues')
      .select('id')
      .where((eb) => eb.or([eb('status', '=', 'resolving'), eb('trouble_since', 'is not', null)]))
      .executeTakeFirst()
    const alert = await world.db
      .selectFrom('alerts')
      .select('id')
      .where('done_at', 'is', null)
      .executeTakeFirst()
    idle = found || waiting || alert ? 0 : idle + 1
    // Quiet takes a day: where a round found nothing to do, the next is further away.
    still = found ? 0 : still + 1
    await world.clock.pass(round % 3 === 0 ? minute : 20 * minute * 2 ** Math.min(still, 3))
  }
}

/** @param steps of the story before it calms down */
export async function tellStory(store: Store, seed: number, steps = 40): Promise<StoryResult> {
  const world = await createWorld(store, seed)
  world.tell(
    `seed ${seed}: releases are ${world.naming}, ${world.bugs} bugs, ${world.relays.length} relays, budget ${world.budgetPerHour}`,
  )
  try {
    const checker = await createChecker(world)
    const collectors = Array.from({ length: world.random.between(1, 2) }, () => world.startCollector())
    for (let step = 0; step < steps; step++) {
      await pickHappening(world.random).happen(world, collectors)
      checker.noteUnread()
      await collect(world, collectors)
      await checker.check()
    }
    for (const collector of collectors) collector.life.end()
    await calmDown(world, checker)
    await checker.checkCalm()
    return { ok: true, seed }
  } catch (error) {
    return { ok: false, seed, error, story: world.story }
  }
}
