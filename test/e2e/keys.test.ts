// Every single key, in a real browser: what it does, that it rests while one types or a dialog is open, and that each
// person can switch them off. What goes over several pages by keys alone is in triage.test.ts.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { otherKeys, pageKeys } from '../../collector/dashboard/jump.ts'
import type { OpenDatabase } from '../../collector/db/database.ts'
import { findProject } from '../../collector/db/projects.ts'
import { openBrowser } from '../support/browser.ts'
import { openScene } from '../support/open-scene.ts'
import { seedIssue } from '../support/seed.ts'

let origin = ''
let db: OpenDatabase['db']
let issue = 0
let close: () => Promise<void>
let page: Page
let troubles: string[]
beforeAll(async () => {
  const scene = await openScene('typical')
  const server = createServer(scene.app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  db = scene.db
  issue = scene.subjects.issue ?? 0
  const browser = await openBrowser({ viewport: { width: 1440, height: 900 } })
  await browser.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin })
  ;({ page, troubles } = await browser.watchedPage(origin))
  close = async () => {
    await browser.close()
    server.close()
    server.closeAllConnections()
    await scene.close()
  }
})
afterAll(async () => {
  expect(troubles).toEqual([])
  await close()
})
beforeEach(async () => {
  await page.goto(`${origin}/issues?q=is:unresolved`)
  await page.evaluate('sessionStorage.clear(), localStorage.clear()')
  await page.reload()
})

const press = async (...keys: string[]) => {
  for (const key of keys) await page.keyboard.press(key)
}
const cursor = () => page.locator('[data-cursor]').getAttribute('id')
const rowIds = () => page.locator('.issue-row').evaluateAll((rows) => rows.map((row) => row.id as string))
const statusOf = async (id: number) =>
  (await db.selectFrom('issues').select('status').where('id', '=', id).executeTakeFirstOrThrow()).status
const wire = {
  platform: 'javascript',
  level: 'error',
  exception: {
    values: [
      {
        type: 'Stepped',
        value: 'x',
        stacktrace: {
          frames: [
            { function: 'dispatch', filename: 'node_modules/react/index.js', lineno: 1, in_app: false },
            { function: 'book', filename: 'src/book.ts', lineno: 2, in_app: true },
            { function: 'call', filename: 'node_modules/lodash/call.js', lineno: 3, in_app: false },
          ],
        },
      },
    ],
  },
}
const projectOf = async (slug: string) => {
  const project = await findProject(db, slug)
  if (!project) throw new Error('no project')
  return project
}
const openIssue = () => page.goto(`${origin}/issues/${issue}`)
const focused = () => page.evaluate('document.activeElement?.id || document.activeElement?.textContent')

test('j and k move along the rows and stop at the ends; Enter opens, and there they go on along the list', async () => {
  const ids = await rowIds()
  await press('j')
  expect(await cursor()).toBe(ids[0])
  await press('j', 'j', 'k')
  expect(await cursor()).toBe(ids[1])
  await press('k', 'k', 'k')
  expect(await cursor()).toBe(ids[0])
  const at = (row: number) => `${origin}/issues/${ids[row]?.replace('issue-', '')}`
  await press('j', 'Enter')
  await page.waitForURL(at(1))
  await press('j')
  await page.waitForURL(at(2))
  await press('k')
  await page.waitForURL(at(1))
  await press('k')
  await page.waitForURL(at(0))
  // Before the first there is none.
  await press('k')
  await page.waitForTimeout(300)
  expect(page.url()).toBe(at(0))
})

test('x ticks, Shift x ticks a range, Esc clears', async () => {
  const ticked = () => page.locator('input[name=id]:checked').count()
  await press('j', 'x', 'j', 'j', 'Shift+X')
  expect(await ticked()).toBe(3)
  await press('x')
  expect(await ticked()).toBe(2)
  await press('Escape')
  expect(await ticked()).toBe(0)
})

test('m on the list offers to merge what is ticked, and on an issue asks for the number of the other', async () => {
  await press('j', 'x', 'j', 'x', 'm')
  expect(await page.locator('[data-bulk-menu=m] .menu-box').isVisible()).toBe(true)
  expect(await focused()).toBe('Merge them')
  await press('Escape')
  expect(await page.locator('[data-bulk-menu=m] .menu-box').isVisible()).toBe(false)

  const project = await projectOf('orders-api')
  const into = await seedIssue(db, project, { type: 'MergeInto', value: 'x' })
  const other = await seedIssue(db, project, { type: 'MergeFrom', value: 'x' })
  const { number } = await db
    .selectFrom('issues')
    .select('number')
    .where('id', '=', other)
    .executeTakeFirstOrThrow()
  await page.goto(`${origin}/issues/${into}`)
  await press('m')
  await expect.poll(focused).toBe('merge-number')
  await page.keyboard.type(`#${number}`)
  await press('Enter')
  await page.waitForSelector('#merged .merged li')
  expect(await statusOf(other)).toBe('merged')
})

test('e, i, o, y, s and a do on an issue what their buttons do', async () => {
  await openIssue()
  const timeline = (words: string) =>
    expect.poll(() => page.locator('#timeline').textContent()).toContain(words)
  await press('y')
  await timeline('Mara Lindqvist has it')
  await press('s')
  await timeline('Mara Lindqvist put it off')
  await press('e')
  await timeline('Mara Lindqvist resolved it')
  expect(await statusOf(issue)).toBe('resolved')
  await press('o')
  await timeline('Mara Lindqvist reopened it')
  await press('i')
  await timeline('Mara Lindqvist ignored it')
  expect(await statusOf(issue)).toBe('ignored')
  await press('o')
  await expect.poll(() => statusOf(issue)).toBe('unresolved')
  await page.waitForSelector('.actions [data-key=e]')
  await press('a')
  await expect.poll(focused).toBe('assign-to')
})

test('[ ] { } step through the events, f opens and folds library frames, d copies as Markdown, c comments', async () => {
  const stored = [9, 6, 3].map((minutesAgo) => ({
    minutesAgo,
    wire: { ...wire, message: `at ${minutesAgo}` },
  }))
  const id = await seedIssue(db, await projectOf('rider-app'), { type: 'Stepped', value: 'x', stored })
  await page.goto(`${origin}/issues/${id}`)
  await page.evaluate('globalThis.stayed = true')
  const shows = (minutesAgo: number) =>
    expect.poll(() => page.locator('#event').textContent()).toContain(`at ${minutesAgo}`)
  await shows(3)
  await press('{')
  await shows(9)
  await press(']')
  await shows(6)
  await press('[')
  await shows(9)
  await press('}')
  await shows(3)
  expect(await page.evaluate('globalThis.stayed')).toBe(true)

  const folds = page.locator('details.fold')
  const open = () => page.locator('details.fold[open]').count()
  expect(await folds.count()).toBeGreaterThan(0)
  await press('f')
  expect(await open()).toBe(await folds.count())
  await press('f')
  expect(await open()).toBe(0)

  await press('d')
  await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toContain('Stepped')
  await press('c')
  expect(await focused()).toBe('comment')
  // It is text now, not a verb.
  await press('e', 'Escape')
  expect(await page.locator('#comment').inputValue()).toBe('e')
  expect(await focused()).not.toBe('comment')
})

test('g and a letter goes to each page, / to the filter, Ctrl K to the palette, which Esc closes', async () => {
  for (const { keys, href } of pageKeys) {
    await press(...keys.split(' '))
    await page.waitForURL(
      (url) => url.pathname === href || (href === '/settings' && url.pathname.startsWith(href)),
    )
  }
  await press('g', 'i')
  await page.waitForURL(/\/issues$/)
  await press('/')
  expect(await focused()).toBe('q')
  await press('Escape', 'Escape')
  expect(await focused()).not.toBe('q')
  await press('Control+k')
  await page.waitForSelector('#palette[open]')
  // Single keys rest while a dialog is open, and what is typed is looked for.
  await page.keyboard.type('ge')
  expect(await page.locator('#palette input').inputValue()).toBe('ge')
  await press('Escape')
  expect(await page.locator('#palette[open]').count()).toBe(0)
  expect(new URL(page.url()).pathname).toBe('/issues')
})

test('? lists every key, and there each person can switch single keys off and on again', async () => {
  await press('?')
  await page.waitForSelector('#keys[open]')
  const listed = (await page.locator('#keys dd').allTextContents()).map((label) => label.trim())
  expect(listed).toEqual([...otherKeys.map(([, label]) => label), ...pageKeys.map(({ label }) => label)])
  await press('j')
  expect(await page.locator('[data-cursor]').count()).toBe(0)
  await page.locator('[data-keys-switch]').uncheck()
  await press('Escape')
  expect(await page.locator('#keys[open]').count()).toBe(0)
  await press('j', 'g', 'o')
  await page.waitForTimeout(300)
  expect(await page.locator('[data-cursor]').count()).toBe(0)
  // Also on the next page, and the way back stays.
  await page.reload()
  await press('j')
  expect(await page.locator('[data-cursor]').count()).toBe(0)
  await press('?')
  await page.waitForSelector('#keys[open]')
  expect(await page.locator('[data-keys-switch]').isChecked()).toBe(false)
  await page.locator('[data-keys-switch]').check()
  await press('Escape', 'j')
  expect(await page.locator('[data-cursor]').count()).toBe(1)
  // The same switch stands in one's settings, and on the list's own page.
  await page.goto(`${origin}/settings/you`)
  await page.locator('[data-keys-switch]').uncheck()
  await page.goto(`${origin}/keys`)
  expect(await page.locator('[data-keys-switch]').isChecked()).toBe(false)
  await press('g', 'o')
  await page.waitForTimeout(300)
  expect(page.url()).toBe(`${origin}/keys`)
  await page.locator('[data-keys-switch]').check()
  await press('g', 'o')
  await page.waitForURL(`${origin}/`)
})
