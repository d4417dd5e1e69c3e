// Takes out of a text what is a secret by its form (credentials of URLs, bearer values, JSON web tokens,
// private keys) or by the name before it (`password=…`, `"token": "…"`). Every pattern is linear: texts are
// hostile and may be megabytes.
import { isSecretName } from './secret-names.ts'

export const filtered = '[Filtered]'

const urlCredentials = /\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@:?#]{0,200}:[^\s/?#]{1,200}@/gi
const authorizationWord = /\b(?:bearer|basic|token) /i
/** With a digit in it: "Basic authentication", "Unexpected token internationalisation" are none. */
const authorization = /\b(bearer|basic|token) +(?=[A-Za-z._~+/-]{0,200}\d)[A-Za-z0-9._~+/-]{16,16000}=*/gi
// Bounded, since the engine's own stack is: eight megabytes of one token overflow it.
const webToken = /(?<![\w-])eyJ[\w-]{8,4000}\.[\w-]{8,16000}\.[\w-]{0,4000}/g
const privateKey = /-----BEGIN ([A-Z ]{0,40}PRIVATE KEY)-----[^-]*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g

/** `name=value` in query strings, forms and log lines. */
const assignment = /(^|[\s?&;#,({])([\w.[\]%-]{1,100})=("[^"]*"?|'[^']*'?|[^\s&;,"'<>(){}]+)/g
/** `"name": "value"` of JSON that was cut, or of a printed dictionary. */
const member =
  /(["'])([\w.-]{1,100})\1(\s{0,3}:\s{0,3})("(?:[^"\\]|\\[\s\S])*"?|'(?:[^'\\]|\\[\s\S])*'?|[^\s,"'{}[\]]+)/g
/** The same in JSON inside JSON, where quotes have a backslash. */
const escapedMember = /\\(["'])([\w.-]{1,100})\\\1(\s{0,3}:\s{0,3})\\\1[^"'\\]*(?:\\\1)?/g

/** What is secret by its form alone; fit for source lines, in which names before values mean nothing. */
export function scrubForms(text: string): string {
  let now = text
  if (now.includes('://')) now = now.replace(urlCredentials, `$1${filtered}@`)
  if (authorizationWord.test(now)) now = now.replace(authorization, `$1 ${filtered}`)
  if (now.includes('eyJ')) now = now.replace(webToken, filtered)
  if (now.includes('-----BEGIN')) now = now.replace(privateKey, filtered)
  return now
}

/** What is secret by its form or by the name before it. */
export function scrubText(text: string): string {
  let now = scrubForms(text)
  if (now.includes('=')) {
    now = now.replace(assignment, (match, before: string, name: string) =>
      isSecretName(decodeName(name)) ? `${before}${name}=${filtered}` : match,
    )
  }
  if (now.includes(':') && /["']/.test(now)) {
    now = now.replace(member, (match, quote: string, name: string, colon: string, value: string) =>
      isSecretName(name) && !/^(?:null|true|false|None|True|False|""?|''?)$/.test(value)
        ? `${quote}${name}${quote}${colon}"${filtered}"`
        : match,
    )
    now = now.replace(escapedMember, (match, quote: string, name: string, colon: string) =>
      isSecretName(name) ? `\\${quote}${name}\\${quote}${colon}\\${quote}${filtered}\\${quote}` : match,
    )
  }
  return now
}

/** A Cookie header: the names stay, they say what was sent. */
export function scrubCookies(text: string): string {
  const now = text.replace(/=[^;]*/g, `=${filtered}`)
  return now.includes('=') ? now : filtered
}

function decodeName(name: string): string {
  if (!name.includes('%')) return name
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
