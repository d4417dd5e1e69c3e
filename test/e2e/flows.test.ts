// The flows of a team's first days, in a real browser with both programs running and crashes from a real page with
// `@sentry/browser`: the first account, somebody invited, the first event, a crash that arrives on the open start
// page, its ticket from filed to regressed, a merge, a rule tried out. One story: each test goes on from the last.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { startBrowserApp } from '../support/browser-app.ts'
import { type Github, startGithub } from '../support/github/start-github.ts'
import { type Programs, startPrograms, testPassword } from '../support/programs.ts'

const patient = { timeout: 60_000 }

let github: Github
let programs: Programs
let app: Awaited<ReturnType<typeof startBrowserApp>>
let browser: Awaited<ReturnType<typeof openBrowser>>
/** Mara's tab, and the app of her team in another. */
let page: Page
let troubles: string[]
let shop: Page

beforeAll(async () => {
  github = await startGithub({ repositories: ['perron/kiosk'] })
  const started = startPrograms({
    GITHUB_API_URL: github.url,
    GITHUB_TOKEN: github.token,
    // Long enough to be seen on a busy machine, and over before the story is.
    POSTERN_QUIET_MINUTES: '0.2',
    POSTERN_TRACKER_POLL_SECONDS: '0.2',
    POSTERN_ADMIN_EMAIL: undefined,
    POSTERN_ADMIN_PASSWORD: undefined,
  })
  ;[programs, app, browser] = await Promise.all([
    started,
    startBrowserApp(),
    openBrowser({ viewport: { width: 1280, height: 900 } }),
  ])
  ;({ page, troubles } = await browser.watchedPage(programs.url))
  page.setDefaultTimeout(patient.timeout)
  shop = await browser.context.newPage()
  shop.setDefaultTimeout(patient.timeout)
}, 240_000)
afterAll(async () => {
  await browser?.close()
  app?.close()
  await programs?.stop()
  await github?.close()
})

/** The address of the shop with a DSN. */
const shopAt = (dsn: string) => `${app.origin}/?${new URLSearchParams({ dsn })}`

/** Breaks the shop so often; the SDK leaves out an error that follows its like, so each says something else. */
async function crash(type: string, times: number): Promise<void> {
  for (let n = 1; n <= times; n += 1) {
    const sent = shop.waitForResponse((answer) => answer.url().includes('/envelope/') && answer.ok())
    await shop.evaluate(`crash(${JSON.stringify(type)}, 'ticket ${n} of ' + Date.now())`)
    await sent
  }
}

/** Loads the page anew until its band says so. */
async function seeState(words: string | RegExp): Promise<void> {
  await expect
    .poll(async () => {
      await page.reload()
      return page.locator('#band').textContent()
    }, patient)
    .toMatch(words)
}

test('the link of the first start makes the first account, once', async () => {
  const link = String(programs.collector.ready.setupUrl)
  await page.goto(link)
  await page.fill('#email', 'mara@perron.example')
  await page.fill('#name', 'Mara Lindqvist')
  await page.fill('#password', 'short')
  await page.click('button:has-text("Make account")')
  await page.waitForSelector('#password-problem')
  await page.fill('#password', testPassword)
  await page.click('button:has-text("Make account")')
  await page.waitForURL(`${programs.url}/projects`)
  expect(await page.locator('.who').textContent()).toContain('Mara Lindqvist')
  expect((await page.goto(link))?.status()).toBeGreaterThanOrEqual(400)
  // The address that was not there, and the password that was too short.
  expect(troubles.splice(0).every((trouble) => /status of 4\d\d/.test(trouble))).toBe(true)
})

test('an invitation is a link to hand on; who takes it is in, as what they were invited', async () => {
  await page.goto(`${programs.url}/settings/members`)
  await page.fill('#email', 'aiko@perron.example')
  await page.check('input[name=role][value=viewer]')
  await page.click('button:has-text("Make a link")')
  const link = (await page.locator('.fresh pre').textContent()) ?? ''
  const other = await openBrowser()
  const aiko = await other.watchedPage(programs.url)
  await aiko.page.goto(link)
  expect(await aiko.page.locator('.org').textContent()).toContain('Mara Lindqvist invites you as viewer')
  await aiko.page.fill('#name', 'Aiko Tanaka')
  await aiko.page.fill('#password', testPassword)
  await aiko.page.click('button:has-text("Make account")')
  await aiko.page.waitForURL(`${programs.url}/`)
  await aiko.page.goto(`${programs.url}/projects`)
  expect(await aiko.page.locator('a[href="/projects/new"]').count()).toBe(0)
  expect(aiko.troubles).toEqual([])
  await other.close()
  await page.reload()
  expect(await page.locator('.people').textContent()).toContain('Aiko Tanaka')
})

test('the set-up guide of a new project waits, and shows the first event when it arrives', async () => {
  await page.goto(`${programs.url}/projects/new`)
  await page.fill('#name', 'Kiosk')
  await page.fill('#repository', 'perron/kiosk')
  await page.click('button:has-text("Create project")')
  await page.waitForURL(`${programs.url}/projects/kiosk/setup`)
  const dsn = (await page.locator('.dsn pre').textContent()) ?? ''
  await page.evaluate('globalThis.stayed = true')
  // The key is known to the relay before an app can use it.
  await page.waitForSelector('#waiting:has-text("Key known to 1 of 1 relay")')
  await shop.goto(shopAt(dsn))
  await shop.waitForSelector('text=ready')
  await crash('GateError', 1)
  await page.waitForSelector('#waiting.done')
  expect(await page.locator('#waiting h2').textContent()).toContain('The first event has arrived')
  expect(await page.evaluate('globalThis.stayed')).toBe(true)
  await page.click('#waiting a:has-text("Open its issues")')
  await page.waitForSelector('.issue-row:has-text("GateError")')
})

test('a crash arrives on the open start page by itself, and the tab counts it', async () => {
  await page.goto(programs.url)
  await page.waitForSelector('#calm')
  await page.evaluate('globalThis.stayed = true')
  await crash('TicketError', 3)
  await page.waitForSelector('.card:has-text("TicketError")')
  expect(await page.locator('.card .kind').textContent()).toBe('Burst')
  expect(await page.title()).toBe('(1) On call · Postern')
  expect(await page.evaluate('globalThis.stayed')).toBe(true)
})

test('the open start page outlives a restart of the collector and shows in the same row what came meanwhile', async () => {
  const events = () => page.locator('.card .card-figures b').first().textContent()
  expect(await events()).toBe('3')
  const missed = page.waitForEvent('requestfailed')
  await programs.collector.stop()
  await crash('TicketError', 1)
  await missed
  await programs.startCollector()
  await expect.poll(events, patient).toBe('4')
  expect(await page.locator('.card').count()).toBe(1)
  expect(await page.title()).toBe('(1) On call · Postern')
  expect(await page.evaluate('globalThis.stayed')).toBe(true)
  // Polls that met nobody.
  const isMiss = (trouble: string) => /ERR_CONNECTION|Failed to fetch/.test(trouble)
  expect(troubles.splice(0).filter((trouble) => !isMiss(trouble))).toEqual([])
  await page.click('.card a.card-title')
  await page.waitForURL(/\/issues\/\d+$/)
  expect(await page.locator('#stack').textContent()).toContain('showTicket')
})

test('its ticket is seen filed, closed, quiet, resolved and regressed on the page', async () => {
  await seeState('Filed as #1')
  expect(github.issues[0]?.title).toContain('TicketError')
  expect(await page.locator('#tracker').textContent()).toContain('#1 · open')
  github.closeIssue(1, 'completed', 'mara')
  await seeState(/Quiet for 0 of 1 minutes/)
  expect(await page.locator('#band').textContent()).toContain('closed as completed by mara')
  // Nobody loads the page anew: the band says it by itself.
  await page.waitForSelector('#band:has-text("Resolved, held")')
  await crash('TicketError', 1)
  await seeState(/Regressed/)
  await seeState(/Filed as #2/)
  expect(await page.locator('#tracker').textContent()).toContain('follows #1')
  expect(github.issues[1]?.body).toContain('#1')
  const timeline = await page.locator('#timeline').textContent()
  for (const word of ['Filed', 'Closed', 'Resolved', 'Regressed']) expect(timeline).toContain(word)
})

test('another issue is merged into it and taken out again, each with its own events', async () => {
  const events = () => page.locator('.facts .figure .value').first().textContent()
  const before = Number(await events())
  await page.click('.merge-in summary')
  await page.fill('#merge-number', '#1')
  await page.click('.merge-in button')
  await page.waitForSelector('.merged:has-text("GateError")')
  expect(Number(await events())).toBe(before + 1)
  await page.goto(`${programs.url}/issues?q=GateError`)
  expect(await page.locator('.issue-row').count()).toBe(0)
  await page.goBack()
  await page.click('button:has-text("Take out")')
  await page.waitForSelector('#timeline:has-text("Taken out")')
  expect(Number(await events())).toBe(before)
  await page.goto(`${programs.url}/issues?q=GateError`)
  await page.waitForSelector('.issue-row:has-text("GateError")')
})

test('a grouping rule is tried on what came, saved, and holds for what comes', async () => {
  await page.goto(`${programs.url}/projects/kiosk/settings/grouping`)
  await page.fill('#rules', 'error.type:*Error -> all-errors title="Any error"')
  await page.click('button:has-text("Try on recent events")')
  await page.waitForSelector('#trial .trial-rows')
  const trial = await page.locator('#trial').textContent()
  expect(trial).toContain('TicketError')
  expect(trial).toContain('called Any error')
  await page.click('button:has-text("Save")')
  await page.waitForSelector('text=Saved')
  await page.goto(`${programs.url}/issues?project=kiosk`)
  await expect
    .poll(async () => {
      await crash('WalletError', 1)
      await page.reload()
      return page.locator('.issue-rows').textContent()
    }, patient)
    .toContain('Any error')
})

test('nothing went wrong in the browser, and no request to the tracker was against its description', () => {
  expect(troubles).toEqual([])
  expect(github.violations).toEqual([])
})
