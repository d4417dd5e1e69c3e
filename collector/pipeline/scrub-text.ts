// Takes out of a text what is secret by the name before it, however the text writes names and values: query
// strings and forms, JSON whole or cut, printed dictionaries, headers, XML, multipart forms, command lines.
// What is secret by its form alone is in secret-forms.ts.
import { filtered, scrubForms } from './secret-forms.ts'
import { signsOf, type TextSigns } from './text-signs.ts'

export type IsSecretName = (name: string) => boolean

/** `name=value` in query strings, forms and log lines. */
const assignment = /(^|[\s?&;#,({[])([\w.[\]%-]{1,100})( ?= ?)("[^"]*"?|'[^']*'?|[^\s&;,"'<>(){}]+)/g
/** The same in an address inside an address: `?next=%2Fa%3Ftoken%3Dabc`. */
const encodedAssignment = /(%3F|%26|%23)([\w.-]{1,100})%3D((?:(?!%26|%23)[^\s&"'<>])+)/gi
/**
 * The name in `"name": "value"` of JSON that was cut or of a printed dictionary, in `:name=>"value"` of Ruby and
 * in `name: 'value'` of JavaScript. Its value is read only where it has to go: one that is cut has no end.
 */
const member = /(?:(["'])([\w.-]{1,100})\1|(?<![\w.-])([\w.-]{1,100}))\s{0,3}(?::|=>)\s{0,3}(?=(\S))/g
const memberValue = /"(?:[^"\\]|\\[\s\S])*"?|'(?:[^'\\]|\\[\s\S])*'?|[^\s,"'{}[\]]+/y
/** The same in JSON inside JSON, where quotes have a backslash. */
const escapedMember = /\\(["'])([\w.-]{1,100})\\\1(\s{0,3}:\s{0,3})\\\1[^"'\\]*(?:\\\1)?/g
/** `X-Api-Key: abc`, `password: hunter2`, `:token=>"…"` has its own rule above. */
const header = /(^|[\s;,({[])([\w.-]{1,100}): ?((?:Basic|Bearer|Digest|Token) )?([^\s,;"'<>(){}[\]]+)/gi
const cookieLine = /((?:^|[\s"'])(?:set-)?cookie: ?)([^\n\r"]+)/gi
const element = /<([\w.-]{1,60}:)?([\w.-]{1,100})((?:\s[^<>]{0,500})?)>([^<>]{1,4000})<\/\1?\2>/g
/** `[password] => hunter2` of PHP's print_r. */
const printed = /\[([\w.-]{1,100})\] => ([^\n\r]+)/g
/** What an OpenID provider sends back stands beside a `state`; a code elsewhere is one of an error. */
const grantCode = /(^|[\s?&#"'])code=([^&\s"']{6,2000})/g
const formPart = /(name="([^"\n]{1,100})"\r?\n(?:[\w-]{1,40}: [^\r\n]{0,200}\r?\n){0,4}\r?\n)([^\r\n]+)/g
const option = /(^|\s)(--?[\w-]{2,60}) ([^\s-]\S*)/g

/** `[password, hunter2]` of printed lists of pairs. */
const pair = /\[(["']?)([\w.-]{1,100})\1, ?("[^"\]]{1,200}"|'[^'\]]{1,200}'|[^\s\][,"']{1,200})\]/g

const nothing = /^(?:null|true|false|None|True|False|nil|undefined|""?|''?)$/
/** What follows "password:" in a sentence about it. */
const sentence =
  /^(?:a|an|the|this|that|must|is|was|are|can|cannot|can't|could|should|has|have|may|need|needs|not|no|does|do|doesn't|did|required|invalid|missing|wrong|incorrect|expired|too|mismatch|field|at|for|in|of|or|and|with|from|to|null|true|false|none|nil|undefined|string|number|boolean|object|\[Filtered\]\.?)$/i

const weakNames = /token|jwt|auth|session|sess|sid|cookie|signature|sig|pin|card|key/i

/** A value in running text: of names that are also words only what looks like no word. */
function isValue(name: string, value: string): boolean {
  if (sentence.test(value)) return false
  return /\d/.test(value) || (!weakNames.test(name) && /\w{4}/.test(value)) || value.length >= 20
}

const fieldName = /^:?[\w.-]*$/
const kindOfValue = /^(?:sha|md|utf|base|aes|rsa|[hre]s|u?int|float|varchar|v)-?\d+$/i

/** The second of two in a list: names of fields stand there as well, and counts. */
function isPaired(name: string, value: string): boolean {
  if (kindOfValue.test(value)) return false
  if (/^\d+$/.test(value)) return !weakNames.test(name)
  return /\d/.test(value) || !fieldName.test(value)
}

/**
 * What is secret by its form or by the name before it.
 * @param signs of the text, where the caller has them
 */
export function scrubText(
  text: string,
  isSecret: IsSecretName,
  signs: TextSigns | null = signsOf(text),
): string {
  let now = scrubForms(text, signs)
  if (signs?.lists) {
    now = now.replace(pair, (match, quote: string, name: string, value: string) =>
      isSecret(name) && isPaired(name, value.replace(/^["']|["']$/g, ''))
        ? `[${quote}${name}${quote}, ${filtered}]`
        : match,
    )
  }
  if (!signs?.names) return now
  if (now.includes('=')) {
    now = now.replace(assignment, (match, before: string, name: string, sign: string, value: string) =>
      isSecret(decodeName(name)) && !nothing.test(value) ? `${before}${name}${sign}${filtered}` : match,
    )
  }
  if (now.includes('%3D') || now.includes('%3d')) {
    now = now.replace(encodedAssignment, (match, before: string, name: string) =>
      isSecret(name) ? `${before}${name}%3D${filtered}` : match,
    )
  }
  if (/["']/.test(now) && /:|=>/.test(now)) {
    now = scrubMembers(now, isSecret)
    if (now.includes('\\')) {
      now = now.replace(escapedMember, (match, quote: string, name: string, colon: string) =>
        isSecret(name) ? `\\${quote}${name}\\${quote}${colon}\\${quote}${filtered}\\${quote}` : match,
      )
    }
    if (now.includes('name="')) {
      now = now.replace(formPart, (match, head: string, name: string) =>
        isSecret(name) ? `${head}${filtered}` : match,
      )
    }
  }
  if (now.includes(':')) {
    now = now.replace(cookieLine, (_match, head: string, cookies: string) => head + scrubCookies(cookies))
    now = now.replace(header, (match, before: string, name: string, scheme = '', value: string) =>
      isSecret(name) && (scheme !== '' || isValue(name, value)) && !nothing.test(value)
        ? `${before}${name}: ${scheme}${filtered}`
        : match,
    )
  }
  if (now.includes('</')) {
    now = now.replace(element, (match, space = '', name: string, attributes: string) =>
      isSecret(name) ? `<${space}${name}${attributes}>${filtered}</${space}${name}>` : match,
    )
  }
  if (now.includes('] => ')) {
    now = now.replace(printed, (match, name: string, value: string) =>
      isSecret(name) && !nothing.test(value) ? `[${name}] => ${filtered}` : match,
    )
  }
  if (now.includes('code=') && now.includes('state=')) now = now.replace(grantCode, `$1code=${filtered}`)
  if (now.includes(' --') || now.startsWith('--')) {
    now = now.replace(option, (match, before: string, name: string, value: string) =>
      isSecret(name) && !sentence.test(value) ? `${before}${name} ${filtered}` : match,
    )
  }
  return now
}

function scrubMembers(text: string, isSecret: IsSecretName): string {
  let out = ''
  let done = 0
  member.lastIndex = 0
  for (let match = member.exec(text); match; match = member.exec(text)) {
    const [head, quote, quoted, bare, first] = match
    // Without quotes on either side it is a line of text, which has its own rule.
    if (quote === undefined && first !== '"' && first !== "'") continue
    if (!isSecret(quoted ?? bare ?? '')) continue
    const from = match.index + head.length
    memberValue.lastIndex = from
    const value = memberValue.exec(text)?.[0]
    if (value === undefined || nothing.test(value)) continue
    out += `${text.slice(done, from)}"${filtered}"`
    done = from + value.length
    member.lastIndex = done
  }
  return out + text.slice(done)
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
