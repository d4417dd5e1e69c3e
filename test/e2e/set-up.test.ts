// The set-up guide followed to the letter, with both programs running: what the page prints is put into files as it
// stands there and run with the real SDK, and the page that waits ticks by itself.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { startBrowserApp } from '../support/browser-app.ts'
import { type Programs, startPrograms, testEmail, testPassword } from '../support/programs.ts'

const run = promisify(execFile)
const modules = new URL('../../node_modules', import.meta.url).pathname
const patient = { timeout: 60_000 }

let programs: Programs
let browser: Awaited<ReturnType<typeof openBrowser>>
let page: Page
let troubles: string[]
beforeAll(async () => {
  ;[programs, browser] = await Promise.all([
    startPrograms(),
    openBrowser({ viewport: { width: 1440, height: 900 } }),
  ])
  ;({ page, troubles } = await browser.watchedPage(programs.url))
  page.setDefaultTimeout(patient.timeout)
  await page.goto(`${programs.url}/sign-in`)
  await page.fill('#email', testEmail)
  await page.fill('#password', testPassword)
  await page.click('button:has-text("Sign in")')
  await page.waitForURL(`${programs.url}/`)
}, 240_000)
afterAll(async () => {
  await browser?.close()
  await programs?.stop()
})

/** Makes a project and opens its guide for a platform. @returns what the guide prints, by where it goes */
async function openGuide(name: string, platform: string) {
  await page.goto(`${programs.url}/projects/new`)
  await page.fill('#name', name)
  await page.click('button:has-text("Create project")')
  await page.waitForURL(/\/setup$/)
  await page.click(`.platforms a:text-is("${platform}")`)
  await page.waitForSelector(`.platforms a[aria-current]:text-is("${platform}")`)
  await page.waitForSelector('#waiting:has-text("Key known to 1 of 1 relay")')
  expect(await ticked()).toEqual([true, true, false, false, false])
  await page.evaluate('globalThis.stayed = true')
  const printed = async (step: string) =>
    (await page.locator(`.steps-list li:has(h2:text-is("${step}")) pre`).textContent()) ?? ''
  const start = await printed('Start it first, before anything else')
  // The button copies what one reads.
  expect((await page.locator('.steps-list li:nth-child(2) .copy').getAttribute('data-copy'))?.trim()).toBe(
    start.trim(),
  )
  return {
    install: await printed('Add the SDK'),
    start,
    file: await page.locator('.steps-list li:nth-child(2) header .mono').textContent(),
    crash: await printed('Crash once'),
    terminal: (await page.locator('.beside pre').textContent()) ?? '',
  }
}

const ticked = () =>
  page
    .locator('#waiting .timeline .mark')
    .evaluateAll((marks) => marks.map((mark) => mark.getAttribute('aria-label') === 'done'))

/** The page ticks without being loaded anew, and leads to the crash. */
async function seeItArrive(title: string) {
  await page.waitForSelector('#waiting.done')
  expect(await page.locator('#waiting h2').textContent()).toContain('The first event has arrived')
  await expect.poll(ticked, patient).toEqual([true, true, true, true, true])
  expect(await page.evaluate('globalThis.stayed')).toBe(true)
  await page.click('#waiting a:has-text("Open its issues")')
  await page.waitForSelector(`.issue-row:has-text("${title}")`)
  expect(troubles).toEqual([])
}

/** The version that the guide installs is one of ours: what was tested is what a newcomer gets. */
function versionOf(install: string): string {
  const name = /^npm install (\S+)$/.exec(install)?.[1] ?? ''
  return JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')).version
}

test('Node: the printed file, imported as the guide says, reports the printed crash', async () => {
  const guide = await openGuide('Guide Node', 'Node')
  expect(versionOf(guide.install)).toMatch(/^\d/)
  const dir = mkdtempSync(join(tmpdir(), 'postern-guide-'))
  try {
    symlinkSync(modules, join(dir, 'node_modules'))
    writeFileSync(join(dir, guide.file ?? ''), guide.start)
    writeFileSync(join(dir, 'app.js'), guide.crash)
    const [, command = ''] = /Start with: (node .*)$/m.exec(guide.start) ?? []
    const ended = await run(process.execPath, command.split(' ').slice(1), { cwd: dir }).catch(
      (error: unknown) => error as { code: number; stderr: string },
    )
    // The crash is not caught: the program ends by it, and says so.
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('Postern, do you hear me?') })
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
  await seeItArrive('Postern, do you hear me?')
  await page.click('.issue-row a.title')
  await page.waitForSelector('.stack')
  const whole = await page.locator('main').textContent()
  expect(whole).toContain('app.js')
  expect(whole).toContain('1.0.0')
  expect(whole).toContain('production')
})

test('Browser: the printed file as the page’s module reports the printed crash', async () => {
  const guide = await openGuide('Guide Browser', 'Browser')
  expect(versionOf(guide.install)).toMatch(/^\d/)
  const app = await startBrowserApp(`${guide.start}\n${guide.crash}\n`)
  const other = await browser.context.newPage()
  try {
    const sent = other.waitForResponse((answer) => answer.url().includes('/envelope/') && answer.ok())
    await other.goto(app.origin)
    await sent
    await seeItArrive('Postern, do you hear me?')
  } finally {
    await other.close()
    app.close()
  }
})

test('without an app: the printed command sends an event from a terminal', async () => {
  const guide = await openGuide('Guide Terminal', 'Go')
  await run('sh', ['-c', guide.terminal])
  await seeItArrive('Postern, do you hear me?')
})
