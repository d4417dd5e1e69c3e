// What apps dropped themselves, in words. Reasons and categories are free text; those that SDKs are known to send
// have words of their own, every other stands as it was sent.
import type { ProjectDiscards } from '../db/client-discards.ts'
import { countView, exactCount } from './format.ts'

const reasonWords: ReadonlyMap<string, string> = new Map([
  ['', 'for other reasons'],
  ['ratelimit_backoff', 'by rate limit: the relay had asked for a pause'],
  ['before_send', 'by the app’s own beforeSend'],
  ['event_processor', 'by an event processor of the app'],
  ['ignored', 'by the app’s own list of what to ignore'],
  ['sample_rate', 'by the sample rate the app has set'],
  ['network_error', 'because the network failed'],
  ['send_error', 'because the answer was an error'],
  ['queue_overflow', 'because too many waited to be sent'],
  ['cache_overflow', 'because too many waited on disk'],
  ['buffer_overflow', 'because too many waited to be sent'],
  ['backpressure', 'because the app was under load'],
  ['insufficient_data', 'because something was missing in it'],
  ['internal_sdk_error', 'because the SDK itself failed'],
  ['invalid', 'because it was malformed'],
  ['too_big', 'because it was too large'],
])

const categoryWords: ReadonlyMap<string, readonly [one: string, many: string]> = new Map([
  ['', ['of other kinds', 'of other kinds']],
  ['default', ['item', 'items']],
  ['error', ['event', 'events']],
  ['transaction', ['transaction', 'transactions']],
  ['span', ['span', 'spans']],
  ['session', ['session', 'sessions']],
  ['attachment', ['attachment', 'attachments']],
  ['security', ['security report', 'security reports']],
  ['feedback', ['piece of feedback', 'pieces of feedback']],
  ['user_report_v2', ['piece of feedback', 'pieces of feedback']],
  ['profile', ['profile', 'profiles']],
  ['replay', ['replay', 'replays']],
  ['monitor', ['check-in', 'check-ins']],
  ['log_item', ['log line', 'log lines']],
  ['log_byte', ['byte of logs', 'bytes of logs']],
  ['metric_bucket', ['metric', 'metrics']],
  ['trace_metric', ['metric', 'metrics']],
])

function kindView({ reason, category, count }: ProjectDiscards['kinds'][number]) {
  const [one, many] = categoryWords.get(category) ?? [category, category]
  return {
    count: countView(count).text,
    exact: exactCount(count),
    what: count === 1 ? one : many,
    why: reasonWords.get(reason) ?? reason,
  }
}

export function discardsView(projects: readonly ProjectDiscards[], names: ReadonlyMap<number, string>) {
  return projects.map(({ projectId, kinds, others }) => ({
    name: names.get(projectId) ?? `project ${projectId}`,
    kinds: [...kinds, ...(others > 0 ? [{ reason: '', category: '', count: others }] : [])].map(kindView),
  }))
}
