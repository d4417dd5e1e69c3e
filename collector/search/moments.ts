// Moments in a search: an age like `24h` or `7d`, or a date.

const unitMs: Readonly<Record<string, number>> = {
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}
const years = 10 * 366 * 86_400_000

/** An age in milliseconds, `24h` or `7d`; null: none. */
export function readAge(text: string): number | null {
  const [, number, unit] = /^(\d{1,6})(m|min|h|d)$/.exec(text) ?? []
  const ms = Number(number) * (unitMs[unit ?? ''] ?? Number.NaN)
  return Number.isFinite(ms) && ms <= years ? ms : null
}

/** A date or moment in ISO form, UTC where no zone is named; null: none. */
export function readDate(text: string): Date | null {
  if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(text)) return null
  const hasZone = /(Z|[+-]\d{2}:\d{2})$/.test(text) || !text.includes('T')
  const at = new Date(hasZone ? text : `${text}Z`)
  return Number.isNaN(at.getTime()) ? null : at
}

/** The nearest form that can be read, to be offered: `1w` is `7d`. */
export function mendAge(text: string): string | null {
  const [, number, unit] =
    /^(\d{1,4})\s*(w|wk|week|weeks|mo|month|months|y|hr|hours?|days?)$/i.exec(text) ?? []
  if (!number || !unit) return null
  const count = Number(number)
  if (/^w/i.test(unit)) return `${count * 7}d`
  if (/^mo/i.test(unit)) return `${count * 30}d`
  if (/^y/i.test(unit)) return `${count * 365}d`
  return /^h/i.test(unit) ? `${count}h` : `${count}d`
}
