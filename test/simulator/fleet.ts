// Users and releases: who runs what, which releases have which bug, and what was really sent. The truth that
// the collector can't know.
import type { Random } from './random.ts'

/** How a project names its releases. */
export const namings = ['store', 'semver', 'bare', 'date', 'hash', 'constant', 'none'] as const
export type Naming = (typeof namings)[number]

export type Release = {
  readonly name: string | null
  /** Bugs it has, by number. */
  readonly bugs: ReadonlySet<number>
  /** First reception of any of its events; null: none yet. */
  firstReceivedAt: number | null
}

export type Sent = {
  readonly eventId: string
  readonly bug: number
  readonly release: Release
  readonly occurredAt: number
  readonly level: 'fatal' | 'error'
  readonly user: string
  receivedAt: number | null
  /** Turned away or lost on the way; it must not be counted. */
  isLost: boolean
}

export type Phone = {
  readonly user: string
  readonly relay: number
  release: Release
  isOffline: boolean
  queue: Sent[]
}

export type Fleet = ReturnType<typeof createFleet>

export function createFleet(random: Random, naming: Naming, phones: number, relays: number, bugs: number) {
  let major = random.between(1, 5)
  let minor = random.between(0, 9)
  let patch = 0
  let build = random.between(1, 900)
  let day = 0
  /** Bugs that the code of the main branch has no more. */
  const fixed = new Set<number>()

  function nameNext(): string | null {
    const jump = random.next()
    if (jump < 0.1) [major, minor, patch] = [major + 1, 0, 0]
    else if (jump < 0.5) [minor, patch] = [minor + 1, 0]
    else patch += 1
    build += random.between(1, 9)
    day += 1
    switch (naming) {
      case 'store':
        return `com.acme.shop@${major}.${minor}.${patch}+${build}`
      case 'semver':
        return `shop@${major}.${minor}.${patch}`
      case 'bare':
        return `${major}.${minor}.${patch}`
      case 'date':
        return new Date(Date.UTC(2026, 10, day)).toISOString().slice(0, 10)
      case 'hash':
        return random.id().slice(0, 12)
      case 'constant':
        return '1.0.0'
      case 'none':
        return null
    }
  }

  function make(name: string | null): Release {
    const left = Array.from({ length: bugs }, (_, bug) => bug).filter((bug) => !fixed.has(bug))
    const release = { name, bugs: new Set(left), firstReceivedAt: null }
    releases.push(release)
    return release
  }

  const releases: Release[] = []
  make(nameNext())
  if (naming !== 'constant' && naming !== 'none') make(nameNext())

  const all: Phone[] = Array.from({ length: phones }, (_, index) => ({
    user: `user-${index}`,
    relay: index % relays,
    release: random.pick(releases),
    isOffline: false,
    queue: [],
  }))

  return {
    releases,
    phones: all,
    sent: [] as Sent[],
    newest: () => releases.at(-1) as Release,
    isFixed: (bug: number) => fixed.has(bug),
    fix: (bug: number) => fixed.add(bug),
    breakAgain: (bug: number) => fixed.delete(bug),
    build: () => make(nameNext()),
  }
}

/** The envelope as an SDK would send it now. */
export function writeEnvelope(sent: Sent, sentAt: number): Buffer {
  const event = {
    event_id: sent.eventId,
    timestamp: sent.occurredAt / 1000,
    platform: 'java',
    level: sent.level,
    ...(sent.release.name === null ? {} : { release: sent.release.name }),
    environment: 'production',
    user: { id: sent.user },
    fingerprint: [`bug-${sent.bug}`],
    exception: { values: [{ type: `Bug${sent.bug}`, value: 'It broke.' }] },
  }
  const payload = JSON.stringify(event)
  const header = JSON.stringify({ event_id: sent.eventId, sent_at: new Date(sentAt).toISOString() })
  return Buffer.from(`${header}\n{"type":"event","length":${Buffer.byteLength(payload)}}\n${payload}\n`)
}
