// The team's own grouping: one rule a line, in the syntax of Sentry's fingerprint rules, so that people can
// paste theirs. `error.type:"Timeout*" path:"*/jobs/*" -> job-timeout, {{ function }} title="Job timed out"`.
// This file reads the text; match-rules.ts applies it.
import { compileGlob, type Glob } from './glob.ts'

/** What a matcher can look at; several spellings name one. */
const keys = {
  'error.type': 'type',
  type: 'type',
  'error.value': 'value',
  value: 'value',
  message: 'message',
  logger: 'logger',
  level: 'level',
  release: 'release',
  environment: 'environment',
  transaction: 'transaction',
  platform: 'platform',
  sdk: 'sdk',
  module: 'module',
  'stack.module': 'module',
  function: 'function',
  'stack.function': 'function',
  path: 'path',
  'stack.abs_path': 'path',
  'stack.filename': 'path',
  package: 'package',
  'stack.package': 'package',
  app: 'app',
  'error.mechanism': 'mechanism',
  'error.handled': 'handled',
} as const

export type RuleKey = (typeof keys)[keyof typeof keys] | 'tag'

export type Matcher = {
  readonly key: RuleKey
  /** Of `tags.name`. */
  readonly tag: string
  readonly glob: Glob
  /** `!level:info` */
  readonly negated: boolean
}

export type FingerprintRule = {
  /** 1-based line of the text. */
  readonly line: number
  /** As written, without what is around it. */
  readonly text: string
  readonly matchers: readonly Matcher[]
  readonly fingerprint: readonly string[]
  readonly title: string | null
}

export type RuleProblem = { readonly line: number; readonly reason: string }

export const maxRules = 200
export const maxRuleLength = 2_000
export const maxRulesLength = 50_000
const maxParts = 20

const ignoringCase: ReadonlySet<RuleKey> = new Set([
  'message',
  'value',
  'level',
  'path',
  'package',
  'platform',
])

/** @returns the rules in order of priority, and every line that is none with the reason */
export function parseFingerprintRules(text: string): {
  rules: readonly FingerprintRule[]
  problems: readonly RuleProblem[]
} {
  const rules: FingerprintRule[] = []
  const problems: RuleProblem[] = []
  if (text.length > maxRulesLength) {
    problems.push({
      line: 1,
      reason: `The rules have ${text.length} characters; ${maxRulesLength} is the limit.`,
    })
    return { rules, problems }
  }
  for (const [index, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const line = index + 1
    const rule = raw.trim()
    if (rule === '' || rule.startsWith('#')) continue
    try {
      rules.push(parseRule(rule, line))
    } catch (error) {
      if (!(error instanceof RuleError)) throw error
      problems.push({ line, reason: error.message })
    }
  }
  if (rules.length > maxRules) {
    problems.push({ line: rules[maxRules]?.line ?? 1, reason: `There are more than ${maxRules} rules.` })
  }
  return { rules, problems }
}

class RuleError extends Error {}

function parseRule(text: string, line: number): FingerprintRule {
  if (text.length > maxRuleLength) throw new RuleError(`The line is longer than ${maxRuleLength} characters.`)
  const reader = createReader(text)
  const matchers: Matcher[] = []
  while (!reader.takes('->')) {
    if (reader.atEnd()) {
      throw new RuleError(
        matchers.length === 0
          ? 'A rule reads: matcher:pattern -> fingerprint. There is no matcher and no "->".'
          : 'There is no "->" with a fingerprint behind the matchers.',
      )
    }
    matchers.push(readMatcher(reader))
  }
  if (matchers.length === 0) throw new RuleError('There is no matcher before "->".')
  const { fingerprint, title } = readResult(reader)
  return { line, text, matchers, fingerprint, title }
}

type Reader = ReturnType<typeof createReader>

function createReader(text: string) {
  let at = 0
  const skipBlanks = () => {
    while (at < text.length && /[\s,]/.test(text[at] as string)) at++
  }
  return {
    atEnd() {
      skipBlanks()
      return at >= text.length
    },
    takes(word: string): boolean {
      skipBlanks()
      if (!text.startsWith(word, at)) return false
      at += word.length
      return true
    },
    /** Matches a sticky pattern here. */
    take(pattern: RegExp): string | null {
      pattern.lastIndex = at
      const found = pattern.exec(text)?.[0]
      if (found === undefined) return null
      at += found.length
      return found
    },
    /** `"…"` with `\"` and `\\` in it. */
    quoted(): string | null {
      if (text[at] !== '"') return null
      let value = ''
      for (let i = at + 1; i < text.length; i++) {
        const char = text[i] as string
        if (char === '"') {
          at = i + 1
          return value
        }
        if (char === '\\' && (text[i + 1] === '"' || text[i + 1] === '\\')) value += text[++i]
        else value += char
      }
      throw new RuleError('A quote is opened and never closed.')
    },
    rest: () => text.slice(at, at + 40),
  }
}

function readMatcher(reader: Reader): Matcher {
  const negated = reader.takes('!')
  const name = reader.take(/(?:"tags\.[^"\s]{1,200}"|[A-Za-z_][\w.-]{0,200})(?=:)/y)
  if (name === null) {
    throw new RuleError(`"${reader.rest()}" is no matcher; one reads e.g. error.type:"Timeout*".`)
  }
  reader.takes(':')
  const bare = name.replaceAll('"', '')
  const pattern = reader.quoted() ?? reader.take(/[^\s,]+/y)
  if (!pattern) throw new RuleError(`There is no pattern behind "${bare}:".`)
  const tag = bare.startsWith('tags.') ? bare.slice('tags.'.length) : ''
  const key = tag !== '' ? 'tag' : Object.hasOwn(keys, bare) ? keys[bare as keyof typeof keys] : null
  if (key === null) {
    throw new RuleError(
      `"${bare}" is nothing that can be matched; there are ${Object.keys(keys).join(', ')} and tags.NAME.`,
    )
  }
  return { key, tag, glob: compileGlob(pattern, ignoringCase.has(key)), negated }
}

const variables =
  /^(?:default|transaction|message|type|error\.type|value|error\.value|function|stack\.function|module|stack\.module|package|stack\.package|path|stack\.abs_path|stack\.filename|level|logger|release|environment|tags\.[\w.-]{1,200})$/

function checkVariables(text: string, allowDefault: boolean) {
  for (const [, inner = ''] of text.matchAll(/\{\{([^{}]{0,200})\}\}/g)) {
    const name = inner.trim()
    if (!variables.test(name) || (name === 'default' && !allowDefault)) {
      throw new RuleError(`{{ ${name} }} is no variable that can stand here.`)
    }
  }
}

function readResult(reader: Reader): { fingerprint: string[]; title: string | null } {
  const fingerprint: string[] = []
  let title: string | null = null
  while (!reader.atEnd()) {
    const attribute = reader.take(/[A-Za-z_]{1,30}=(?=")/y)
    if (attribute !== null) {
      if (attribute !== 'title=')
        throw new RuleError(`"${attribute.slice(0, -1)}" is no attribute; there is title.`)
      title = reader.quoted()
      checkVariables(title ?? '', false)
      continue
    }
    if (reader.take(/title=(?!")/y) !== null) throw new RuleError('A title stands in quotes: title="…".')
    const part = reader.quoted() ?? reader.take(/\{\{[^{}]{0,200}\}\}/y) ?? reader.take(/[^\s,{}"]+/y)
    if (part === null) throw new RuleError(`"${reader.rest()}" can't stand in a fingerprint.`)
    checkVariables(part, true)
    fingerprint.push(/^\{\{[^{}]*\}\}$/.test(part) ? `{{ ${part.slice(2, -2).trim()} }}` : part)
  }
  if (fingerprint.length === 0) throw new RuleError('There is no fingerprint behind "->".')
  if (fingerprint.length > maxParts) throw new RuleError(`A fingerprint has at most ${maxParts} parts.`)
  return { fingerprint, title }
}
