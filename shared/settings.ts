// Reading settings: every secret X may come from a file named by X_FILE, empty means absent, and all
// problems are reported at once in one message. Each program's config.ts states its own schema.
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { AppError } from './errors.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Value of a setting that is a TCP port; 0 lets the system choose one (tests). */
export const port = z.coerce.number().int().min(0).max(65_535)

/** pino's names, quietest first. */
export const logLevel = z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'])

/** Rules between settings, on the texts as given, so that they speak up beside other problems. */
export type Rules = (
  given: Readonly<Record<string, string>>,
) => readonly { readonly name: string; readonly problem: string }[]

/**
 * Parses the environment by a schema whose keys are the variables' own names.
 * @param secrets names that may be given as NAME_FILE: the path of a file holding the value
 *                (a last line break is dropped)
 * @throws AppError 'invalid_settings' whose message names every problem, one a line
 */
export function readSettings<T extends z.ZodObject>(
  schema: T,
  env: Environment,
  secrets: readonly string[],
  rules: Rules = () => [],
): Readonly<z.output<T>> {
  const problems: string[] = []
  const values: Record<string, string> = {}
  for (const name of Object.keys(schema.shape)) {
    const direct = env[name]
    const file = secrets.includes(name) ? env[`${name}_FILE`] : undefined
    if (direct && file) problems.push(`${name}: given both as ${name} and as ${name}_FILE; keep one`)
    else if (direct) values[name] = direct
    else if (file) {
      try {
        const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '')
        if (text) values[name] = text
      } catch (cause) {
        problems.push(`${name}_FILE: cannot read ${file} (${(cause as NodeJS.ErrnoException).code})`)
      }
    }
  }
  const parsed = schema.safeParse(values)
  const unreadable = new Set(problems.map((problem) => problem.split('_FILE')[0]))
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const name = String(issue.path[0] ?? '')
      if (unreadable.has(name)) continue
      problems.push(`${name}: ${values[name] === undefined ? 'missing' : issue.message}`)
    }
  }
  for (const { name, problem } of rules(values)) {
    if (!unreadable.has(name)) problems.push(`${name}: ${problem}`)
  }
  if (problems.length > 0 || !parsed.success) {
    throw new AppError(
      'invalid_settings',
      `These settings need mending (docs/configuration.md describes each):\n${problems.map((p) => `  ${p}`).join('\n')}`,
    )
  }
  return Object.freeze(parsed.data)
}
