// Pure: quiet hours of a destination, in its time zone, through changes of the clock.
import type { QuietHours } from './destination.ts'

const minuteMs = 60_000
const dayMinutes = 1_440

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}

/** Minutes since midnight as clocks in that zone show them. */
function localMinutes(at: Date, timeZone: string): number {
  const text = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(at)
  return minutesOf(text)
}

/** @returns when the quiet hours that `now` lies in are over; null: it lies in none */
export function quietUntil(now: Date, hours: QuietHours | null): Date | null {
  if (!hours) return null
  const from = minutesOf(hours.from)
  const to = minutesOf(hours.to)
  const isQuiet = (at: Date) => {
    const local = localMinutes(at, hours.timeZone)
    return from < to ? local >= from && local < to : local >= from || local < to
  }
  if (!isQuiet(now)) return null
  const left = (to - localMinutes(now, hours.timeZone) + dayMinutes) % dayMinutes
  const wholeMinute = Math.floor(now.getTime() / minuteMs) * minuteMs
  let end = new Date(wholeMinute + left * minuteMs)
  // A change of the clock in between moves the end by an hour at most, in small zones by less.
  for (let i = 0; i < 4 && isQuiet(end); i++) end = new Date(end.getTime() + 30 * minuteMs)
  return end
}
