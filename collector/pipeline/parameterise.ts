// A message without what differs from one occurrence to the next: numbers, ids, dates, addresses.
// One pass, leftmost match, in the order of section 6.5 of the protocol reference. The text is bounded
// first and no alternative can backtrack over what another one took.

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
  String.raw`\b\d{1,2} ${month} \d{4}\b(?:,? ${clock}${zone})?`,
  String.raw`\b\d{4}[-/]\d\d[-/]\d\d[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?${zone}`,
  String.raw`\b\d{4}[-/]\d\d[-/]\d\d\b`,
  String.raw`\bdatetime\.(?:datetime|date|time)\([^)]{0,80}\)`,
  String.raw`\b\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?[AaPp]\.?[Mm]\b\.?)?${zone}`,
  String.raw`\b\d{1,2}:\d\d ?[AaPp][Mm]\b`,
].join('|')

const hextets = '[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4})'
const ip = [
  String.raw`\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b(?!\.\d)`,
  String.raw`(?<![\w:])${hextets}{7}(?![\w:])`,
  String.raw`(?<![\w:])(?=[0-9a-fA-F:]{2,39}(?![\w:]))(?=[a-fA-F:]{0,38}\d)(?:${hextets}{0,6})?::(?:${hextets}{0,6})?(?![\w:])`,
].join('|')

const patterns: readonly (readonly [string, string])[] = [
  ['email', String.raw`\b[\w.%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}\b`],
  ['url', String.raw`\b(?:https?|ftp|wss?)://[^\s"'<>]+`],
  ['hostname', String.raw`\b(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}(?:${domains})\b(?![\w(-]|\.\w)`],
  ['ip', ip],
  ['traceparent', String.raw`\b00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]\b|\b1-[0-9a-f]{8}-[0-9a-f]{24}\b`],
  ['uuid', String.raw`\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b`],
  ['sha1', String.raw`\b[0-9a-fA-F]{40}\b`],
  ['md5', String.raw`\b[0-9a-fA-F]{32}\b`],
  ['date', dates],
  [
    'duration',
    String.raw`\b\d{1,12}(?:\.\d{1,12})?(?:ms|us|µs|ns|s|sec|secs|seconds|min|mins|h|hrs?|days?)\b`,
  ],
  [
    'hex',
    String.raw`\b0[xX][0-9a-fA-F]+\b|\b(?=[a-f]{0,127}\d)[0-9a-f]{8,128}\b|\b(?=[A-F]{0,127}\d)[0-9A-F]{8,128}\b`,
  ],
  ['git_sha', String.raw`\b(?=[a-f]{0,6}\d)(?=\d{0,6}[a-f])[0-9a-f]{7}\b`],
  ['float', String.raw`(?:(?<!\w)-)?\b\d{1,40}\.\d{1,40}\b`],
  ['int', String.raw`(?:(?<!\w)-)?\b\d{1,7}\b`],
  ['quoted_str', String.raw`='[^'\n]{0,2000}'|="[^"\n]{0,2000}"`],
  ['bool', String.raw`=(?:[Tt]rue|[Ff]alse)\b`],
]

const anyPattern = new RegExp(patterns.map(([name, source]) => `(?<${name}>${source})`).join('|'), 'g')

/** With the equals sign that the pattern takes as proof. */
const afterEquals = new Set(['quoted_str', 'bool'])

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
    for (const [name] of patterns) {
      if (groups[name] !== undefined) return afterEquals.has(name) ? `=<${name}>` : `<${name}>`
    }
    return args[0] as string
  })
}
