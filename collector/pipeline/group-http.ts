// What a text says of a failed HTTP request: host and status, which tell failures apart that read the same
// once numbers and names are taken out. Used only where no stack tells more.

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
  const parts = [host !== null && /[a-z]/i.test(host) ? host : null, found]
  return parts.every((part) => part === null) ? null : parts.filter((part) => part !== null).join(' ')
}
