// The pages in a real browser: hostile and overfull data at phone and desktop size, swaps by htmx, and
// everything that a person does without scripts.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import express from 'express'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashPassword } from '../../collector/access/passwords.ts'
import { installationSections, projectSections } from '../../collector/dashboard/settings/sections.ts'
import type { OpenDatabase } from '../../collector/db/database.ts'
import { insertPerson } from '../../collector/db/people.ts'
import { openBrowser } from '../support/browser.ts'
import { dashboardPassword, openDashboard } from '../support/dashboard.ts'
import { seedHostileEvents } from '../support/hostile-events.ts'
import { openMigratedInMemory } from '../support/in-memory-store.ts'
import type { Scene } from '../support/open-scene.ts'
import { createDoor, doorPages } from '../support/scenes/door.ts'
import { hostileStrings, seedHostile } from '../support/scenes/hostile.ts'
import { seedOverfull } from '../support/scenes/overfull.ts'
import { seedTypical } from '../support/scenes/typical.ts'
import { seedNow } from '../support/seed.ts'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const isLong = process.env.POSTERN_TEST_LONG === '1'
const email = 'mara@perron.example'
const sizes = [
  { width: 390, height: 844 },
  { width: 1440, height: 900 },
] as const

type Site = {
  readonly origin: string
  readonly store: OpenDatabase
  readonly issueIds: readonly number[]
  close(): Promise<void>
}

async function openSite(
  seed: (db: OpenDatabase['db']) => Promise<{ issueIds: number[] }>,
  door: Scene,
): Promise<Site> {
  const store = await openMigratedInMemory()
  const passwordHash = await hashPassword(dashboardPassword)
  await insertPerson(store.db, { email, name: hostileStrings[1], passwordHash, role: 'admin' }, seedNow)
  const { issueIds } = await seed(store.db)
  const { app } = openDashboard(store.db)
  const server: Server = createServer(express().use(createDoor(door), app))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    store,
    issueIds,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await store.close()
    },
  }
}

async function signIn(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/sign-in`)
  await page.fill('#email', email)
  await page.fill('#password', dashboardPassword)
  await page.click('button:has-text("Sign in")')
  await page.waitForURL(`${origin}/`)
}

/** How wide the page is, with every fold open. */
function widthOf(page: Page): Promise<number> {
  return page.evaluate<number>(`(() => {
    for (const fold of document.querySelectorAll('details')) fold.open = true
    return document.documentElement.scrollWidth
  })()`)
}

/** Pages of events with wrong types in every field, and a megabyte without a space. */
const hostileEventPaths: string[] = []

/** All scenes in one store; the issues worth opening. */
async function seedEverything(db: OpenDatabase['db']): Promise<{ issueIds: number[] }> {
  const hostile = await seedHostile(db)
  const [project] = hostile.projects
  if (project) hostileEventPaths.push(...(await seedHostileEvents(db, project)))
  const overfull = await seedOverfull(db)
  const typical = await seedTypical(db)
  return {
    issueIds: [...hostile.issueIds, ...overfull.issueIds.slice(0, 1), ...typical.issueIds.slice(0, 3)],
  }
}

const settingsPaths = (project: string) => [
  ...installationSections.map(({ key }) => `/settings/${key}`),
  ...projectSections.map(({ key }) => `/projects/${project}/settings/${key}`),
]

/** What axe finds that is serious or worse, as rule and first element. @param rules all where absent */
async function seriousProblems(page: Page, rules?: readonly string[]): Promise<string[]> {
  // The page's policy forbids scripts that are not its own; the driver's isolated world is not bound by it.
  await page.evaluate(axeSource)
  return page.evaluate<
    string[]
  >(`axe.run(document, { resultTypes: ['violations'], ${rules ? `runOnly: ${JSON.stringify(rules)}` : ''} }).then(({ violations }) =>
    violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => id + ': ' + nodes[0].html.slice(0, 160)))`)
}

describe('with hostile, overfull and typical data', () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite(seedEverything, 'hostile')
  }, 240_000)
  afterAll(() => site.close())

  // Wide pages wrap less: what sticks out does so on a phone.
  test.each(isLong ? sizes : [sizes[0]])(
    'nothing runs, nothing leaves and nothing sticks out at $width',
    async (viewport) => {
      const isPhone = viewport.width < 600
      const browser = await openBrowser({ viewport, ...(isPhone ? { hasTouch: true, isMobile: true } : {}) })
      const { page, troubles } = await browser.watchedPage(site.origin)
      await signIn(page, site.origin)
      const paths = [
        '/',
        ...doorPages.flatMap((page) => [`/door/${page}`, `/door/${page}?wrong`]),
        '/jump?q=e',
        '/events',
        '/releases',
        '/issues',
        '/issues?q=&sort=events',
        '/events?span=7d',
        '/releases?project=hostile',
        '/releases?project=the-project-with-a-rather-long-name-number-0',
        '/jump?q=a',
        '/keys',
        '/views',
        '/more',
        '/issues?project=hostile',
        '/projects',
        '/projects/hostile/setup',
        '/projects/the-project-with-a-rather-long-name-number-0/setup',
        '/projects/new',
        '/relays',
        ...settingsPaths('hostile'),
        ...site.issueIds.map((id) => `/issues/${id}`),
        // What breaks out does so where there is least room.
        ...(isPhone ? hostileEventPaths : []),
      ]
      for (const path of paths) {
        const answer = await page.goto(`${site.origin}${path}`)
        expect(answer?.status(), path).toBe(200)
        expect(await widthOf(page), `${path} at ${viewport.width}`).toBeLessThanOrEqual(viewport.width)
        expect(await page.evaluate('globalThis.canary'), path).toBeUndefined()
        expect(await page.title(), path).toMatch(/ · Postern$/)
      }
      expect(troubles).toEqual([])
      await browser.close()
    },
  )

  test('nothing sticks out between phone and desktop', async () => {
    const browser = await openBrowser({ viewport: { width: 661, height: 900 } })
    const { page } = await browser.watchedPage(site.origin)
    await signIn(page, site.origin)
    const releases = '/releases?project=the-project-with-a-rather-long-name-number-0'
    for (const path of ['/', '/issues?q=', '/projects', '/relays', releases]) {
      await page.goto(`${site.origin}${path}`)
      for (const width of [661, 801, 940, 1024, 1280]) {
        await page.setViewportSize({ width, height: 900 })
        const wide = await page.evaluate('document.documentElement.scrollWidth')
        expect(wide, `${path} at ${width}`).toBeLessThanOrEqual(width)
      }
    }
    await browser.close()
  })

  test.runIf(isLong)('axe finds nothing serious in hostile and overfull pages', async () => {
    const browser = await openBrowser({ viewport: sizes[0], hasTouch: true, isMobile: true })
    const { page } = await browser.watchedPage(site.origin)
    await signIn(page, site.origin)
    const found: string[] = []
    for (const path of [
      '/',
      '/issues?q=&sort=events',
      '/events?span=7d',
      '/relays',
      '/projects',
      `/issues/${site.issueIds[0]}`,
      `/issues/${site.issueIds[hostileStrings.length]}`,
      hostileEventPaths[12] ?? '',
      hostileEventPaths.at(-1) ?? '',
    ]) {
      await page.goto(`${site.origin}${path}`)
      found.push(...(await seriousProblems(page)).map((problem) => `${path} ${problem}`))
    }
    expect(found).toEqual([])
    await browser.close()
  })
})

describe('at work', () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite(seedTypical, 'typical')
  })
  afterAll(() => site.close())

  test.each(['light', 'dark'] as const)('axe finds nothing serious in the %s theme', async (colorScheme) => {
    const browser = await openBrowser({ viewport: sizes[1], colorScheme })
    const { page } = await browser.watchedPage(site.origin)
    await page.goto(`${site.origin}/sign-in`)
    // A theme changes colours and nothing else.
    const rules = colorScheme === 'dark' ? ['color-contrast'] : undefined
    const found: string[] = (await seriousProblems(page, rules)).map((problem) => `/sign-in ${problem}`)
    await signIn(page, site.origin)
    const paths = [
      '/',
      '/issues',
      '/events',
      '/releases',
      '/projects',
      '/projects/new',
      '/projects/rider-app/setup',
      '/relays',
      '/more',
      '/views',
      ...doorPages.map((page) => `/door/${page}?wrong`),
      ...settingsPaths('rider-app'),
      ...site.issueIds.slice(0, 2).map((id) => `/issues/${id}`),
    ]
    for (const path of paths) {
      await page.goto(`${site.origin}${path}`)
      found.push(...(await seriousProblems(page, rules)).map((problem) => `${path} ${problem}`))
    }
    expect(found).toEqual([])
    await browser.close()
  })

  test('at the door the first wrong field has the focus, and the eye shows a password until it is sent', async () => {
    const browser = await openBrowser({ viewport: sizes[0] })
    const { page, troubles } = await browser.watchedPage(site.origin)
    await page.goto(`${site.origin}/door/set-up?wrong`)
    expect(await page.evaluate('document.activeElement.id')).toBe('email')
    await page.goto(`${site.origin}/sign-in`)
    await page.fill('#password', 'correct horse')
    await page.click('[data-reveal]')
    expect(await page.getAttribute('#password', 'type')).toBe('text')
    await page.evaluate(
      "document.querySelector('form').addEventListener('submit', (event) => event.preventDefault())",
    )
    await page.fill('#email', email)
    await page.press('#password', 'Enter')
    expect(await page.getAttribute('#password', 'type')).toBe('password')
    expect(troubles).toEqual([])
    await browser.close()
  })

  test('filters, steps through events and waits for the first event without loading a page', async () => {
    const browser = await openBrowser({ viewport: sizes[1] })
    const { page, troubles } = await browser.watchedPage(site.origin)
    await signIn(page, site.origin)
    await page.goto(`${site.origin}/issues`)
    await page.evaluate('globalThis.stayed = true')
    await page.fill('#q', 'fares')
    await expect.poll(() => page.locator('.issue-row').count()).toBe(2)
    expect(page.url()).toContain('q=fares')
    expect(await page.evaluate('document.activeElement.name')).toBe('q')
    await page.selectOption('select[name=project]', 'fare-engine')
    await expect.poll(() => page.locator('.issue-row').count()).toBe(1)
    await page.goBack()
    await expect.poll(() => page.locator('.issue-row').count()).toBe(2)

    await page.goto(`${site.origin}/issues/${site.issueIds[0]}`)
    await page.evaluate('globalThis.stayed = true')
    await page.click('#step-left')
    await expect.poll(() => page.locator('.event-title b').textContent()).toBe('Event')
    expect(page.url()).toContain('/events/')
    await page.click('#step-first')
    await expect.poll(() => page.locator('.event-title b').textContent()).toBe('First event')
    expect(await page.evaluate('globalThis.stayed')).toBe(true)

    await page.goto(`${site.origin}/projects/driver-app/setup`)
    await page.evaluate('globalThis.stayed = true')
    await site.store.db
      .updateTable('projects')
      .set({ last_event_at: seedNow })
      .where('slug', '=', 'driver-app')
      .execute()
    await page.waitForSelector('.waiting.done')
    expect(await page.evaluate('globalThis.stayed')).toBe(true)
    expect(troubles).toEqual([])
    await browser.close()
  })

  test('without scripts one signs in, filters, pages, steps, resolves and switches the theme', async () => {
    const browser = await openBrowser({ viewport: sizes[0], javaScriptEnabled: false })
    const { page, troubles } = await browser.watchedPage(site.origin)
    await signIn(page, site.origin)
    await page.goto(`${site.origin}/issues`)
    await page.fill('#q', 'Fragment already')
    await page.click('button.apply')
    expect(await page.locator('.issue-row').count()).toBe(1)
    await page.click('.issue-row a.title')
    expect(await page.locator('h1').textContent()).toContain('IllegalStateException')
    await page.click('button[value=resolve]')
    expect(await page.locator('#band').textContent()).toContain('resolved it by hand')
    await page.click('button[value=reopen]')
    expect(await page.locator('#timeline').textContent()).toContain('reopened it')
    await page.goto(`${site.origin}/issues/${site.issueIds[0]}`)
    await page.click('#step-left')
    expect(await page.locator('.event-title b').textContent()).toBe('Event')
    await page.click('summary:has-text("library frames") >> nth=0')
    expect(await page.locator('.fold .stack-frame >> nth=0').isVisible()).toBe(true)
    await page.goto(`${site.origin}/jump?q=Fragment`)
    await page.focus('.jump-form button')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/issues\/\d+$/)
    await page.goto(`${site.origin}/settings/you`)
    await page.click('button[value=dark]')
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark')
    await page.click('text=Sign out')
    expect(page.url()).toBe(`${site.origin}/sign-in`)
    expect(troubles).toEqual([])
    await browser.close()
  })
})
