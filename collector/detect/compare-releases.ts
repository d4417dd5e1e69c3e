// Order of releases, where there is one. A release is `package@version+build`, as the SDKs of mobile stores
// send it, or a bare version, a date or a counter. Versions go by semver precedence, then by the build where
// it is made of numbers; dates by the day. Commit hashes, other packages, versions against dates and anything
// unparsable have no order, and what has none decides nothing.

type Kind = 'version' | 'date' | 'counter'

type Release = {
  /** Package or app id; '' where the release is bare. */
  readonly app: string
  readonly kind: Kind
  /** Four numbers at most; missing ones are 0. */
  readonly core: readonly number[]
  readonly pre: readonly string[]
  /** As sent; null: none. */
  readonly build: string | null
}

const versionPattern =
  /^v?(\d{1,9}(?:\.\d{1,9}){1,3})(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+)| ?\(([0-9A-Za-z.-]+)\))?$/i
// 2026-11-25, 2026-11-25.2, 20261125, 20261125-2, 20261125T1030, 202611251030
const datePattern = /^v?(\d{4})(-?)(\d{2})\2(\d{2})(?:[T_.-]?(\d{1,6}))?$/
// A run number of a pipeline. Longer digits may be an abbreviated commit hash.
const counterPattern = /^[vr#]?(\d{1,6})$/

/** Parts the package from the version: at the last @, since npm scopes begin with one. */
function splitApp(release: string): readonly [app: string, version: string] {
  const at = release.lastIndexOf('@')
  return at > 0 ? [release.slice(0, at), release.slice(at + 1)] : ['', release.replace(/^@/, '')]
}

function parseDate(text: string): readonly number[] | null {
  const match = datePattern.exec(text)
  if (!match) return null
  const [year, month, day, rest] = [match[1], match[3], match[4], match[5] ?? '0'].map(Number) as [
    number,
    number,
    number,
    number,
  ]
  const isDay = year >= 1990 && year <= 2100 && month >= 1 && month <= 12 && day >= 1 && day <= 31
  return isDay ? [year, month, day, rest] : null
}

/** @returns null: the release has no place in any order */
export function parseRelease(release: string): Release | null {
  if (release.length > 250) return null
  const [app, text] = splitApp(release.trim())
  const date = parseDate(text)
  if (date) return { app, kind: 'date', core: date, pre: [], build: null }
  const counter = counterPattern.exec(text)
  if (counter) return { app, kind: 'counter', core: [Number(counter[1]), 0, 0, 0], pre: [], build: null }
  const match = versionPattern.exec(text)
  if (!match?.[1]) return null
  const core = match[1].split('.').map(Number)
  while (core.length < 4) core.push(0)
  return { app, kind: 'version', core, pre: match[2]?.split('.') ?? [], build: match[3] ?? match[4] ?? null }
}

/** Digits of any length, without the rounding of numbers. */
function compareDigits(a: string, b: string): number {
  const [x, y] = [a.replace(/^0+(?=\d)/, ''), b.replace(/^0+(?=\d)/, '')]
  if (x.length !== y.length) return x.length - y.length
  return x === y ? 0 : x < y ? -1 : 1
}

const isDigits = (text: string): boolean => /^\d+$/.test(text)

function compareIdentifiers(x: string, y: string): number {
  const [xIsNumber, yIsNumber] = [isDigits(x), isDigits(y)]
  if (xIsNumber && yIsNumber) return compareDigits(x, y)
  if (xIsNumber !== yIsNumber) return xIsNumber ? -1 : 1
  return x === y ? 0 : x < y ? -1 : 1
}

function comparePre(a: readonly string[], b: readonly string[]): number {
  // A version with a pre-release comes before the one without (semver 11.3).
  if (a.length === 0 || b.length === 0) return b.length - a.length
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const x = a[i]
    const y = b[i]
    if (x === undefined) return -1
    if (y === undefined) return 1
    const order = compareIdentifiers(x, y)
    if (order !== 0) return order
  }
  return 0
}

/** Builds as stores count them: numbers, also dotted. Two that aren't (hashes) have no order. */
function compareBuilds(a: string | null, b: string | null): number | null {
  // `fixed in 4.2.2` means every build of it.
  if (a === null || b === null || a === b) return 0
  const [xs, ys] = [a.split('.'), b.split('.')]
  if (![...xs, ...ys].every(isDigits)) return null
  for (let i = 0; i < Math.max(xs.length, ys.length); i++) {
    const order = compareDigits(xs[i] ?? '0', ys[i] ?? '0')
    if (order !== 0) return order
  }
  return 0
}

/**
 * @returns negative: `a` is older than `b`; 0: the same; null: they have no order
 * Source: Semantic Versioning 2.0.0, section 11; builds as mobile stores count them
 */
export function compareReleases(a: string, b: string): number | null {
  if (a === b) return 0
  const x = parseRelease(a)
  const y = parseRelease(b)
  if (!x || !y || x.app !== y.app || x.kind !== y.kind) return null
  for (let i = 0; i < 4; i++) {
    const difference = (x.core[i] ?? 0) - (y.core[i] ?? 0)
    if (difference !== 0) return difference
  }
  const pre = comparePre(x.pre, y.pre)
  return pre !== 0 ? pre : compareBuilds(x.build, y.build)
}

/**
 * How far apart two releases stand: index of the first number of the version that differs, and by how much.
 * @returns null: they have no order, or differ in pre-release and build alone
 */
export function firstDifference(
  a: string,
  b: string,
): { readonly index: number; readonly by: number } | null {
  const x = parseRelease(a)
  const y = parseRelease(b)
  if (!x || !y || x.app !== y.app || x.kind !== y.kind) return null
  for (let index = 0; index < 4; index++) {
    const by = (x.core[index] ?? 0) - (y.core[index] ?? 0)
    if (by !== 0) return { index, by }
  }
  return null
}

/** A name given by a person or a milestone may leave out the package: then it is meant for `like`'s. */
export function qualifyRelease(name: string, like: string): string {
  const named = parseRelease(name)
  const app = parseRelease(like)?.app
  return named?.app === '' && app ? `${app}@${name.trim()}` : name.trim()
}
