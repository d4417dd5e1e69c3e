// What a project says of grouping: `projects.settings.grouping`. Holds for events that come after.
import { z } from 'zod'
import { type FingerprintRule, maxRulesLength, parseFingerprintRules } from './fingerprint-rules.ts'

export const groupingSettings = z.object({
  /** Fingerprint rules, one a line, the first that matches decides. */
  rules: z
    .string()
    .max(maxRulesLength, `At most ${maxRulesLength} characters.`)
    .superRefine((text, context) => {
      const { problems } = parseFingerprintRules(text)
      if (problems.length === 0) return
      const words = problems.slice(0, 20).map(({ line, reason }) => `Line ${line}: ${reason}`)
      const more = problems.length > 20 ? [`And ${problems.length - 20} more.`] : []
      context.addIssue({ code: 'custom', message: [...words, ...more].join('\n') })
    })
    .default(''),
})
export type GroupingSettings = z.output<typeof groupingSettings>

export const groupingSubject = { key: 'grouping', schema: groupingSettings }

const compiled = new Map<string, readonly FingerprintRule[]>()

/** The rules of a text; remembered, since a batch has many events of few projects. */
export function rulesOf(text: string): readonly FingerprintRule[] {
  if (text === '') return []
  const known = compiled.get(text)
  if (known) return known
  const { rules } = parseFingerprintRules(text)
  if (compiled.size >= 200) compiled.clear()
  compiled.set(text, rules)
  return rules
}
