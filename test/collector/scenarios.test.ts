// The scenarios that trackers get wrong, by name: real collectors in the simulator's world, told step by step.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { changeIssueStatus } from '../../collector/db/issue-status.ts'
import { createChecker } from '../simulator/invariants.ts'
import { type Collector, createWorld, type World } from '../simulator/world.ts'
import { freshInMemory } from '../support/database.ts'

const minute = 60_000
const hour = 60 * minute

let store: Awaited<ReturnType<typeof freshInMemory>>
let world: World
let collector: Collector
beforeAll(async () => {
  store = await freshInMemory()
})
afterAll(() => store.close())
beforeEach(async () => {
  world = await createWorld(store, 1, {
    naming: 'bare',
    relays: 1,
    phones: 3,
    bugs: 3,
    budgetPerHour: 20,
    resolution: {},
  })
  collector = world.startCollector()
})

/** Lets the collector do all there is to do. */
async function settle(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    for (const { name } of collector.steps) while (await world.run(collector, name));
    await world.clock.pass(31_000)
  }
}

async function pass(ms: number): Promise<void> {
  await world.clock.pass(ms)
  await settle()
}

/** So many events of a bug from one phone on a release, whatever it ran before. */
async function crash(release: string, times = 1, { user = 0, bug = 0 } = {}): Promise<void> {
  const phone = world.fleet.phones[user]
  if (!phone) throw new Error('no such phone')
  phone.release = { name: release, bugs: new Set([0, 1, 2]), firstReceivedAt: null }
  for (let i = 0; i < times; i++) world.crash(phone, bug, 'error')
  await settle()
}

const issues = () =>
  world.db.selectFrom('issues').select(['id', 'status', 'episode', 'regressions']).orderBy('id').execute()
const ticket = (number: number) => {
  const found = world.github.find('acme/shop', number)
  if (!found) throw new Error(`no ticket ${number}`)
  return found
}

/** A burst on a release, filed, closed as completed, and ten quiet minutes. */
async function resolve(release: string): Promise<void> {
  await crash(release, 3)
  world.github.close(ticket(1), 'completed', 'alice')
  await pass(minute)
  await pass(11 * minute)
  expect(await issues()).toMatchObject([{ status: 'resolved', episode: 1 }])
}

test('a bare version does not loop between resolved and regressed', async () => {
  await crash('4.2.0')
  await crash('4.2.1', 3)
  world.github.close(ticket(1), 'completed', 'alice')
  await settle()
  for (let i = 0; i < 15; i++) {
    await crash('4.2.1')
    await pass(minute)
  }
  expect(await issues()).toMatchObject([{ status: 'resolved', episode: 1, regressions: 0 }])
  await crash('4.2.2')
  expect(await issues()).toMatchObject([{ status: 'unresolved', episode: 2, regressions: 1 }])
  expect(world.github.issues).toHaveLength(2)
  expect(ticket(2).body).toContain('#1')
  expect(ticket(1).comments.map(({ body }) => body)).toEqual(['This came back. It goes on as acme/shop#2.'])
})

test('a sideloaded 999.9.9 regresses nothing until several users have it', async () => {
  await crash('4.2.0')
  await resolve('4.2.1')
  await crash('999.9.9', 5, { user: 0 })
  await crash('999.9.9', 5, { user: 1 })
  expect(await issues()).toMatchObject([{ status: 'resolved' }])
  await crash('999.9.9', 1, { user: 2 })
  expect(await issues()).toMatchObject([{ status: 'unresolved', regressions: 1 }])
})

test('a deleted release rewrites nothing', async () => {
  await crash('4.2.0')
  await resolve('4.2.1')
  for (const table of ['releases', 'issue_releases'] as const) await world.db.deleteFrom(table).execute()
  await crash('4.2.1')
  expect(await issues()).toMatchObject([{ status: 'resolved' }])
  await crash('4.3.0')
  expect(await issues()).toMatchObject([{ status: 'unresolved', regressions: 1 }])
})

test('a hotfix branch: fixed in 4.2.1 and 5.0.1, 5.0.0 goes on counting and does not regress', async () => {
  await crash('4.2.0')
  await crash('5.0.0', 3)
  const [issue] = await issues()
  await world.db.transaction().execute((trx) =>
    changeIssueStatus(trx, {
      issueId: issue?.id ?? 0,
      to: 'resolved',
      at: world.now(),
      actor: 'person:1',
      reason: 'Fixed in both.',
      fixedIn: { releases: ['4.2.1', '5.0.1'], source: 'by hand' },
    }),
  )
  await world.clock.pass(1_000)
  await crash('5.0.0', 3)
  await crash('4.2.0', 3)
  expect(await issues()).toMatchObject([{ status: 'resolved', regressions: 0 }])
  await crash('4.2.1')
  expect(await issues()).toMatchObject([{ status: 'unresolved', regressions: 1 }])
})

test('a staged rollout: the many who are still on the old release do not regress', async () => {
  await crash('4.2.0')
  await resolve('4.2.1')
  // One user has the new release, and another bug.
  await crash('4.3.0', 1, { user: 2, bug: 1 })
  for (let day = 0; day < 3; day++) {
    await crash('4.2.1', 4, { user: 0 })
    await pass(24 * hour)
  }
  expect((await issues())[0]).toMatchObject({ status: 'resolved', regressions: 0 })
})

test('three fingerprints of one fault: duplicates are closed once and stay closed', async () => {
  for (const bug of [0, 1, 2]) await crash('4.2.1', 3, { bug })
  expect(world.github.issues).toHaveLength(3)
  world.github.close(ticket(2), 'duplicate', 'alice')
  world.github.close(ticket(3), 'duplicate', 'alice')
  await settle()
  for (const bug of [0, 1, 2]) await crash('4.2.1', 3, { bug })
  expect((await issues()).map(({ status }) => status)).toEqual(['unresolved', 'ignored', 'ignored'])
  expect(world.github.issues).toHaveLength(3)
})

test('a token revoked between claim and create: said, and filed once when it is mended', async () => {
  world.github.state.token += 1
  await crash('4.2.1', 3)
  expect(world.github.issues).toHaveLength(0)
  const alert = await world.db.selectFrom('alerts').selectAll().executeTakeFirstOrThrow()
  expect(alert).toMatchObject({
    permanent: true,
    done_at: null,
    error: expect.stringContaining('credentials'),
  })
  collector.life.end()
  collector = world.startCollector()
  await settle()
  expect(world.github.issues).toHaveLength(1)
  await (await createChecker(world)).checkCalm()
})

test('a ticket that a person reopens while the quiet clock runs stops the clock, in the same episode', async () => {
  await crash('4.2.1', 3)
  world.github.close(ticket(1), 'completed', 'alice')
  await pass(5 * minute)
  expect(await issues()).toMatchObject([{ status: 'resolving' }])
  world.github.reopen(ticket(1))
  await pass(20 * minute)
  expect(await issues()).toMatchObject([{ status: 'unresolved', episode: 1, regressions: 0 }])
  expect(world.github.issues).toHaveLength(1)
})

test('a relay outage of 3 hours over the quiet period proves nothing', async () => {
  const relay = world.relays[0]
  if (!relay) throw new Error('no relay')
  await crash('4.2.1', 3)
  world.github.close(ticket(1), 'completed', 'alice')
  await settle()
  relay.state.isReachable = false
  await pass(hour)
  await crash('4.2.1')
  await pass(2 * hour)
  expect(await issues()).toMatchObject([{ status: 'resolving' }])
  relay.state.isReachable = true
  await settle()
  // What was spooled meanwhile came after the close.
  expect(await issues()).toMatchObject([{ status: 'unresolved', episode: 1 }])
  expect(ticket(1).state).toBe('open')
})

test('a relay outage with nothing behind it resolves once it was heard', async () => {
  const relay = world.relays[0]
  if (!relay) throw new Error('no relay')
  await crash('4.2.1', 3)
  world.github.close(ticket(1), 'completed', 'alice')
  await settle()
  relay.state.isReachable = false
  await pass(3 * hour)
  expect(await issues()).toMatchObject([{ status: 'resolving' }])
  relay.state.isReachable = true
  await settle()
  expect(await issues()).toMatchObject([{ status: 'resolved' }])
})

// All 500 in the long run; a tenth of them makes the same storm.
const storm = process.env.POSTERN_TEST_LONG === '1' ? 500 : 50

test(`a storm of ${storm} new issues in a minute: one umbrella, the budget kept, and own tickets for what lasts`, async () => {
  const checker = await createChecker(world)
  const [phone] = world.fleet.phones
  if (!phone) throw new Error('no phone')
  phone.release = { name: '4.2.0', bugs: new Set(), firstReceivedAt: null }
  for (let bug = 100; bug < 100 + storm; bug++) {
    world.crash(phone, bug, 'fatal')
    await world.clock.pass(60_000 / storm)
  }
  for (let round = 0; round < 3; round++) {
    await pass(minute)
    await checker.check()
  }
  const alerts = () =>
    world.db
      .selectFrom('alerts')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('done_at', 'is', null)
      .executeTakeFirstOrThrow()
  expect((await issues()).length).toBe(storm)
  const own = () => world.github.issues.filter((one) => /Bug\d/.test(one.title))
  const umbrellas = world.github.issues.filter((one) => !own().includes(one))
  expect(umbrellas).toHaveLength(1)
  // Told before the storm was known for one.
  expect(own().length).toBeLessThanOrEqual(1)
  expect((await alerts()).count).toBeGreaterThanOrEqual(storm - 1)
  const before = own().length
  // Three of them last; the others were of one bad minute.
  for (let i = 0; i < 6; i++) {
    for (const bug of [100, 120, 149]) world.crash(phone, bug, 'error')
    await pass(10 * minute)
    await checker.check()
  }
  await pass(hour)
  await checker.check()
  const lasting = own()
    .map((one) => /Bug\d+/.exec(one.title)?.[0])
    .slice(before)
  expect(lasting.sort()).toEqual(['Bug100', 'Bug120', 'Bug149'])
})
