// Order of releases, where there is one: `package@version+build`, versions by semver precedence, then the
// build where it is a number. Commit hashes, other packages and anything unparsable have no order.

type Version = {
  readonly app: string
  readonly core: readonly number[]
  readonly pre: readonly string[]
  readonly build: number | null
}

const pattern = /^(?:(.+)@)?v?(\d{1,9}(?:\.\d{1,9}){1,3})(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?$/

function parseRelease(release: string): Version | null {
  const match = pattern.exec(release)
  if (!match?.[2]) return null
  const core = match[2].split('.').map(Number)
  while (core.length < 4) core.push(0)
  const build = match[4] && /^\d{1,15}$/.test(match[4]) ? Number(match[4]) : null
  return { app: match[1] ?? '', core, pre: match[3]?.split('.') ?? [], build }
}

function comparePre(a: readonly string[], b: readonly string[]): number {
  // A version with a pre-release comes before the one without (semver 11.3).
  if (a.length === 0 || b.length === 0) return b.length - a.length
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const x = a[i]
    const y = b[i]
    if (x === undefined) return -1
    if (y === undefined) return 1
    const xIsNumber = /^\d+$/.test(x)
    const yIsNumber = /^\d+$/.test(y)
    if (xIsNumber && yIsNumber && Number(x) !== Number(y)) return Number(x) - Number(y)
    if (xIsNumber !== yIsNumber) return xIsNumber ? -1 : 1
    if (x !== y) return x < y ? -1 : 1
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
  if (!x || !y || x.app !== y.app) return null
  for (let i = 0; i < 4; i++) {
    const difference = (x.core[i] ?? 0) - (y.core[i] ?? 0)
    if (difference !== 0) return difference
  }
  const pre = comparePre(x.pre, y.pre)
  if (pre !== 0) return pre
  return x.build !== null && y.build !== null ? x.build - y.build : 0
}
