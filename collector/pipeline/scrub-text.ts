// Takes out of a text what is secret by the name before it, however the text writes names and values: query
// strings and forms, JSON whole or cut, printed dictionaries, headers, XML, multipart forms, command lines.
// What is secret by its form alone is in secret-forms.ts.
import { filtered, scrubCookies, scrubForms } from './secret-forms.ts'
import { mayBeForeignSecret } from './secret-names.ts'
import { signsOf, type TextSigns } from './text-signs.ts'

export type IsSecretName = (name: string) => boolean

/** `name=value` in query strings, forms and log lines; `name := value` and `name == value` as well. */
const assignment =
  /((?:^|[\s?&;#,({[|@])(?:[A-Za-z][\w.-]{0,30}:)?)([\w.[\]%-]{1,100})( ?(?::=|==?) ?)("[^"]*"?|'[^']*'?|[^\s&;,"'<>(){}]+)/g
/** The same in an address inside an address, encoded once or more: `?next=%2Fa%3Ftoken%3Dabc`. */
const encodedAssignment =
  /(%(?:25){0,3}(?:3F|26|23))([\w.-]{1,100})(%(?:25){0,3}3D)((?:(?!%(?:25){0,3}(?:26|23))[^\s&"'<>])+)/gi
/**
 * The name in `"name": "value"` of JSON that was cut or of a printed dictionary, in `:name=>"value"` of Ruby, in
 * `name: 'value'` of JavaScript and in `"name" = 'value'` of SQL. Its value is read only where it has to go: one
 * that is cut has no end.
 */
const member =
  /(?:(["'`])([\w.-]{1,100})\1\s{0,3}(?::|=>|==?)|(?<![\w.-])([\w.-]{1,100})\s{0,3}(?::|=>))\s{0,3}(?=(\S))/g
const memberValue = /"(?:[^"\\]|\\[\s\S])*"?|'(?:[^'\\]|\\[\s\S])*'?|[^\s,"'{}[\]]+/y
/** The same in JSON inside JSON, where quotes have one backslash or more, in addresses and in HTML. */
const escapedMember =
  /(\\{1,8}["']|\\{1,4}u0022|%22|&quot;|&#34;)([\w.-]{1,100})\1(\s{0,3}(?::|%3A)\s{0,3})\1(?:(?!\1)[^"'\s]){0,4000}(?:\1)?/gi
/** `Some("abc")` of Rust, `Optional("abc")` of Swift. */
const wrapped = /([\w.-]{1,100})(\s?[:=]\s?(?:Some|Optional|Just)\()(["']?)([^"')\n]{1,1000})\3\)/g
/** PHP's var_dump and serialize. */
const dumped = /(\["([\w.-]{1,100})"\]=>\s{1,20}string\(\d{1,9}\) ")([^"\n]{1,4000})"/g
const serialized = /(s:\d{1,3}:"([\w.-]{1,100})";s:\d{1,9}:")([^"\n]{1,4000})"/g
/** A block of YAML. */
const block = /((?:^|\n)[ \t-]{0,40}([\w.-]{1,100}): [>|][+-]?\n[ \t]{1,40})(\S[^\n]{0,4000})/g
const compared =
  /((["`]?)([\w.]{1,100})\2 {0,2}(?:<>|!=|\bIN {0,2}\(|\bLIKE\b|= {0,2}ANY {0,2}\() {0,2})'([^'\n]{1,1000})'/gi
const setPassword = /(\bSET PASSWORD\b(?: FOR '[^'\n]{0,100}'(?:@'[^'\n]{0,100}')?)? ?= ?)'[^'\n]{1,1000}'/gi
/** `X-Api-Key: abc`, `password : hunter2`, `token => abc`; `:token=>"…"` has its own rule above. */
const header =
  /(^\/?|\s\/?|[;,({[|])([\w.-]{1,100})([ \t]?: {0,2}|:\t{1,4}| [=-]> )((?:Basic|Bearer|Digest|Token) )?([^\s,;"'<>(){}[\]]+)/gi
/** `Authorization: ApiKey abc`; where the scheme has parameters all of them, since some sign. */
const authorization =
  /((?:^|[^\w])authorization["']?[ \t]?[:=][ \t]?["'[]?[ \t]?)(?:((?:Digest|OAuth|Hawk|Signature|AWS4-[\w-]{1,20}|SharedKey\w{0,10}|MAC) )(?=[^\n\r]{0,200}[=:])[^\n\r]+|([A-Za-z][\w-]{1,29} )([^\s"'\],;]{4,}))/gi
/** `Authorization:[Bearer abc]` of Go's maps, `x-api-key: [ 'abc' ]`: one value in a list. */
const listed =
  /([\w.-]{1,100})(["']?[ \t]?(?:=>|[:=])[ \t]?)\[[ \t]?["']?((?:Basic|Bearer|Digest|Token) )?([^\s\][,"']{1,16000})["']?[ \t]?\]/gi
const cookieLine = /((?:^|[\s"'[({,])(?:set-)?cookie(?:: ?\[?|=\[))((?:\[Filtered\]|[^\n\r"\]])+)/gi
const element =
  /<([\w.-]{1,60}:)?([\w.-]{1,100})((?:\s[^<>]{0,500})?)>(?:<!\[CDATA\[[^\]]{1,4000}\]\]>|[^<>]{1,4000})<\/\1?\2>/g
/** `<entry key="password">abc</entry>` */
const namedElement =
  /(<[\w:.-]{1,60} (?:key|name|id)=["']([\w.-]{1,100})["'][^<>]{0,200}>)([^<>]{1,4000})(?=<\/)/g
/** `<input type="password" value="abc">`, `<add key="pin" value="1234">`, and as a selector `input[name="pin"][value="1"]`. */
const inputValue =
  /(<[\w:.-]{1,40}\b[^<>]{0,500}|\binput(?:\[[^\][\n]{1,100}\]){0,8}\[)(\b(?:value|content)=)("[^"\n]{1,1000}"|'[^'\n]{1,1000}')([^<>\n]{0,300})/gi
const inputName = /\b(?:name|key|id|type|autocomplete)=["']([\w.[\]-]{1,100})["']/gi
/** `[password] => hunter2` of PHP's print_r. */
const printed = /\[([\w.-]{1,100})\] => ([^\n\r]+)/g
/** What an OpenID provider sends back stands beside a `state`; a code elsewhere is one of an error. */
const grantCode = /(^|[\s?&#"'])code=(?![A-Z][A-Z\d_]{0,40}(?:[&\s"']|$))([^&\s"']{6,2000})/g
/** A key in a query, which is no UUID and no path of a file. */
const queryKey =
  /([?&;]key=)(?![0-9a-f]{8}-[0-9a-f]{4}-)(?=[A-Za-z_-]{0,100}\d)(?=[\d_-]{0,100}[A-Za-z])([\w-]{20,300})(?=[&#\s"']|$)/gi
const formPart = /(name="([^"\n]{1,100})"\r?\n(?:[\w-]{1,40}: [^\r\n]{0,200}\r?\n){0,4}\r?\n)([^\r\n]+)/g
const option = /(^|\s)(--?[\w-]{2,60}) ([^\s-]\S*)/g

/** `[password, hunter2]` and `('password', 'hunter2')` of printed lists of pairs. */
const pair =
  /(\[ ?b?(["']?)|\(b?(["']))([\w.-]{1,100})(?:\2|\3), ?(b?"[^"\]]{1,4000}"|b?'[^'\]]{1,4000}'|[^\s\]()[,"']{1,200})( ?[\])])/g

/** `wrong password 'abc1'`, `PASSWORD 'abc'` of SQL, `API key "abc…"`. */
const quotedPhrase =
  /\b(passw(?:or)?d|passphrase|passcode|pwd|secret|token|key|pin|otp|identified by)((?: (?:is|was|of|provided|given|used|entered|value))?:? )(["'`])([^"'`\n]{4,400})\3/gi
const sqlPhrase = /\b(?:WITH|SET|ENCRYPTED|USER) *$/
/** `API key provided: abc1`, `access token is abc1` */
const phrase =
  /\b((?:api|access|secret|private|auth|session|signing|encryption)[ -](?:key|token|secret)(?: (?:provided|given|used|received|sent))?(?: ?[:=]| is| was) ["'`]?)([^\s"'`,;]{6,2000})/gi

/** `Key (api_key)=(abc) already exists` of PostgreSQL, `Duplicate entry 'abc' for key 'users.api_key'` of MySQL. */
const violatedKey = /(\bKey \(([\w., "]{1,200})\)=\()([^)\n]{1,2000})(\))/g
const duplicateEntry = /(\bDuplicate entry ')([^'\n]{1,2000})(' for key '([^'\n]{1,200})')/g

/** Names in other writings than plain letters, and signs in other widths. */
const foreignMember =
  /(?<![\p{L}\p{M}\p{N}_.-])([\p{L}\p{M}\p{N}_.-]{1,60}(?: [\p{L}\p{M}]{1,30})?)(["'`]?\s{0,3}(?:=>|[=:：＝])\s{0,3})("[^"\n]*"?|'[^'\n]*'?|[^\s,;&"'{}()[\]<>，；]+)/gu

/** `INSERT INTO users (email, password) VALUES ('a', 'b')`, as ORMs write it into their errors. */
const inserted = /\(([^()]{1,2000})\)\s{1,10}VALUES\s{0,10}\(/gi
const insertedValue =
  /\s{0,10}("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.|'')*'|[^,()]*(?:\([^()]*\))?)\s{0,10}([,)]?)/y

const nothing =
  /^(?:null|true|false|None|True|False|nil|undefined|none|omit|include|same-origin|enabled|disabled|denied|granted|""?|''?|\?\d{0,3}|%|%s|%\(\w+\)s|["']?\$\d+["']?|@p\d+|:[a-z_]+\d*|\[Filtered\].*|"\[Filtered\]")$/
/** What follows "password:" in a sentence about it. */
const sentence =
  /^(?:a|an|the|this|that|must|is|was|are|can|cannot|can't|could|should|has|have|may|need|needs|not|no|does|do|doesn't|did|required|invalid|missing|wrong|incorrect|expired|too|mismatch|field|at|for|in|of|or|and|with|from|to|null|true|false|none|nil|undefined|string|number|boolean|object|include|omit|enabled|disabled|sent|failed|denied|granted|valid|active|inactive|empty|set|unset|present|absent|unknown|pending|closed|open|oauth2?|basic|bearer|digest|jwt|saml2?|sso|ldap|oidc|auth|authentication|malformed|rejected|blocked|used|reset|changed|anonymous|\[Filtered\]\.?)$/i

const weakNames = /token|jwt|auth|session|sess|sid|cookie|signature|sig|pin|card|key/i
const numericNames = /pin|otp|cv[vcn]|code|pass|pwd|pw|ssn|secret|number|card/i
const sourceFile =
  /\.(?:[cm]?[jt]sx?|vue|py|rb|go|php|java|kt|swift|cs|dart|rs|exs?|cc?|cpp|h|mm?|scala|sql)$/i

/** `tokens: 12` counts, and `token.js:12` is a place. */
function isCount(name: string, value: string): boolean {
  return /^\d{1,2}$/.test(value) || (/^\d{1,7}$/.test(value) && !numericNames.test(name))
}

/** A value in running text: of names that are also words only what looks like no word. */
function isValue(name: string, value: string): boolean {
  if (sentence.test(value) || isCount(name, value)) return false
  if (sourceFile.test(name)) return false
  return /\d/.test(value) || (!weakNames.test(name) && /\w{4}/.test(value)) || value.length >= 16
}

/** Behind a scheme stands a key; or a sentence goes on: "Authorization: Basic auth is off". */
function isHeaderValue(name: string, scheme: string, value: string): boolean {
  if (nothing.test(value)) return false
  return scheme === '' ? isValue(name, value) : !sentence.test(value)
}

/** `cart-summary-page-2026`: names of something, and no key. */
function isWords(value: string): boolean {
  return /^(?:[A-Za-z]{2,20}|\d{1,4})(?:[-_](?:[A-Za-z]{2,20}|\d{1,4}))+$/.test(value)
}

const fieldName = /^:?[\w.-]*$/
const kindOfValue = /^(?:sha|md|utf|base|aes|rsa|[hre]s|u?int|float|varchar|v)-?\d+/i

/** The second of two in a list: names of fields stand there as well, and counts. */
function isPaired(name: string, value: string): boolean {
  if (nothing.test(value) || sentence.test(value) || kindOfValue.test(value)) return false
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
  if (signs === null) return now
  if (signs.lists && now.includes(', ')) {
    now = now.replace(pair, (match, open: string, _a, _b, name: string, value: string, close: string) =>
      isSecret(name) && isPaired(name, withoutQuotes(value))
        ? `${open}${name}${/["']$/.exec(open)?.[0] ?? ''}, ${filtered}${close}`
        : match,
    )
  }
  if (signs.quotes || signs.lists) now = scrubPhrases(now, isSecret)
  if ((signs.quotes || signs.lists) && /\bvalues\b/i.test(now)) now = scrubInserted(now, isSecret)
  if (signs.foreign) now = scrubForeign(now, isSecret)
  if (!signs.names) return now
  if (/authorization/i.test(now)) {
    now = now.replace(
      authorization,
      (match, head: string, withParameters?: string, scheme = '', value = '') =>
        withParameters !== undefined || isValue('authorization', value)
          ? `${head}${withParameters ?? scheme}${filtered}`
          : match,
    )
  }
  if (signs.lists && now.includes(']')) {
    now = now.replace(listed, (match, name: string, sign: string, scheme = '', value: string) =>
      isSecret(name) &&
      value !== 'Filtered' &&
      !nothing.test(value) &&
      (scheme !== '' || isValue(name, value))
        ? `${name}${sign}[${filtered}]`
        : match,
    )
  }
  if (now.includes('=')) {
    now = scrubAssignments(now, isSecret, 0)
    if (/\bSET PASSWORD\b/i.test(now)) now = now.replace(setPassword, `$1'${filtered}'`)
    if (now.includes('key=')) {
      now = now.replace(queryKey, (match, head: string, value: string) =>
        isWords(value) ? match : `${head}${filtered}`,
      )
    }
    if (/\b(?:value|content)=/.test(now)) now = scrubInputs(now, isSecret)
    if (now.includes(')=(')) {
      now = now.replace(violatedKey, (match, head: string, columns: string, _values, end: string) =>
        columns.split(',').some((column) => isSecret(column.trim())) ? `${head}${filtered}${end}` : match,
      )
    }
  }
  if (/\b(?:Some|Optional|Just)\(/.test(now)) {
    now = now.replace(wrapped, (match, name: string, head: string, _quote, value: string) =>
      isSecret(name) && /\w{2}/.test(value) && !nothing.test(value) ? `${name}${head}"${filtered}")` : match,
    )
  }
  if (/%3D|%253D/i.test(now)) {
    now = now.replace(encodedAssignment, (match, before: string, name: string, sign: string) =>
      isSecret(name) ? `${before}${name}${sign}${filtered}` : match,
    )
  }
  if (/["'`]/.test(now) && /[:=]/.test(now)) {
    now = scrubMembers(now, isSecret)
    if (now.includes(') "') || now.includes('";s:')) {
      for (const pattern of [dumped, serialized]) {
        now = now.replace(pattern, (match, head: string, name: string) =>
          isSecret(name) ? `${head}${filtered}"` : match,
        )
      }
    }
    if (now.includes('name="')) {
      now = now.replace(formPart, (match, head: string, name: string) =>
        isSecret(name) ? `${head}${filtered}` : match,
      )
    }
  }
  if (/\\|%22|&quot;|&#34;/.test(now)) now = scrubEscaped(now, isSecret)
  if (/cookie/i.test(now)) {
    now = now.replace(cookieLine, (_match, head: string, cookies: string) => head + scrubCookies(cookies))
  }
  if (now.includes(':') || now.includes(' => ') || now.includes(' -> ')) {
    now = now
      .replace(header, (match, before: string, name: string, sign: string, scheme = '', value: string) =>
        isSecret(name) && isHeaderValue(name, scheme, value)
          ? `${before}${name}${sign}${scheme}${filtered}`
          : match,
      )
      .replace(phrase, (match, head: string, value: string) =>
        isValue('key', value) && !kindOfValue.test(value) ? `${head}${filtered}` : match,
      )
  }
  if (/: [>|][+-]?\n/.test(now)) {
    now = now.replace(block, (match, head: string, name: string) =>
      isSecret(name) ? `${head}${filtered}` : match,
    )
  }
  if (now.includes('</')) {
    now = now.replace(namedElement, (match, head: string, name: string) =>
      isSecret(name) ? `${head}${filtered}` : match,
    )
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

/** What stands in quotes behind a harmless name is looked through as well: `msg="password=abc"`. */
function scrubAssignments(text: string, isSecret: IsSecretName, depth: number): string {
  return text.replace(assignment, (match, before: string, name: string, sign: string, value: string) => {
    if (isSecret(decodeName(name)) && !nothing.test(value)) return `${before}${name}${sign}${filtered}`
    const isNested = depth < 3 && /^["']/.test(value) && value.includes('=')
    if (!isNested) return match
    return `${before}${name}${sign}${value[0]}${scrubAssignments(value.slice(1), isSecret, depth + 1)}`
  })
}

function scrubEscaped(text: string, isSecret: IsSecretName): string {
  return text.replace(escapedMember, (match, quote: string, name: string, colon: string) =>
    isSecret(name) ? `${quote}${name}${quote}${colon}${quote}${filtered}${quote}` : match,
  )
}

function withoutQuotes(value: string): string {
  return value.replace(/^b?["']|["']$/g, '')
}

/** What stands in quotes behind a word for a secret; of words that mean other things as well only what looks random. */
function scrubPhrases(text: string, isSecret: IsSecretName): string {
  let now = text
  if (/passw|passphrase|passcode|pwd|secret|token|key|pin|otp|identified by/i.test(now)) {
    now = now.replace(
      quotedPhrase,
      (match, word: string, between: string, quote: string, value: string, at) => {
        if (nothing.test(value) || sentence.test(value) || kindOfValue.test(value)) return match
        const isSql = /^identified/i.test(word) || (word === 'PASSWORD' && sqlPhrase.test(text.slice(0, at)))
        const looksSecret = /^passw|^passphrase|^pwd|^passcode/i.test(word)
          ? /\d|[^\w\s.:,-]/.test(value) && !/\s.*\s/.test(value)
          : /^(?=.{0,400}\d)[\w+/=]{16,400}$/.test(value)
        return isSql || looksSecret ? `${word}${between}${quote}${filtered}${quote}` : match
      },
    )
  }
  now = now.replace(compared, (match, head: string, _quote, name: string, value: string) =>
    isSecret(name) && !nothing.test(value) && value !== filtered ? `${head}'${filtered}'` : match,
  )
  if (now.includes('Duplicate entry')) {
    now = now.replace(duplicateEntry, (match, head: string, _value, end: string, key: string) =>
      isSecret(key.slice(key.lastIndexOf('.') + 1)) ? `${head}${filtered}${end}` : match,
    )
  }
  return now
}

function scrubForeign(text: string, isSecret: IsSecretName): string {
  if (!mayBeForeignSecret(text)) return text
  return text.replace(foreignMember, (match, name: string, sign: string, value: string) => {
    const isPlainRule = /^[\x20-\x7e]*$/.test(name + sign)
    const bare = withoutQuotes(value)
    return isPlainRule || !isSecret(name) || nothing.test(value) || sentence.test(bare) || isCount(name, bare)
      ? match
      : `${name}${sign}${filtered}`
  })
}

/** The values in the columns of a secret's name; of several rows only the first is read. */
function scrubInserted(text: string, isSecret: IsSecretName): string {
  let out = ''
  let done = 0
  for (const match of text.matchAll(inserted)) {
    const columns = (match[1] ?? '').split(',').map((column) => column.replace(/[\s"'`[\]]/g, ''))
    if (match.index < done || !columns.some(isSecret)) continue
    insertedValue.lastIndex = match.index + match[0].length
    for (const column of columns) {
      const from = insertedValue.lastIndex
      const [whole, value = '', end] = insertedValue.exec(text) ?? []
      if (whole === undefined) break
      if (isSecret(column) && value.trim() !== '' && !nothing.test(value.trim())) {
        const at = from + whole.indexOf(value)
        out += text.slice(done, at) + filtered
        done = at + value.length
      }
      if (end !== ',') break
    }
  }
  return out + text.slice(done)
}

function scrubInputs(text: string, isSecret: IsSecretName): string {
  return text.replace(inputValue, (match, head: string, sign: string, value: string, tail: string) => {
    const named = [...(head + tail).matchAll(inputName)].some(([, name = '']) => isSecret(name))
    return named && value.slice(1, -1) !== filtered ? `${head}${sign}"${filtered}"${tail}` : match
  })
}

function scrubMembers(text: string, isSecret: IsSecretName): string {
  let out = ''
  let done = 0
  member.lastIndex = 0
  for (let match = member.exec(text); match; match = member.exec(text)) {
    const [head, quote, quoted, bare, first] = match
    // Without quotes on either side it is a line of text, which has its own rule.
    if (quote === undefined && first !== '"' && first !== "'") continue
    const name = quoted ?? bare ?? ''
    if (!isSecret(name)) continue
    const from = match.index + head.length
    memberValue.lastIndex = from
    const value = memberValue.exec(text)?.[0]
    if (value === undefined || nothing.test(value) || isCount(name, value)) continue
    out += `${text.slice(done, from)}"${filtered}"`
    done = from + value.length
    member.lastIndex = done
  }
  return out + text.slice(done)
}

function decodeName(name: string): string {
  if (!name.includes('%')) return name
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
