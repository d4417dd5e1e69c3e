// Settings as one changes them, in a real browser: the preview recounts, what is wrong says so at its field, and the
// bar that saves says how many changes there are.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OpenDatabase } from '../../collector/db/database.ts'
import { readProjectSettings } from '../../collector/db/kept-settings.ts'
import { findProject } from '../../collector/db/projects.ts'
import { detectionSubject } from '../../collector/detect/rules.ts'
import { openBrowser } from '../support/browser.ts'
import { openScene } from '../support/open-scene.ts'
import { seedIssue } from '../support/seed.ts'

const slug = 'rider-app'
let origin = ''
let db: OpenDatabase['db']
let close: () => Promise<void>
beforeAll(async () => {
  const scene = await openScene('typical')
  const server = createServer(scene.app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  db = scene.db
  close = async () => {
    server.close()
    server.closeAllConnections()
    await scene.close()
  }
})
afterAll(() => close())

test('forced colours leave every switch its state and say what is current; on paper there is nothing to press', async () => {
  const browser = await openBrowser({ viewport: { width: 1440, height: 900 }, forcedColors: 'active' })
  const { page, troubles } = await browser.watchedPage(origin)
  await page.goto(`${origin}/projects/${slug}/settings/detection`)
  const lookOf = (selector: string, property: string) =>
    page.evaluate(
      `getComputedStyle(document.querySelector(${JSON.stringify(selector)})).getPropertyValue('${property}')`,
    )
  const control = page.locator('.switch').first()
  // Without a pointer on it, which alone would make a difference.
  const on = await control.screenshot()
  await page.evaluate("document.querySelector('.switch').checked = false")
  expect(on.equals(await control.screenshot())).toBe(false)
  for (const current of ['.nav [aria-current]', '.section-list [aria-current]']) {
    expect(await lookOf(current, 'outline-style'), current).toBe('solid')
  }
  await page.emulateMedia({ media: 'print', forcedColors: 'none' })
  for (const chrome of ['.side', '.top', '.section-list', '.save-bar']) {
    expect(await page.locator(chrome).first().isVisible(), chrome).toBe(false)
  }
  // The form has the whole width of the sheet.
  expect((await page.locator('.section-form').boundingBox())?.width).toBeGreaterThan(600)
  expect(troubles).toEqual([])
  await browser.close()
})

test('the preview of detection recounts while one changes the rules, and files and saves nothing', async () => {
  const project = await findProject(db, slug)
  if (!project) throw new Error('no project')
  await seedIssue(db, project, {
    type: 'RangeError',
    value: 'Invalid time zone specified',
    environments: ['production'],
    hours: [...Array(20).fill(0), 0, 9, 0, 0],
  })
  // As with five in five minutes, by which nine of an hour were no burst.
  const kept = { ...detectionSubject.schema.parse({}), burst: { on: true, events: 7, minutes: 5 } }
  const settings = JSON.stringify({ detection: kept })
  await db.updateTable('projects').set({ settings }).where('id', '=', project.id).execute()
  const alerts = () => db.selectFrom('alerts').select('id').execute()
  const before = await alerts()
  // One more of the scene has such an hour.
  const [was, would] = [1, 3]

  const browser = await openBrowser({ viewport: { width: 1440, height: 900 } })
  const { page, troubles } = await browser.watchedPage(origin)
  await page.goto(`${origin}/projects/${slug}/settings/detection`)
  await page.evaluate('globalThis.stayed = true')
  const asked: string[] = []
  page.on('request', (request) => {
    if (request.method() === 'POST') asked.push(request.postData() ?? '')
  })
  const figures = () => page.locator('.rules-preview dd').allTextContents()
  const bar = () => page.locator('.save-bar [data-changes]').textContent()
  expect(await figures()).toEqual([String(was), String(was)])
  expect(await bar()).toBe('')

  await page.locator('[name="burst.events"]').fill('3')
  await expect.poll(figures).toEqual([String(was), String(would)])
  expect(await page.locator('.differences li').allTextContents()).toContainEqual(
    expect.stringMatching(/RangeError: Invalid time zone.*burst, Wed 01:00/),
  )
  expect(await bar()).toBe('1 change')
  // Keys in quick succession are one question.
  await page.locator('[name="slowBurn.minutes"]').press('End')
  asked.length = 0
  await page.locator('[name="slowBurn.minutes"]').pressSequentially('000', { delay: 30 })
  await page.waitForSelector('#slowBurn\\.minutes-problem')
  expect(asked).toHaveLength(1)
  expect(await page.locator('[name="slowBurn.minutes"]').getAttribute('aria-describedby')).toBe(
    'slowBurn.minutes-problem',
  )
  expect(await bar()).toBe('2 changes, 1 to mend')
  expect(await page.locator('.save-bar .filled').isDisabled()).toBe(true)
  // What can't be read counts as it is saved; the rest goes on counting.
  expect(await figures()).toEqual([String(was), String(would)])

  await page.locator('[name="slowBurn.minutes"]').fill('60')
  await expect.poll(bar).toBe('1 change')
  expect(await page.locator('.rule.wrong').count()).toBe(0)
  expect(await page.locator('.save-bar .filled').isDisabled()).toBe(false)
  expect(await page.locator('#preview').textContent()).toContain('Nothing was filed or sent')
  expect(await alerts()).toEqual(before)
  expect((await readProjectSettings(db, project.id, detectionSubject)).burst.events).toBe(7)
  expect(await page.evaluate('globalThis.stayed')).toBe(true)
  expect(troubles).toEqual([])
  await browser.close()
})
