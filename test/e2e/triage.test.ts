// What people do on the pages, in a real browser: a crash arrives on the open on-call page, issues are triaged by
// keys alone and in bulk, a search completes itself, a time is brushed out of a chart.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OpenDatabase } from '../../collector/db/database.ts'
import { findProject } from '../../collector/db/projects.ts'
import { openBrowser } from '../support/browser.ts'
import { openScene } from '../support/open-scene.ts'
import { seedIssue } from '../support/seed.ts'

let origin = ''
let db: OpenDatabase['db']
let close: () => Promise<void>

beforeAll(async () => {
  const scene = await openScene('typical')
  const server = createServer(scene.app)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  db = scene.db
  close = async () => {
    server.closeAllConnections()
    server.close()
    await scene.close()
  }
})
afterAll(() => close())

test('on call on a phone: one tap takes a thing in hand, a new one waits behind a pill, nothing loads anew', async () => {
  const browser = await openBrowser({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
  const { page, troubles } = await browser.watchedPage(origin)
  await page.goto(origin)
  await page.evaluate('globalThis.stayed = true')
  const kinds = () => page.locator('.card .kind').allTextContents()
  const before = await kinds()
  expect(before.slice(0, 3)).toEqual(['Escalated', 'Fatal', 'Regressed'])
  expect(await page.title()).toBe(`(${before.length}) On call · Postern`)
  const target = await page.locator('.card .button').first().boundingBox()
  expect(target?.height).toBeGreaterThanOrEqual(44)

  await page.locator('.card button[value=acknowledge]').first().tap()
  await page.waitForSelector('.card.is-done')
  expect(await page.locator('.card.is-done').textContent()).toContain('Mara Lindqvist has it')
  expect(await kinds()).toEqual(before)
  await expect.poll(() => page.title()).toBe(`(${before.length - 1}) On call · Postern`)
  await page.locator('.card.is-done .undo').tap()
  await expect.poll(() => page.locator('.card.is-done').count()).toBe(0)

  const project = await findProject(db, 'gate-kiosk')
  if (!project) throw new Error('no project')
  await seedIssue(db, project, {
    type: 'JustNow',
    value: 'x',
    level: 'fatal',
    alert: { rule: 'fatal', minutesAgo: 0 },
  })
  await page.waitForSelector('#pill', { timeout: 15_000 })
  expect(await page.locator('#pill').textContent()).toContain('1 new, 1 fatal')
  expect(await kinds()).toEqual(before)
  await page.locator('#pill').tap()
  await page.waitForSelector('text=JustNow')
  expect(await page.evaluate('globalThis.stayed')).toBe(true)
  expect(troubles).toEqual([])
  await browser.close()
})

test('by keys alone: filter with completion, move, select, resolve, undo, open, assign and comment', async () => {
  const browser = await openBrowser({ viewport: { width: 1440, height: 900 } })
  const { page, troubles } = await browser.watchedPage(origin)
  await page.goto(`${origin}/issues`)
  await page.keyboard.press('/')
  await page.keyboard.press('End')
  await page.keyboard.type(' lev')
  await page.waitForSelector('.completion [role=option]:has-text("level:")')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.completion [role=option]:has-text("fatal")')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect.poll(() => page.url()).toContain('level%3Afatal')
  expect(await page.evaluate('document.activeElement.id')).toBe('q')
  await page.keyboard.type('first-seen:<1w')
  await page.waitForSelector('#search-problem')
  expect(await page.locator('#search-problem a').textContent()).toBe('Use first-seen:<7d')
  await page.goto(`${origin}/issues?q=is:unresolved`)
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('x')
  expect(await page.locator('[data-selected]').textContent()).toBe('1')
  const rows = await page.locator('.issue-row').count()
  await page.keyboard.press('e')
  await page.waitForSelector('.toast:has-text("Resolved 1 issue")')
  expect(await page.locator('.issue-row').count()).toBe(rows)
  await page.click('.toast .undo')
  await page.waitForSelector('.toast:has-text("Reopened 1 issue")')

  await page.keyboard.press('Enter')
  await page.waitForURL(/\/issues\/\d+$/)
  await page.keyboard.press('a')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.timeline:has-text("Mara Lindqvist took it.")')
  await page.keyboard.press('c')
  await page.keyboard.type('Seen at the gate, @aiko')
  await page.click('.comment button')
  await page.waitForSelector('.timeline:has-text("Seen at the gate, @aiko")')
  await page.keyboard.press('Control+k')
  await page.keyboard.type('relays')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${origin}/relays`)
  await page.keyboard.press('g')
  await page.keyboard.press('o')
  await page.waitForURL(`${origin}/`)
  expect(troubles).toEqual([])
  await browser.close()
})

test('a time brushed out of the chart narrows the events and is part of the address', async () => {
  const browser = await openBrowser({ viewport: { width: 1440, height: 900 } })
  const { page, troubles } = await browser.watchedPage(origin)
  await page.goto(`${origin}/issues/1`)
  const box = await page.locator('.plot').boundingBox()
  if (!box) throw new Error('no chart')
  await page.mouse.move(box.x + box.width * 0.4, box.y + 80)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.5, box.y + 80, { steps: 4 })
  await page.mouse.up()
  await page.waitForSelector('#event .picked')
  expect(page.url()).toMatch(/from=.*&to=/)
  expect(await page.locator('.brush rect').count()).toBe(2)
  await page.reload()
  expect(await page.locator('#event .picked').count()).toBe(1)
  await page.locator('[data-clear-brush]').click()
  await expect.poll(() => page.locator('#event .picked').count()).toBe(0)
  await page.locator('.kinds label:has-text("HTTP")').click()
  expect(await page.locator('.crumb[data-kind=log]:visible').count()).toBe(0)
  expect(troubles).toEqual([])
  await browser.close()
})
