// Comments in a real browser: a name completes itself by keys and by thumb, and who may not see the project is none.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OpenDatabase } from '../../collector/db/database.ts'
import { openBrowser } from '../support/browser.ts'
import { openScene } from '../support/open-scene.ts'

let origin = ''
let db: OpenDatabase['db']
let issue = 0
let close: () => Promise<void>
beforeAll(async () => {
  const scene = await openScene('typical')
  const server = createServer(scene.app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  db = scene.db
  issue = scene.subjects.issue ?? 0
  close = async () => {
    server.close()
    server.closeAllConnections()
    await scene.close()
  }
})
afterAll(() => close())

const comments = async () =>
  (
    await db
      .selectFrom('issue_changes')
      .select(['facts', 'reason'])
      .where('issue_id', '=', issue)
      .where('kind', '=', 'comment')
      .orderBy('id')
      .execute()
  ).map(({ facts, reason }) => [reason, (facts as { mentioned?: number[] }).mentioned])
const idOf = async (email: string) =>
  (await db.selectFrom('people').select('id').where('email', '=', email).executeTakeFirstOrThrow()).id

test('a name after @ is completed with the keyboard, and the comment tells that person', async () => {
  const browser = await openBrowser({ viewport: { width: 1440, height: 900 } })
  const { page, troubles } = await browser.watchedPage(origin)
  await page.goto(`${origin}/issues/${issue}`)
  await page.keyboard.press('c')
  const field = page.locator('#comment')
  await expect.poll(() => field.getAttribute('role')).toBe('combobox')
  await page.keyboard.type('Please look, @')
  await expect.poll(() => page.locator('#mentions [role=option]').count()).toBe(3)
  expect(await field.getAttribute('aria-expanded')).toBe('true')
  expect(await field.getAttribute('aria-controls')).toBe('mentions')
  await page.keyboard.press('ArrowDown')
  const active = await field.getAttribute('aria-activedescendant')
  expect(await page.locator(`#${active}`).textContent()).toContain('Mara Lindqvist')
  expect(await page.locator(`#${active}`).getAttribute('aria-selected')).toBe('true')

  await page.keyboard.type('ri')
  await expect
    .poll(() => page.locator('#mentions [role=option]').allTextContents())
    .toEqual([expect.stringContaining('Tomás Rivera')])
  // Esc closes the list and leaves the field as it is.
  await page.keyboard.press('Escape')
  expect(await page.locator('#mentions').isHidden()).toBe(true)
  expect(await page.evaluate('document.activeElement?.id')).toBe('comment')
  await page.keyboard.type('v')
  await page.waitForSelector('#mentions [role=option]')
  await page.keyboard.press('Enter')
  expect(await field.inputValue()).toBe('Please look, @tomás.rivera ')
  expect(await page.locator('#mentions').isHidden()).toBe(true)
  // An address is no mention.
  await page.keyboard.type('mail ops@')
  await page.waitForTimeout(300)
  expect(await page.locator('#mentions').isHidden()).toBe(true)
  await page.locator('form.comment button').click()
  await page.waitForURL(/#timeline$/)
  expect(await comments()).toEqual([
    ['Please look, @tomás.rivera mail ops@', [await idOf('tomas@perron.example')]],
  ])
  expect(troubles).toEqual([])
  await browser.close()
})

test('on a phone a tap takes the name, keeps the field, and the list is in sight above it', async () => {
  const browser = await openBrowser({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
  const { page, troubles } = await browser.watchedPage(origin)
  await page.goto(`${origin}/issues/${issue}`)
  await page.locator('#comment').tap()
  await page.keyboard.type('@ai')
  const option = page.locator('#mentions [role=option]')
  await expect.poll(() => option.allTextContents()).toEqual([expect.stringContaining('Aiko Tanaka')])
  const [box, field] = [await option.boundingBox(), await page.locator('#comment').boundingBox()]
  expect(box?.height).toBeGreaterThanOrEqual(44)
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThan(field?.y ?? 0)
  await option.tap()
  expect(await page.locator('#comment').inputValue()).toBe('@aiko.tanaka ')
  expect(await page.evaluate('document.activeElement?.id')).toBe('comment')
  expect(troubles).toEqual([])
  await browser.close()
})
