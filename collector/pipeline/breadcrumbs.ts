// Breadcrumbs of any SDK → ours, oldest first; of too many the latest are kept.
import { type Breadcrumb, type JsonValue, type Level, levels } from './event.ts'
import { maxBreadcrumbs, maxMessage, maxName } from './limits.ts'
import { readMovedMoment } from './time.ts'
import {
  asObject,
  cutList,
  type Notes,
  readJsonObject,
  readText,
  readValues,
  type Wire,
} from './wire-values.ts'

/** @param driftMs the sender's clock drift, by which moments are moved */
export function readBreadcrumbs(value: Wire, driftMs: number, notes: Notes): readonly Breadcrumb[] {
  const values = cutList(readValues(value, 'breadcrumbs', notes), maxBreadcrumbs, 0, 'breadcrumbs', notes)
  return values.flatMap((entry, i) => {
    const path = `breadcrumbs.values.${i}`
    const crumb = asObject(entry)
    if (!crumb) {
      notes.add('dropped', path, 'not an object')
      return []
    }
    return {
      at: readMovedMoment(crumb.timestamp, driftMs),
      type: readText(crumb.type, maxName, `${path}.type`, notes) ?? 'default',
      category: readText(crumb.category, maxName, `${path}.category`, notes),
      message: readText(crumb.message, maxMessage, `${path}.message`, notes),
      level: readLevel(crumb.level) ?? 'info',
      data: readCrumbData(crumb.data, `${path}.data`, notes),
    }
  })
}

/** Careless clients put a text where the data should be. */
function readCrumbData(value: Wire, path: string, notes: Notes) {
  if (value === undefined || value === null || typeof value === 'object')
    return readJsonObject(value, path, notes)
  return { value: readText(value, maxMessage, path, notes) }
}

const otherLevels: { readonly [name: string]: Level } = {
  log: 'info',
  notice: 'info',
  trace: 'debug',
  verbose: 'debug',
  warn: 'warning',
  err: 'error',
  exception: 'error',
  critical: 'fatal',
  crit: 'fatal',
  alert: 'fatal',
  emergency: 'fatal',
}

/** null for what is no level; numbers are those of Python's logging (40: error). */
export function readLevel(value: JsonValue | undefined): Level | null {
  if (typeof value === 'number') return readNumericLevel(value)
  if (typeof value !== 'string') return null
  const name = value.trim().toLowerCase()
  if ((levels as readonly string[]).includes(name)) return name as Level
  if (/^[1-5]0$/.test(name)) return readNumericLevel(Number(name))
  return Object.hasOwn(otherLevels, name) ? (otherLevels[name] as Level) : null
}

function readNumericLevel(value: number): Level | null {
  return ({ 10: 'debug', 20: 'info', 30: 'warning', 40: 'error', 50: 'fatal' } as const)[value] ?? null
}
