// Templates of tickets: what they may hold, what is refused with its place, and that no value gets out of its code.
import { expect, test } from 'vitest'
import { readFilingSettings } from '../../collector/trackers/filing-settings.ts'
import { fencedBlock, inlineCode } from '../../collector/trackers/quote.ts'
import {
  type BodyPlaceholder,
  bodyPlaceholders,
  checkTemplate,
  defaultBody,
  defaultTitle,
  renderBody,
  renderTitle,
  titlePlaceholders,
} from '../../collector/trackers/text-template.ts'

const check = (text: string) => checkTemplate(text, bodyPlaceholders, false).map(({ message }) => message)
const checkTitle = (text: string) =>
  checkTemplate(text, titlePlaceholders, true).map(({ message }) => message)

function values(change: Partial<Record<BodyPlaceholder, string>> = {}): Record<BodyPlaceholder, string> {
  const all = Object.fromEntries([...bodyPlaceholders].map((name) => [name, `<${name}>`]))
  return { ...all, ...change } as Record<BodyPlaceholder, string>
}

test('the defaults are sound', () => {
  expect(check(defaultBody)).toEqual([])
  expect(checkTitle(defaultTitle)).toEqual([])
})

const refused: [string, string, RegExp][] = [
  [
    'an unknown placeholder',
    'a\n  {{ nonsense }}',
    /^line 2, column 3: there is no placeholder \{\{ nonsense \}\}/,
  ],
  ['code instead of a name', '{{ process.env.HOME }}', /^line 1, column 1: \{\{ belongs to no placeholder/],
  ['an expression', '{{ title + 1 }}', /belongs to no placeholder/],
  ['an open brace', 'x {{ title', /^line 1, column 3: \{\{ belongs to no placeholder/],
  ['a backtick', '`{{ title }}`', /backtick/],
  ['a fence of tildes', '~~~\n{{ error }}\n~~~', /~~~/],
  ['HTML', '<details>\n{{ error }}\n</details>', /HTML/],
  ['a comment', '<!-- {{ title }} -->', /HTML/],
  ['a table', '| {{ title }} |', /table/],
  ['a table without pipes', '{{ title }}\n:---', /table/],
  ['a backslash before a value', '\\{{ title }}', /right before a placeholder/],
  ['mathematics', '${{ title }}$', /right before a placeholder/],
  ['values that touch', '{{ title }}{{ culprit }}', /a space between/],
  ['a block inside a line', 'Error: {{ error }}', /stand alone/],
  ['an indented block', '    {{ error }}', /stand alone/],
  ['a block in a quotation', '> {{ error }}', /stand alone/],
  ['a block twice', '{{ error }}\n\n{{ error }}', /second time/],
  ['too much text', 'x'.repeat(8_001), /longer than 8000/],
  ['too many placeholders', '{{ title }} '.repeat(41), /more than 40/],
]
for (const [name, text, message] of refused) {
  test(`refuses ${name}, with its place`, () => {
    expect(check(text).join('\n')).toMatch(message)
    expect(check(text)[0]).toMatch(/^line \d+, column \d+: /)
  })
}

test('refuses a title of several lines, and placeholders of the body in it', () => {
  expect(checkTitle('a\nb')).toEqual(['line 1, column 2: a title is one line'])
  expect(checkTitle('{{ error }}')[0]).toContain('there is no placeholder {{ error }}')
})

test('a line whose placeholders are all empty is left out, and blocks stand apart', () => {
  const body = renderBody('- {{ releases }} and {{ devices }}\n- {{ systems }}\n{{ error }}\nend', {
    ...values({ devices: '', systems: '', error: '```text\na\n\n\n\nb\n```' }),
  })
  expect(body).toBe('- <releases> and \n\n```text\na\n\n\n\nb\n```\n\nend')
})

test('a value is never read as a template', () => {
  const says = '{{ breadcrumbs }} $& $1 $$'
  expect(renderBody('{{ title }}', values({ title: inlineCode(says, 100) }))).toBe(`\`${says}\``)
  const title = Object.fromEntries([...titlePlaceholders].map((name) => [name, says]))
  expect(renderTitle('{{ title }}', title as never)).toBe(says)
})

test('inline code that begins a line with three backticks opens no fence', () => {
  const culprit = inlineCode('a``b', 100)
  const body = renderBody(
    '{{ culprit }}\n\n\n\n{{ error }}',
    values({ culprit, error: fencedBlock('x', 10) }),
  )
  expect(body).toBe('```a``b```\n\n```text\nx\n```')
})

test('stored settings that no longer fit fall back one by one, and filing goes on', () => {
  const stored = { dryRun: 'yes', budgetPerHour: 7, labels: ['x'.repeat(99)], bodyTemplate: '`', later: true }
  expect(readFilingSettings({ filing: stored })).toMatchObject({
    dryRun: false,
    budgetPerHour: 7,
    labels: [],
    bodyTemplate: null,
    stormIssues: 10,
  })
  expect(readFilingSettings({ filing: null })).toMatchObject({ budgetPerHour: 20 })
})
