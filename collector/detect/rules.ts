// What detection goes by: the project's setting `detection` with its defaults, checked here, and the form in
// which the pure rules use it. Units stand in the names.
import { z } from 'zod'
import { levels } from '../pipeline/event.ts'
import type { SettingsSubject } from '../settings-subject.ts'

/** A whole number within bounds, with sentences that say how to mend it. */
const whole = (min: number, max: number) =>
  z
    .int('Enter a whole number.')
    .min(min, `At least ${min}.`)
    .max(max, `At most ${max.toLocaleString('en-US')}.`)
const names = z
  .array(z.string().trim().min(1, 'Not empty.').max(200, 'At most 200 characters each.'))
  .max(50, 'At most 50.')
  .default([])

/** `projects.settings.detection`; what is absent has its default, and each part stands by itself. */
export const detectionSettings = z.object({
  burst: z
    .object({
      on: z.boolean().default(true),
      events: whole(1, 100).default(3),
      minutes: whole(1, 24 * 60).default(5),
    })
    .prefault({}),
  fatal: z.object({ on: z.boolean().default(true), events: whole(1, 100).default(1) }).prefault({}),
  slowBurn: z
    .object({ on: z.boolean().default(true), minutes: whole(1, 30 * 24 * 60).default(60) })
    .prefault({}),
  regression: z
    .object({
      on: z.boolean().default(true),
      /** Without a release that tells, a recurrence within this time after the resolution is a regression. */
      graceHours: whole(0, 90 * 24).default(24),
    })
    .prefault({}),
  escalation: z.object({ on: z.boolean().default(true), regressions: whole(1, 20).default(2) }).prefault({}),
  /** Further conditions; empty: any. Events that don't meet them are counted, and decide nothing. */
  only: z
    .object({
      /** By every rule but fatal an issue files once it has this many distinct users; 0: no condition. */
      users: whole(0, 1_000_000).default(0),
      environments: names,
      levels: z.array(z.enum(levels)).default([]),
      /** Releases; `*` stands for anything: `shop@5.*`. */
      releases: names,
    })
    .prefault({}),
})
export type DetectionSettings = z.output<typeof detectionSettings>

export const detectionSubject: SettingsSubject<DetectionSettings> = {
  key: 'detection',
  schema: detectionSettings,
}

export const defaultDetection: DetectionSettings = detectionSettings.parse({})

/** An event received this long after it happened was kept by a phone: it counts, but makes no burst. */
const lateAfterMs = 60 * 60_000

export type DetectionRules = {
  /** Infinity: off. This many error or fatal events of one issue … */
  readonly burstEvents: number
  /** … received within this time make a burst. */
  readonly burstWindowMs: number
  /** This many fatal events of one stretch of trouble file; Infinity: off. */
  readonly fatalEvents: number
  /** An error that was not filed for this long files; Infinity: off. */
  readonly slowBurnMs: number
  readonly lateAfterMs: number
  /** false: what recurs after the fix reopens, and files as anything new does. */
  readonly regression: boolean
  readonly regressionGraceMs: number
  /** From this regression on it escalates; Infinity: off. */
  readonly escalateAt: number
  readonly only: DetectionSettings['only']
}

export function rulesOf(settings: DetectionSettings): DetectionRules {
  return {
    burstEvents: settings.burst.on ? settings.burst.events : Number.POSITIVE_INFINITY,
    burstWindowMs: settings.burst.minutes * 60_000,
    fatalEvents: settings.fatal.on ? settings.fatal.events : Number.POSITIVE_INFINITY,
    slowBurnMs: settings.slowBurn.on ? settings.slowBurn.minutes * 60_000 : Number.POSITIVE_INFINITY,
    lateAfterMs,
    regression: settings.regression.on,
    regressionGraceMs: settings.regression.graceHours * 3_600_000,
    escalateAt: settings.escalation.on ? settings.escalation.regressions : Number.POSITIVE_INFINITY,
    only: settings.only,
  }
}

export const defaultRules: DetectionRules = rulesOf(defaultDetection)

/** Reads what is stored; what can't be read any more (an older program's) has its default. */
export function readDetection(stored: unknown): DetectionSettings {
  const parsed = detectionSettings.safeParse(stored ?? {})
  return parsed.success ? parsed.data : defaultDetection
}

function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*')
  const [first = '', ...rest] = parts
  if (rest.length === 0) return pattern === text
  const last = rest.pop() ?? ''
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last))
    return false
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0 || found + part.length > text.length - last.length) return false
    at = found + part.length
  }
  return true
}

/** Does an event meet the project's further conditions? One that doesn't is counted, and decides nothing. */
export function meetsConditions(
  only: DetectionSettings['only'],
  event: {
    readonly environment: string
    readonly level: (typeof levels)[number]
    readonly release: string | null
  },
): boolean {
  if (only.environments.length > 0 && !only.environments.includes(event.environment)) return false
  if (only.levels.length > 0 && !only.levels.includes(event.level)) return false
  if (only.releases.length === 0) return true
  const { release } = event
  return release !== null && only.releases.some((pattern) => matches(pattern, release))
}
