// Failed HTTP requests are told apart by host and status, also where they went through one helper. Both stand
// in the error's text, or, where an SDK watches requests and reports failed ones itself, beside the error.
import type { Event } from './event.ts'

const status = new RegExp(
  [
    // `HTTP 502`, `status code 404`, `Response status: 503`, `HTTP/1.1 500`
    String.raw`\b(?:HTTP(?:/\d(?:\.\d)?)?|status(?:[ _-]?code)?|response(?:[ _-]?code)?)[ :=#]{0,3}(?:code |error )?([1-5]\d\d)\b`,
    // `404 Not Found`, `503 Server Error`
    String.raw`\b([45]\d\d) (?:Bad|Unauthorized|Payment|Forbidden|Not|Method|Request|Conflict|Gone|Too|Client|Internal|Server|Service|Gateway)\b`,
  ].join('|'),
  'i',
)

/** `ENOTFOUND api.shop.example`, `No such host is known. (api.shop.example:443)` */
const namedHost =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|(?:such|resolve|unknown) host\b[^("':]{0,20}[("':]*) ?([A-Za-z][A-Za-z0-9-]{0,62}(?:\.[A-Za-z0-9-]{1,63}){0,8})/
const urlHost = /\bhttps?:\/\/(?:[^\s/@]{1,200}@)?([A-Za-z0-9.-]{1,253})/
const isRequest =
  /\b(?:fetch|request|http (?:error|status)|network|connect|connection|timed? ?out|resolve|getaddrinfo)/i

/** @returns e.g. `api.shop.example 502`; null where the text speaks of no failed request */
export function httpFailure(text: string): string | null {
  const start = text.slice(0, 2_000)
  const code = status.exec(start)
  const found = code?.[1] ?? code?.[2] ?? null
  const named = namedHost.exec(start)?.[1] ?? null
  if (found === null && named === null && !isRequest.test(start)) return null
  const host = named ?? urlHost.exec(start)?.[1]?.toLowerCase() ?? null
  // Addresses change with each deployment, names don't.
  const parts = [host !== null && /[a-z]/i.test(host) ? steadyHost(host) : null, found]
  return parts.every((part) => part === null) ? null : parts.filter((part) => part !== null).join(' ')
}

/** One of many: `api-17.shop.example` is any of them. */
function steadyHost(host: string): string {
  return host.toLowerCase().replace(/\d+/g, '<n>')
}

const moreStatuses = new RegExp(
  [
    // Dio, .NET, aiohttp
    String.raw`\bstatus code of ([1-5]\d\d)\b|\bdoes not indicate success: ([1-5]\d\d)\b|^([45]\d\d), message=`,
    String.raw`\bunexpected[_ ](?:http[_ ])?(?:status|response)(?:[_ ]code)?\W{1,4}([1-5]\d\d)\b`,
  ].join('|'),
  'i',
)
const answered =
  /\b(?:returned|responded(?: with)?|answered(?: with)?|replied(?: with)?|got|->|→) (?:an? )?(?:HTTP )?([45]\d\d)(?= ?(?:$|[,.;:)\]\n]|from\b|for\b|after\b))/i
const speaksOfRequest = /\bhttps?:\/\/|\b(?:GET|POST|PUT|PATCH|DELETE|HEAD)\b/

/**
 * Of version 2: a status that httpFailure does not find, with the host where the text names one.
 * @returns e.g. `api.shop.example 502`; null where the text speaks of none
 */
export function httpStatus(text: string): string | null {
  const start = text.slice(0, 2_000)
  const isAngular = start.startsWith('Http failure response for ')
  const code = moreStatuses.exec(start) ?? (speaksOfRequest.test(start) ? answered.exec(start) : null)
  if (!code && !isAngular) return null
  const host = urlHost.exec(start)?.[1] ?? ''
  const status = code?.slice(1).find((group) => group !== undefined) ?? ''
  return `${/[a-z]/i.test(host) ? steadyHost(host) : ''} ${status}`.trim() || null
}

/** Mechanisms (browsers, Apple) and types (Android) by which SDKs report a request that failed. */
const reportedBy =
  /^(?:auto\.)?http\.client(?:\.|$)|^(?:HTTPClientError|SentryOkHttpInterceptor|SentryApollo\w{0,30})$/
const reportedType = /(?:^|\.)(?:SentryHttpClientException|HTTPClientError)$/

/**
 * Host and status of a failed request that the SDK itself reports; its stack is the SDK's own.
 * @returns null: the event is no such report
 */
export function reportedHttpFailure(event: Event): { host: string; status: string } | null {
  const exception = event.exceptions.at(-1)
  if (!exception) return null
  if (!reportedBy.test(exception.mechanism?.type ?? '') && !reportedType.test(exception.type ?? ''))
    return null
  const url = event.request?.url ?? null
  const code = event.contexts.response?.status_code
  const status =
    typeof code === 'number' ? String(code) : (/\b([1-5]\d\d)\b/.exec(exception.value ?? '')?.[1] ?? '')
  return { host: url !== null && URL.canParse(url) ? steadyHost(new URL(url).host) : '', status }
}
