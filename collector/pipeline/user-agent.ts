// Browser and system from a User-Agent header, for events that carry no such context (JavaScript SDKs in
// browsers). Names and versions only as precise as searching and counting needs.

export type UserAgent = {
  readonly browser: { readonly name: string; readonly version: string } | null
  readonly os: { readonly name: string; readonly version: string } | null
}

/** First match wins: most browsers call themselves Chrome and Safari as well. */
const browsers: readonly (readonly [string, RegExp])[] = [
  ['Edge', /\bEdg(?:e|A|iOS)?\/(\d+)/],
  ['Opera', /\b(?:OPR|OPiOS)\/(\d+)/],
  ['Samsung Internet', /\bSamsungBrowser\/(\d+)/],
  ['Firefox', /\b(?:Firefox|FxiOS)\/(\d+)/],
  ['Chrome', /\b(?:HeadlessChrome|Chrome|CriOS)\/(\d+)/],
  ['Mobile Safari', /\bVersion\/(\d+)[\d.]* Mobile\/\w+ Safari\//],
  ['Safari', /\bVersion\/(\d+)[\d.]* Safari\//],
]

const systems: readonly (readonly [string, RegExp])[] = [
  ['Android', /\bAndroid(?: (\d+(?:\.\d+)?))?/],
  ['iOS', /\b(?:iPhone|iPad|iPod)\b[^)]{0,60}? OS (\d+(?:_\d+)?)/],
  ['Windows', /\bWindows NT (\d+(?:\.\d+)?)/],
  ['macOS', /\bMac OS X (\d+(?:[._]\d+)?)/],
  ['Chrome OS', /\bCrOS \w+ (\d+)/],
  ['Linux', /\bLinux\b()/],
]

export function parseUserAgent(header: string): UserAgent {
  const text = header.slice(0, 500)
  return { browser: firstMatch(browsers, text), os: firstMatch(systems, text) }
}

function firstMatch(table: typeof browsers, text: string) {
  for (const [name, pattern] of table) {
    const match = pattern.exec(text)
    if (match) return { name, version: (match[1] ?? '').replace('_', '.') }
  }
  return null
}
