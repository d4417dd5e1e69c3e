// What holds for all templates: text is escaped everywhere, and nothing needs what the policy forbids.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { storybookPaths } from '../../support/storybook-paths.ts'

const root = join(import.meta.dirname, '../../../templates')
const templates = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.eta') && !name.startsWith('tracker'))
  .map((name) => ({ name, text: readFileSync(join(root, name), 'utf8') }))

test('raw output is for included templates and the body of a layout only', () => {
  expect(templates.length).toBeGreaterThan(20)
  for (const { name, text } of templates) {
    const raw = [...text.matchAll(/<%~\s*([^%]*?)\s*%>/g)].map((match) => match[1] ?? '')
    const others = raw.filter(
      (code) => code !== 'it.body' && !/^include\('\/partials\/[a-z-]+', .*\)$/s.test(code),
    )
    expect(others, name).toEqual([])
    expect(text.match(/<%~/g)?.length ?? 0, name).toBe(raw.length)
  }
})

test('no template has a script, a style, a handler or an attribute without quotes', () => {
  for (const { name, text } of templates) {
    expect(text, name).not.toMatch(/<script(?! src="<%= it\.assets\.(htmx|js) %>" defer><\/script>)/)
    expect(text, name).not.toMatch(/\sstyle=|<style|\son[a-z]+=|hx-on|hx-vals="js:|javascript:/i)
    expect(text, name).not.toMatch(/\s[a-z-]+=<%=/)
  }
})

test('every icon that a template or view names is in the sprite', () => {
  const dashboard = join(import.meta.dirname, '../../../collector/dashboard')
  const sprite = readFileSync(join(dashboard, 'static/sprite.svg'), 'utf8')
  const symbols = new Set([...sprite.matchAll(/<symbol id="(\w+)"/g)].map((match) => match[1]))
  const views = readdirSync(dashboard, { encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(dashboard, name), 'utf8'))
  const named = [
    ...templates.flatMap(({ text }) => [...text.matchAll(/sprite %>#(\w+)/g)]),
    ...views.flatMap((text) => [...text.matchAll(/\b(?:icon|name): '(\w+)', (?:hue|text|label|title)/g)]),
  ].map((match) => match[1])
  const drawn = ['quiet', 'stands']
  expect(named.length).toBeGreaterThan(40)
  expect(named.filter((name) => name && !symbols.has(name) && !drawn.includes(name))).toEqual([])
})

test('every page is in the storybook', () => {
  const pages = readdirSync(join(root, 'pages'), { encoding: 'utf8' }).map((name) =>
    name.replace(/\.eta$/, ''),
  )
  const shown = storybookPaths({ issue: 1, project: 'app' })
  expect(Object.keys(shown).sort()).toEqual(pages.sort())
  for (const [page, paths] of Object.entries(shown)) expect(paths, page).not.toEqual([])
})
