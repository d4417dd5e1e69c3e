// A subject of the settings kept in the database (`projects.settings`, `installation.settings`): its key there,
// and the schema that checks it and fills in defaults. Each subject stands in a file of its own part, e.g.
// detection's in collector/detect/.
import type { z } from 'zod'

export type SettingsSubject<T extends object> = {
  readonly key: string
  /** Reads `{}` as all defaults. */
  readonly schema: z.ZodType<T>
  /** Relays are told: a change makes the list of projects newer. */
  readonly isPushed?: boolean
}

export type StoredSettings = Readonly<Record<string, unknown>>

/** What is stored, with defaults; what an older or newer program wrote and this one can't read: the defaults. */
export function readSubject<T extends object>(settings: StoredSettings, subject: SettingsSubject<T>): T {
  const read = subject.schema.safeParse(settings[subject.key] ?? {})
  return read.success ? read.data : subject.schema.parse({})
}

/** The settings with the subject's new values; keys that this program doesn't know are kept. */
export function withSubject(settings: StoredSettings, key: string, value: object): StoredSettings {
  const before = settings[key]
  return { ...settings, [key]: { ...(typeof before === 'object' ? before : {}), ...value } }
}

/** Which of the values differ, as dotted paths with before and after: what the audit log says. */
export function changedFields(
  before: unknown,
  after: unknown,
  path = '',
): Record<string, { from: unknown; to: unknown }> {
  if (JSON.stringify(before) === JSON.stringify(after)) return {}
  if (!isPlain(before) || !isPlain(after)) return { [path || 'value']: { from: before, to: after } }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return Object.assign(
    {},
    ...keys.map((key) => changedFields(before[key], after[key], path ? `${path}.${key}` : key)),
  )
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
