// Pure: the small language of title and body templates: text with `{{ placeholders }}`, nothing that runs. A
// placeholder's value is either a block (fenced, on lines of its own) or a piece of a line (inline code), made
// harmless before it comes here. So a template may hold nothing that could break those fences open: no code
// marks, HTML, tables or escapes beside a placeholder. It is refused when it is saved, with place and reason.

/** Placeholders whose value is one line. */
const lineNames = [
  'rule',
  'detected',
  'link',
  'project',
  'platform',
  'level',
  'title',
  'seen',
  'events',
  'users',
  'first_seen',
  'last_seen',
  'releases',
  'environments',
  'devices',
  'systems',
  'culprit',
] as const
/** Placeholders whose value has lines of its own, and may be empty. */
const blockNames = ['history', 'notice', 'error', 'frames', 'breadcrumbs', 'footer'] as const
const titleNames = [
  'prefix',
  'title',
  'type',
  'project',
  'platform',
  'level',
  'culprit',
  'release',
  'environment',
  'rule',
] as const

export type BodyPlaceholder = (typeof lineNames)[number] | (typeof blockNames)[number]
export type TitlePlaceholder = (typeof titleNames)[number]

export const bodyPlaceholders: ReadonlySet<string> = new Set([...lineNames, ...blockNames])
export const titlePlaceholders: ReadonlySet<string> = new Set(titleNames)
const blocks: ReadonlySet<string> = new Set(blockNames)

export const defaultTitle = '{{ prefix }}{{ title }}'
export const defaultBody = `**{{ rule }}** Detected {{ detected }}.

{{ history }}

- **Issue:** {{ link }}
- **Project:** {{ project }} ({{ platform }})
- **Level:** {{ level }}
- **Seen:** {{ seen }}
- **Releases:** {{ releases }}
- **Environments:** {{ environments }}
- **Systems:** {{ systems }}
- **Devices:** {{ devices }}
- **Culprit:** {{ culprit }}

{{ notice }}

{{ error }}

{{ frames }}

{{ breadcrumbs }}

{{ footer }}`

const maxTitleTemplate = 200
const maxBodyTemplate = 8_000
const maxPlaceholders = 40

const placeholder = /\{\{\s*([A-Za-z_]*)\s*\}\}/g

type Problem = { readonly code: 'custom'; readonly message: string }

function place(text: string, index: number): string {
  const before = text.slice(0, index).split('\n')
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
}

/** What may not stand in a body, since a value beside or below it could leave its code. */
const forbidden: readonly (readonly [RegExp, string])[] = [
  [/`/g, 'a backtick: placeholders bring their own code marks'],
  [/~~~/g, '~~~ opens a code block, in which a placeholder could end it'],
  [/<(?=[A-Za-z/!?])/g, 'HTML: a placeholder inside of it would not be quoted'],
  [/\|/g, 'a table: a value with | would leave its cell'],
  [/^[ \t]*:-+:?[ \t]*$|^[ \t]*-+:[ \t]*$/gm, 'a table: a value with | would leave its cell'],
  [/[\\$](?=\{\{)/g, 'this sign may not stand right before a placeholder'],
  [/\}\}(?=\{\{)/g, 'two placeholders need a space between them'],
]

/**
 * @param names known placeholders
 * @returns every problem with its place; empty: the template is sound
 */
export function checkTemplate(text: string, names: ReadonlySet<string>, isTitle: boolean): Problem[] {
  return findProblems(text, names, isTitle)
    .sort((a, b) => a.index - b.index)
    .map(({ index, why }) => ({ code: 'custom', message: `${place(text, index)}: ${why}` }))
}

function findProblems(text: string, names: ReadonlySet<string>, isTitle: boolean) {
  const problems: { readonly index: number; readonly why: string }[] = []
  const refuse = (index: number, why: string) => problems.push({ index, why })
  const max = isTitle ? maxTitleTemplate : maxBodyTemplate
  if (text.length > max) refuse(max, `longer than ${max} characters`)
  if (isTitle && text.includes('\n')) refuse(text.indexOf('\n'), 'a title is one line')

  const found = [...text.matchAll(placeholder)]
  if (found.length > maxPlaceholders) {
    refuse(found[maxPlaceholders]?.index ?? 0, `more than ${maxPlaceholders} placeholders`)
  }
  const seen = new Set<string>()
  for (const { 0: whole, 1: name = '', index } of found) {
    if (!names.has(name)) {
      refuse(index, `there is no placeholder ${whole}; there are ${[...names].join(', ')}`)
    } else if (!isTitle && blocks.has(name)) {
      const line = text.slice(text.lastIndexOf('\n', index - 1) + 1).split('\n', 1)[0] ?? ''
      if (line.trimEnd() !== whole) refuse(index, `${whole} must stand alone on its line, not indented`)
      if (seen.has(name)) refuse(index, `${whole} stands here a second time`)
      seen.add(name)
    }
  }
  const rest = text.replace(placeholder, (whole) => ' '.repeat(whole.length))
  for (const { 0: brace, index } of rest.matchAll(/\{\{|\}\}/g)) {
    refuse(index, `${brace} belongs to no placeholder; one reads {{ title }}`)
  }
  if (isTitle) return problems
  for (const [pattern, why] of forbidden) {
    for (const { index } of text.matchAll(pattern)) refuse(index, why)
  }
  return problems
}

/** A line whose placeholders are all empty is left out; blocks get blank lines around them. */
export function renderBody(template: string, values: Readonly<Record<BodyPlaceholder, string>>): string {
  const lines = template.split('\n').flatMap((line) => {
    const names = [...line.matchAll(placeholder)].map(([, name = '']) => name as BodyPlaceholder)
    if (names.length > 0 && names.every((name) => !values[name])) return []
    const text = line.replace(placeholder, (_, name: BodyPlaceholder) => values[name] ?? '')
    return names.some((name) => blocks.has(name)) ? ['', text, ''] : [text]
  })
  return outsideOfFences(lines.join('\n'))
}

/** Several blank lines become one, except inside of fenced values. */
function outsideOfFences(text: string): string {
  let fence = ''
  let wasBlank = true
  const kept: string[] = []
  for (const line of text.split('\n')) {
    // A line that opens a fence holds no backtick after it; inline code that begins a line does.
    const run = /^`{3,}(?=[^`]*$)/.exec(line)?.[0] ?? ''
    if (fence) {
      if (line === fence) fence = ''
    } else if (run) fence = run
    else if (line.trim() === '') {
      if (wasBlank) continue
      wasBlank = true
      kept.push('')
      continue
    }
    wasBlank = false
    kept.push(line)
  }
  return kept.join('\n').trimEnd()
}

export function renderTitle(template: string, values: Readonly<Record<TitlePlaceholder, string>>): string {
  return template
    .replace(placeholder, (_, name: TitlePlaceholder) => values[name] ?? '')
    .replace(/\s+/g, ' ')
    .trim()
}
