// What must hold after every step, held against the truth of the model. Each check throws with one sentence.
import { sql } from 'kysely'
import { ensureInstallation } from '../../collector/db/installation.ts'
import { readMarker } from '../../collector/trackers/marker.ts'
import type { Sent } from './fleet.ts'
import type { GithubIssue } from './model-github.ts'
import { login } from './model-github.ts'
import { quietMs, type World } from './world.ts'

export class Broken extends Error {}

function hold(isTrue: boolean, sentence: string): void {
  if (!isTrue) throw new Broken(sentence)
}

const hourMs = 3_600_000
/** What a stranger claims to have the fix. */
export const lie = '0.0.1'

/** What of a span none of the others covers, in ms. */
function uncovered(from: number, until: number, spans: readonly { from: number; until: number }[]): number {
  const borders = spans.flatMap((span) => [span.from, span.until]).filter((at) => at > from && at < until)
  const cuts = [from, ...borders.sort((a, b) => a - b), until]
  const free = cuts.slice(1).map((end, index) => {
    const start = cuts[index] ?? end
    return spans.some((span) => span.from <= start && span.until >= end) ? 0 : end - start
  })
  return free.reduce((sum, ms) => sum + ms, 0)
}

type Change = {
  id: number
  at: Date
  issue_id: number
  kind: string
  actor: string
  facts: Record<string, unknown>
  status: string | null
  episode: number | null
  in_episode: boolean | null
  regressions: number | null
  recorded_at: Date | null
}

export type Checker = {
  /** Before collectors run: what they have not read yet, they can't know. */
  noteUnread(): void
  check(): Promise<void>
  checkCalm(): Promise<void>
  /** What is known of an issue's fix is what was told last, and by the right one. */
  checkFixOf(issueId: number, release: string): Promise<void>
}

/** Remembers what was seen, so that each change is judged once, when it happened. */
export async function createChecker(world: World): Promise<Checker> {
  const { db, github, relays, fleet } = world
  const installation = await ensureInstallation(db, world.now())
  let seenChange = 0
  /** The last close of each issue, and all regressions. */
  const closes = new Map<number, Change>()
  const regressions: Change[] = []
  let unread = new Set<string>()

  function ticketsByEpisode(): Map<string, GithubIssue[]> {
    const found = new Map<string, GithubIssue[]>()
    for (const issue of github.issues) {
      const marked =
        issue.author === login && !issue.isForeign ? readMarker(installation, issue.body) : undefined
      if (!marked) continue
      const key = 'issueId' in marked ? `${marked.issueId}:${marked.episode}` : `storm:${marked.stormId}`
      found.set(key, [...(found.get(key) ?? []), issue])
    }
    return found
  }

  function checkTickets(): void {
    for (const [episode, issues] of ticketsByEpisode()) {
      // One that people deleted before it was recorded can't be found again: another takes its place. What the
      // network made a second time is closed by the sweep; see when all is calm.
      const left = issues.filter((one) => !one.isDeleted && !one.isEcho).length
      hold(left <= 1, `episode ${episode} has ${left} tracker issues`)
    }
    for (const { number, closedBy, comments } of github.issues.filter((one) => one.isForeign)) {
      const isTouched = closedBy === login || comments.some(({ by }) => by === login)
      hold(!isTouched, `#${number}, which is not ours, was touched`)
    }
  }

  function checkBudget(): void {
    const since = world.clock.now() - hourMs
    const recent = github.creates.filter((at) => at > since).length
    hold(recent <= world.budgetPerHour, `${recent} creates in an hour, of ${world.budgetPerHour} allowed`)
  }

  /** Told after the close, and told differently: what is pinned from now on. */
  function noteFix(change: Change): void {
    hold(['resolving', 'resolved'].includes(change.status ?? ''), `a fix was named while ${change.status}`)
    const { fixedIn, was, closedAt } = change.facts
    hold(JSON.stringify(fixedIn) !== JSON.stringify(was), 'a fix was named that was known')
    const closed = closes.get(change.issue_id)
    if (closed && closed.facts.closedAt === closedAt)
      closes.set(change.issue_id, { ...closed, facts: { ...closed.facts, fixedIn } })
  }

  /** What was pinned at the close, or told since, is what is pinned at the resolution. */
  function checkFix(change: Change): void {
    const closed = closes.get(change.issue_id)
    if (!closed || closed.facts.closedAt !== change.facts.closedAt) return
    const [before, after] = [closed, change].map(({ facts }) => JSON.stringify(facts.fixedIn))
    hold(before === after, `the fix was ${before} at the close and ${after} at the resolution`)
  }

  /** Resolved by itself: the whole quiet period must have been heard. */
  function checkSilence(change: Change): void {
    const closedAt = Date.parse(String(change.facts.closedAt))
    const needed = Number(change.facts.quietMs)
    const closed = closes.get(change.issue_id)
    const day = (closed?.at.getTime() ?? 0) - 24 * hourMs
    const lately = regressions.filter((one) => one.issue_id === change.issue_id && one.at.getTime() > day)
    const least = quietMs * 2 ** Math.min(6, lately.length)
    hold(needed >= least, `quiet was ${needed} ms long after ${lately.length} regressions in a day`)
    const until = closedAt + needed
    for (const relay of relays) {
      const unheard = relay.waiting().filter(({ receivedAt }) => receivedAt <= until)
      hold(
        unheard.length === 0,
        `resolved while ${relay.url} held ${unheard.length} events of the quiet period`,
      )
      hold(
        relay.state.lastPolledAt >= until,
        `resolved while ${relay.url} was last heard before the quiet was over`,
      )
    }
    // However far was heard: not more of it can count than the time until now without the deaf spans.
    const decidedAt = change.at.getTime()
    const deaf = relays.flatMap((relay) => relay.deaf)
    const silentMs = uncovered(closedAt, decidedAt, deaf)
    const minutes = (ms: number) => `${Math.round(ms / 6_000) / 10} min`
    const why = `resolved after ${minutes(silentMs)} of silence, of ${minutes(needed)}, in ${minutes(decidedAt - closedAt)}`
    hold(silentMs >= needed, `${why}: the rest was turned away or lost`)
  }

  /** A regression: the release must have the fix, or nothing could tell that it has not. */
  function checkRegression(change: Change): void {
    const sent = fleet.sent.find((one) => one.eventId === change.facts.eventId)
    if (!sent) throw new Broken(`a regression by an event that was never sent: ${change.facts.eventId}`)
    const resolved = Date.parse(String(change.facts.resolvedAt))
    const closedAt = Date.parse(String(change.facts.closedAt))
    hold(sent.occurredAt > closedAt, 'regressed by an event from before the close')
    const isFixed = !sent.release.bugs.has(sent.bug)
    if (isFixed) throw new Broken('a bug in a release without it: the model is wrong')
    // One release only, and neither a store's build nor a commit: as good as a constant.
    const isRead = (one: Sent) => one.receivedAt !== null && !one.isLost && !unread.has(one.eventId)
    const isEarlier = (one: Sent) => isRead(one) && (one.receivedAt ?? 0) <= (sent.receivedAt ?? 0)
    const names = new Set([sent, ...fleet.sent.filter(isEarlier)].map((one) => one.release.name))
    const isConstant = names.size === 1 && world.naming !== 'store' && world.naming !== 'hash'
    if (isConstant || ['none', 'constant', 'hash'].includes(world.naming)) {
      const heldMs = (sent.receivedAt ?? 0) - resolved
      hold(heldMs <= 24 * hourMs, `regressed ${heldMs / hourMs} h after, with no release that tells`)
      if (world.naming !== 'hash') return
    }
    // Without an order, only releases that the bug was seen in before are known not to have the fix.
    const earlier = fleet.sent.filter((one) => one.release === sent.release && one.receivedAt !== null)
    const known = world.naming === 'hash' ? earlier.filter((one) => one.bug === sent.bug) : earlier
    const first = Math.min(...known.filter(isRead).map((one) => one.receivedAt ?? 0))
    hold(first > closedAt, `regressed by ${sent.release.name}, which was seen before the close`)
  }

  async function checkChanges(): Promise<void> {
    const changes = (await db
      .selectFrom('issue_changes')
      .selectAll()
      .where('id', '>', seenChange)
      .orderBy('id')
      .execute()) as Change[]
    for (const change of changes) {
      seenChange = change.id
      world.tell(`  issue ${change.issue_id}: ${change.kind} by ${change.actor}`)
      if (change.kind === 'fix_named') noteFix(change)
      else if (change.status === 'resolving') closes.set(change.issue_id, change)
      if (change.kind === 'resolved' && change.actor === 'postern') {
        checkSilence(change)
        checkFix(change)
      }
      if (change.kind === 'regressed') {
        checkRegression(change)
        regressions.push(change)
      }
      const named = JSON.stringify(change.facts.fixedIn ?? [])
      hold(!named.includes(lie), `a stranger's ${lie} was taken for the fix`)
    }
  }

  /** The last row of the timeline says what the issue is. */
  async function checkTimeline(): Promise<void> {
    const { rows } = await sql<{ id: number; what: string }>`
      select i.id, concat_ws(' ', 'is', i.status, i.episode, i.in_episode, i.regressions,
        'but its timeline says', c.status, c.episode, c.in_episode, c.regressions) as what
      from issues i
      left join lateral (select * from issue_changes c where c.issue_id = i.id order by c.id desc limit 1) c on true
      where (i.status, i.episode, i.in_episode, i.regressions)
        is distinct from (c.status, c.episode, c.in_episode, c.regressions)
        or i.regressions <> (select count(*) from issue_changes r where r.issue_id = i.id and r.kind = 'regressed')`.execute(
      db,
    )
    hold(rows.length === 0, rows.map(({ id, what }) => `issue ${id} ${what}`).join('; '))
  }

  async function check(): Promise<void> {
    if (world.failure) throw world.failure
    checkTickets()
    checkBudget()
    if (!world.takeTouched()) return
    await checkChanges()
    await checkTimeline()
  }

  /** All is quiet: nothing may be stuck, and every episode has what it should have. */
  async function checkCalm(): Promise<void> {
    await check()
    for (const relay of relays) hold(relay.waiting().length === 0, `${relay.url} still holds events`)
    const counted = await db
      .selectFrom('issues')
      .select((eb) => eb.fn.coalesce(eb.fn.sum<number>('event_count'), sql<number>`0`).as('events'))
      .executeTakeFirstOrThrow()
    const arrived = fleet.sent.filter((sent) => sent.receivedAt !== null && !sent.isLost).length
    hold(Number(counted.events) === arrived, `${counted.events} events counted, ${arrived} arrived`)
    const open = await db
      .selectFrom('alerts')
      .select(['issue_id', 'error'])
      .where('done_at', 'is', null)
      .execute()
    hold(open.length === 0, `alerts still wait: ${JSON.stringify(open)}`)
    const issues = await db.selectFrom('issues').selectAll().orderBy('id').execute()
    const filed = await db.selectFrom('tracker_issues').selectAll().execute()
    for (const issue of issues) {
      hold(issue.status !== 'resolving', `issue ${issue.id} still waits for quiet that is long over`)
      if (issue.status !== 'unresolved' || !issue.in_episode) continue
      const record = filed.find((one) => one.issue_id === issue.id && one.episode === issue.episode)
      hold(record !== undefined, `issue ${issue.id} is in episode ${issue.episode} without a tracker issue`)
      const ticket = github.issues.find(
        (one) => one.repository === record?.repository && one.number === record.number,
      )
      hold(ticket !== undefined, `issue ${issue.id} names a tracker issue that never was`)
      const isLost = ticket?.isDeleted || ticket?.isConverted
      hold(
        ticket?.state === 'open' || isLost === true || record?.left_closed_at != null,
        `issue ${issue.id} goes on while its tracker issue is closed`,
      )
      // Nobody is left to wonder: it is said that the ticket is gone.
      hold(
        !isLost || record?.fate != null,
        `issue ${issue.id} goes on with a tracker issue that is gone, unsaid`,
      )
    }
    for (const record of filed) {
      const ticket = github.issues.find(
        (one) => one.repository === record.repository && one.number === record.number,
      )
      const isFollowed = !ticket?.movedTo || record.state === 'closed' || record.fate !== null
      hold(isFollowed, `${record.repository}#${record.number} was moved and not followed`)
    }
    for (const [episode, issues] of ticketsByEpisode()) {
      const open = issues.filter((one) => one.state === 'open' && !one.isDeleted).length
      hold(open <= 1, `episode ${episode} has ${open} open tracker issues in the end`)
    }
    const tickets = ticketsByEpisode()
    for (const record of filed) {
      // One that was reopened for a regression bears the marker of an earlier episode.
      const isOurs = [...tickets].some(
        ([key, issues]) =>
          key.startsWith(`${record.issue_id}:`) &&
          issues.some((one) => one.repository === record.repository && one.number === record.number),
      )
      hold(isOurs, `issue ${record.issue_id} records a tracker issue that nobody made`)
    }
    hold(
      [...tickets.keys()].filter((key) => !key.startsWith('storm')).length === filed.length,
      `${tickets.size} tracker issues at GitHub, ${filed.length} recorded`,
    )
  }

  async function checkFixOf(issueId: number, release: string): Promise<void> {
    const row = await db.selectFrom('issues').select('fix').where('id', '=', issueId).executeTakeFirst()
    const known = row?.fix?.releases.join(', ')
    hold(known === release, `issue ${issueId} is fixed in ${release}, but known is ${known || 'nothing'}`)
  }

  const noteUnread = () => {
    unread = new Set(relays.flatMap((relay) => relay.waiting().map(({ eventId }) => eventId)))
  }

  return { noteUnread, check, checkCalm, checkFixOf }
}
