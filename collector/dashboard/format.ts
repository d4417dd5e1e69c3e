// Numbers, times and names as people read them. Pure: the moment "now" and the viewer's zone are given, so
// a page shows one consistent instant. Wording and cut-offs follow interface.md, section 9.

/** Who looks, and when: one value for a whole page. */
export type Viewer = {
  readonly now: Date
  /** IANA name, known to this runtime. */
  readonly zone: string
}

/** A moment for `<time>`: what is shown, the exact words behind it, and the machine's form. */
export type TimeView = { readonly text: string; readonly exact: string; readonly iso: string }

/** A count: short for reading, exact for hovering and names. */
export type CountView = { readonly text: string; readonly exact: string }

const narrowSpace = '\u202f'
const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 86_400_000

const formatters = new Map<string, Intl.DateTimeFormat>()
function formatter(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${JSON.stringify(options)}`
  let known = formatters.get(key)
  if (!known) {
    known = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', ...options })
    formatters.set(key, known)
  }
  return known
}

/** True for a zone that this runtime can format in. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return zone.length <= 64
  } catch {
    return false
  }
}

/** 1,234,567 */
export function exactCount(count: number): string {
  return Math.trunc(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')
}

/** 9,999 then 12.4k, 112k, 1.2M. */
export function shortCount(count: number): string {
  if (count < 10_000) return exactCount(count)
  const [value, unit] =
    count < 999_500 ? [count / 1e3, 'k'] : count < 999.5e6 ? [count / 1e6, 'M'] : [count / 1e9, 'G']
  return `${value < 99.95 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value)}${unit}`
}

export function countView(count: number): CountView {
  return { text: shortCount(count), exact: exactCount(count) }
}

/** A count that was only counted up to a bound: "1,000+" past it. */
export function boundedCount(count: number, bound: number): string {
  return count > bound ? `${exactCount(bound)}+` : exactCount(count)
}

/** "1 event", "2,214 events" */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${shortCount(count)} ${count === 1 ? one : many}`
}

/** "22 %"; under one "<1 %"; never 100 where something is missing. */
export function percent(part: number, whole: number): string {
  if (whole <= 0 || part <= 0) return `0${narrowSpace}%`
  const value = (100 * part) / whole
  if (value < 1) return `<1${narrowSpace}%`
  return `${value > 99 && part < whole ? 99 : Math.round(value)}${narrowSpace}%`
}

/** "12 s", "4 min", "2 h", "4 d": how long a span is. */
export function duration(ms: number): string {
  const span = Math.max(0, ms)
  if (span < minuteMs) return `${Math.floor(span / 1000)}${narrowSpace}s`
  if (span < hourMs) return `${Math.floor(span / minuteMs)}${narrowSpace}min`
  if (span < dayMs) return `${Math.floor(span / hourMs)}${narrowSpace}h`
  return `${Math.floor(span / dayMs)}${narrowSpace}d`
}

/** "3 d 16 h": a longer stretch, to its second unit. */
export function longDuration(ms: number): string {
  const rest = ms >= dayMs ? ms % dayMs : ms >= hourMs ? ms % hourMs : 0
  const second = ms >= dayMs ? rest >= hourMs : rest >= minuteMs
  return second ? `${duration(ms)} ${duration(rest)}` : duration(ms)
}

/** "2026-11-17 02:27:41.208 GMT+1" */
export function exactTime(at: Date, viewer: Viewer): string {
  const parts = Object.fromEntries(
    formatter(viewer.zone, {
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      fractionalSecondDigits: 3,
      timeZoneName: 'short',
    })
      .formatToParts(at)
      .map((part) => [part.type, part.value]),
  )
  const { year, month, day, hour, minute, second, fractionalSecond, timeZoneName } = parts
  return `${year}-${month}-${day} ${hour}:${minute}:${second}.${fractionalSecond} ${timeZoneName}`
}

/** "13 Nov", with the year where it isn't this one. */
export function dayText(at: Date, viewer: Viewer): string {
  const year = formatter(viewer.zone, { year: 'numeric' })
  const same = year.format(at) === year.format(viewer.now)
  return formatter(viewer.zone, {
    day: 'numeric',
    month: 'short',
    ...(same ? {} : { year: 'numeric' }),
  }).format(at)
}

/** "Tue" */
export function weekday(at: Date, viewer: Viewer): string {
  return formatter(viewer.zone, { weekday: 'short' }).format(at)
}

/** On the viewer's calendar. */
export function isSameDay(a: Date, b: Date, viewer: Viewer): boolean {
  const day = formatter(viewer.zone, { year: 'numeric', month: 'numeric', day: 'numeric' })
  return day.format(a) === day.format(b)
}

/** "02:27" or "02:27:41" on the viewer's clock. */
export function clockText(at: Date, viewer: Viewer, seconds = false): string {
  const options: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' }
  return formatter(viewer.zone, seconds ? { ...options, second: '2-digit' } : options).format(at)
}

/** A clock time inside a day, else date and time: "02:27", "13 Nov, 14:02". */
export function clockTime(at: Date, viewer: Viewer, seconds = false): TimeView {
  const clock = clockText(at, viewer, seconds)
  return {
    text: isSameDay(at, viewer.now, viewer) ? clock : `${dayText(at, viewer)}, ${clock}`,
    exact: exactTime(at, viewer),
    iso: at.toISOString(),
  }
}

/** How long ago: "12 s", "4 d", from a year on the date. */
export function ageTime(at: Date, viewer: Viewer): TimeView {
  const age = viewer.now.getTime() - at.getTime()
  return {
    text: age < 1_000 ? 'now' : age < 365 * dayMs ? duration(age) : dayText(at, viewer),
    exact: exactTime(at, viewer),
    iso: at.toISOString(),
  }
}

/** "12 s ago", "4 d ago", from a year on the date. */
export function agoTime(at: Date, viewer: Viewer): TimeView {
  const time = ageTime(at, viewer)
  const age = viewer.now.getTime() - at.getTime()
  return age >= 1_000 && age < 365 * dayMs ? { ...time, text: `${time.text} ago` } : time
}

/** "3.1 kB"; decimal units. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes}${narrowSpace}B`
  const units = ['kB', 'MB', 'GB', 'TB']
  let value = bytes / 1000
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${value < 99.95 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value)}${narrowSpace}${units[unit]}`
}

/** First letters of up to two words of a name, for the avatar. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean)
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) =>
    word ? ([...word][0] ?? '') : '',
  )
  return letters.join('').toUpperCase() || '?'
}

/** Cuts at the end to so many characters (code points). */
export function cutEnd(text: string, length: number): string {
  if (text.length <= length) return text
  const points = [...text.slice(0, length * 2)]
  return points.length <= length && text.length <= length * 2
    ? text
    : `${points.slice(0, length - 1).join('')}…`
}

/** Cuts a path in the middle and keeps the file's name. */
export function cutMiddle(path: string, length: number): string {
  if (path.length <= length) return path
  const file = path.slice(path.lastIndexOf('/') + 1)
  const tail = file.length < length - 8 ? `/${file}` : file.slice(-(length - 8))
  return `${path.slice(0, Math.max(4, length - tail.length - 1))}…${tail}`
}

/**
 * A release as short as it stays clear: "rider-app@4.3.0+902" reads "4.3.0 (902)", a hash its first seven.
 * The full name belongs into the title.
 */
export function shortRelease(release: string): string {
  const version = release.slice(release.lastIndexOf('@') + 1)
  if (/^[0-9a-f]{12,64}$/.test(version)) return version.slice(0, 7)
  const plus = version.indexOf('+')
  const text = plus > 0 ? `${version.slice(0, plus)} (${version.slice(plus + 1)})` : version
  return cutEnd(text, 28)
}

/** A release's version without its build: "4.3.0". */
export function versionOf(release: string): string {
  return cutEnd(shortRelease(release.replace(/\+[^+]*$/, '')), 20)
}

/** A link for text from an event: only http and https ever become one. */
export function safeLink(text: string | null): string | null {
  if (!text || text.length > 2_000 || !/^https?:\/\//i.test(text)) return null
  return URL.parse(text)?.href ?? null
}
