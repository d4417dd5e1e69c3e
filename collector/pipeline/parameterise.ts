// A message without what differs from one occurrence to the next: numbers, ids, dates, addresses, quoted
// values. One pass, leftmost match, in the order of section 6.5 of the protocol reference, with more kinds of
// ids and with quotes. The text is bounded first and no alternative can backtrack over what another one took.
import { namesInCode } from './names-in-code.ts'

const maxParameterised = 8_192

/** Top-level domains frequent enough that a dotted name ending in one is a host, and no file or method. */
const domains =
  'com|org|net|edu|gov|io|ai|dev|app|cloud|info|biz|eu|de|ch|uk|fr|es|nl|be|se|dk|fi|pl|cz|pt|ie|us|ca|au|nz|jp|cn|kr|br|mx|ru|ua|tr|za|xyz|online|site|tech|local|internal'
const month = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}'
const weekday = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}'
const clock = String.raw`\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?[AaPp]\.?[Mm]\b\.?)?`
const zone = String.raw`(?: ?(?:Z\b|UTC|GMT(?:[+-]\d{2}:?\d{2})?|[+-]\d{2}:?\d{2}\b)(?: ?\([A-Za-z ]{1,40}\))?)?`

const dates = [
  // RFC 822, 1123 and 850; `Tue Nov 18 2026 09:48:41 GMT+0100 (…)` of JavaScript
  String.raw`\b${weekday},? \d{1,2}[ -]${month}[ -]\d{2,4}(?: ${clock}${zone})?`,
  String.raw`\b${weekday} ${month} \d{1,2}(?: \d{4})?(?: ${clock}${zone})?(?: \d{4}\b)?`,
  String.raw`\b${month} \d{1,2},? \d{4}\b(?:,? ${clock}${zone})?`,
  // syslog
  String.raw`\b${month} {1,2}\d{1,2} \d\d:\d\d:\d\d\b`,
  String.raw`\b\d{1,2} ${month} \d{4}\b(?:,? ${clock}${zone})?`,
  String.raw`\b\d{4}[-/]\d\d[-/]\d\d[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?${zone}`,
  String.raw`\b\d{4}[-/]\d\d[-/]\d\d\b`,
  String.raw`\bdatetime\.(?:datetime|date|time)\([^)]{0,80}\)`,
  String.raw`\b\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?[AaPp]\.?[Mm]\b\.?)?${zone}`,
  String.raw`\b\d{1,2}:\d\d ?[AaPp][Mm]\b`,
].join('|')

const ids = [
  String.raw`\b[A-Za-z]{1,3}_\d{1,40}\b`,
  String.raw`\b[A-Za-z]{4,16}_\d{3,40}\b`,
  String.raw`\b[A-Za-z]{1,16}_(?=[A-Za-z]{0,40}\d)[A-Za-z0-9]{8,64}\b`,
  String.raw`\b(?=[A-Z]{0,25}\d)(?=\d{0,25}[A-Z])[0-9A-HJKMNP-TV-Z]{26}\b`,
  String.raw`\b(?=[A-Za-z]{0,62}\d[A-Za-z]{0,62}\d)(?=[a-z0-9]{0,63}[A-Z])(?=[A-Z0-9]{0,63}[a-z])[A-Za-z0-9]{16,64}\b`,
].join('|')

const hextets = '[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4})'
const ip = [
  String.raw`\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b(?!\.\d)`,
  String.raw`(?<![\w:])${hextets}{7}(?![\w:])`,
  String.raw`(?<![\w:])(?=[0-9a-fA-F:]{2,39}(?![\w:]))(?=[a-fA-F:]{0,38}\d)(?:${hextets}{0,6})?::(?:${hextets}{0,6})?(?![\w:])`,
].join('|')

const unit = 'ms|us|µs|ns|s|secs?|seconds?|milliseconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|weeks?'
const sizeUnit = '[kKMGT]i?[bB]|[bB]|bytes?'

const patterns: readonly (readonly [string, string])[] = [
  // Stays as it is: what is quoted there is a name in the program, not a value.
  ['name', namesInCode],
  ['email', String.raw`\b[\w.%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}\b`],
  ['url', String.raw`\b(?:https?|ftp|wss?)://[^\s"'<>]+`],
  ['hostname', String.raw`\b(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}(?:${domains})\b(?![\w(-]|\.\w)`],
  ['ip', ip],
  ['traceparent', String.raw`\b00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]\b|\b1-[0-9a-f]{8}-[0-9a-f]{24}\b`],
  ['uuid', String.raw`\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b`],
  ['mac', String.raw`\b(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}\b`],
  ['sha1', String.raw`\b[0-9a-fA-F]{40}\b`],
  ['md5', String.raw`\b[0-9a-fA-F]{32}\b`],
  ['date', dates],
  [
    'duration',
    // `812 ms`, `1.5s`, `1h2m3.5s` of Go; behind a blank `m`, `h` and `d` are words
    String.raw`\b(?:\d{1,12}(?:\.\d{1,12})?(?:${unit})){1,6}\b|\b\d{1,12}(?:\.\d{1,12})? (?:${unit.replace(/\|[mhd](?=\|)/g, '')})\b`,
  ],
  ['size', String.raw`\b\d{1,20}(?:\.\d{1,12})? ?(?:${sizeUnit})\b`],
  ['path', String.raw`(?<![\w/.])/(?:tmp|var/folders|private/var)/[\w.@%+/-]{1,500}`],
  // Whose home it lies in differs, what lies there may tell.
  ['home', String.raw`(?<![\w.])(?:[A-Za-z]:[\\/]Users[\\/]|/home/|/Users/)[^\\/\s"']{1,64}(?=[\\/])`],
  // `o_55120`, `cus_Nf7xK2pQ`; ids of databases and queues, random or sortable
  ['id', ids],
  ['digits', String.raw`\b\d{8,40}\b(?!\.\d)|\b\d{1,3}(?:,\d{3}){1,8}\b`],
  [
    'hex',
    String.raw`\b0[xX][0-9a-fA-F]+\b|(?<=@)[0-9a-f]{4,8}\b|\b(?=[a-f]{0,127}\d)[0-9a-f]{8,128}\b|\b(?=[A-F]{0,127}\d)[0-9A-F]{8,128}\b`,
  ],
  ['git_sha', String.raw`\b(?=[a-f]{0,6}\d)(?=\d{0,6}[a-f])[0-9a-f]{7}\b`],
  ['float', String.raw`(?:(?<!\w)-)?\b\d{1,40}(?:\.\d{1,40}(?:[eE][+-]?\d{1,4})?|[eE][+-]?\d{1,4})\b`],
  ['int', String.raw`(?:(?<!\w)-)?\b\d{1,7}\b`],
  ['quoted_str', String.raw`='[^'\n]{0,2000}'|="[^"\n]{0,2000}"`],
  ['bool', String.raw`=(?:[Tt]rue|[Ff]alse)\b`],
  // The key of Postgres' "Key (email)=(…) already exists"
  ['in_brackets', String.raw`=\([^)\n]{0,500}\)`],
  ['json', String.raw`\{ ?["'][^{}\n]{0,2000}\}`],
  [
    'quoted',
    [
      String.raw`(?<!\w)"[^"\n]{0,1000}"(?!\w)`,
      String.raw`(?<![\w'])'[^'\n]{1,1000}'(?!\w)`,
      "(?<!\\w)`[^`'\\n]{1,1000}[`'](?!\\w)",
      '“[^”\\n]{0,1000}”|„[^“”\\n]{0,1000}[“”]|«[^»\\n]{0,1000}»|‘[^’\\n]{1,1000}’(?!\\w)',
    ].join('|'),
  ],
]

const anyPattern = new RegExp(patterns.map(([name, source]) => `(?<${name}>${source})`).join('|'), 'g')

/** With the equals sign that the pattern takes as proof. */
const afterEquals = new Set(['quoted_str', 'bool', 'in_brackets'])

/** The first two lines that aren't blank, with "..." where that cut something. */
export function firstLines(text: string): string {
  const lines = text
    .slice(0, maxParameterised)
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .filter((line) => line.trim() !== '')
  return lines.length > 2 ? `${lines.slice(0, 2).join('\n')}...` : lines.join('\n')
}

/** The text with every varying part replaced by a placeholder, e.g. `fell to <int> in zurich`. */
export function parameterise(text: string): string {
  return firstLines(text).replace(anyPattern, (...args) => {
    const groups = args.at(-1) as { readonly [name: string]: string | undefined }
    const found = patterns.find(([name]) => groups[name] !== undefined)?.[0]
    if (found === undefined || found === 'name') return args[0] as string
    if (found === 'digits') return '<int>'
    return afterEquals.has(found) ? `=<${found}>` : `<${found}>`
  })
}

/**
 * What a message is grouped by: parameterised, and the same for 1 and 2.5, for one row and two rows, and for
 * lists of any length.
 */
export function messageShape(text: string): string {
  return parameterise(text)
    .replace(/\[<ip>\]/g, '<ip>')
    .replace(/<(?:int|float)>(?:\.<(?:int|float)>)*/g, '<number>')
    .replace(/(<[a-z_\d]{2,12}>)(?:, ?\1)+/g, '$1')
    .replace(/(<number> (?:[A-Za-z]{2,30} )?[A-Za-z]{2,30}?)s\b/g, '$1')
}
