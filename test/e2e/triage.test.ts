// What people do on the pages, in a real browser: a crash arrives on the open on-call page, issues are triaged by
// keys alone and in bulk, a search completes itself, a time is brushed out of a chart.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OpenDatabase } from '../../collector/db/database.ts'
import { listIssuesById } from '../../collector/db/issue-list.ts'
import { findProject } from '../../collector/db/projects.ts'
import { openBrowser } from '../support/browser.ts'
import { openScene } from '../support/open-scene.ts'
import { seedIssue, seedNow } from '../support/seed.ts'

let origin = ''
let db: OpenDatabase['db']
let close: () => Promise<void>
/** Nothing answers at `origin` any more, until it comes back there. */
let goAway: () => Promise<void>
let comeBack: () => Promise<void>

beforeAll(async () => {
  const scene = await openScene('typical')
  let server: Server
  const listen = async (port: number) => {
    server = createServer(scene.app).listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const port = await listen(0)
  origin = `http://127.0.0.1:${port}`
  db = scene.db
  goAway = async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
  comeBack = async () => {
    await listen(port)
  }
  close = async () => {
    await goAway()
    await scene.close()
  }
})
afterAll(() => close())

const numberOf = (rowId = '') => Number(rowId.replace(/^\D+/, ''))

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
  for (const fact of ['.tracker:has-text("#433")', '.slope', '.lasting']) {
    expect(await page.locator(`.card ${fact}`).first().isVisible(), fact).toBe(true)
  }

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

test('an issue is triaged on a phone: opened from its card, assigned, put off, resolved in a release, reopened', async () => {
  const browser = await openBrowser({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
  const { page, troubles } = await browser.watchedPage(origin)
  await page.goto(origin)
  await page.locator('.card:has-text("SIGSEGV") a:has-text("Open")').tap()
  await page.waitForURL(/\/issues\/\d+$/)
  const timeline = page.locator('#timeline')
  const actions = page.locator('.actions')
  const does = async (menu: string, choice: string, told: string) => {
    await actions.locator(menu).tap()
    await actions.locator(choice).tap()
    await expect.poll(() => timeline.textContent()).toContain(told)
  }
  for (const button of await actions.locator('.button:visible').all()) {
    expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(44)
  }
  await does('[data-key=a] > summary', '[data-key=a] button.filled', 'Mara Lindqvist took it.')
  await does('.more-actions', 'button[value=snooze]', 'Mara Lindqvist put it off')
  await actions.locator('.split summary:visible').tap()
  await actions.locator('input[name=release]').fill('gate-kiosk@2.11.1')
  await actions.locator('button[value="resolve:release"]').tap()
  await expect.poll(() => page.locator('#band').textContent()).toContain('fixed in gate-kiosk@2.11.1')
  await actions.locator('button[value=reopen]').tap()
  await expect.poll(() => timeline.textContent()).toContain('Mara Lindqvist reopened it.')
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
  expect(troubles).toEqual([])
  await browser.close()
})

test('on a phone a merge is left by Cancel, and any sheet by a tap beside it; what was ticked stays ticked', async () => {
  const browser = await openBrowser({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
  const { page, troubles } = await browser.watchedPage(origin)
  await page.goto(`${origin}/issues`)
  await page.locator('.select-switch').tap()
  for (const row of [0, 1]) await page.locator('.issue-row .tick').nth(row).tap()
  // What can be done with them takes two lines, and no row is stuck behind it.
  const bar = await page.locator('.selection').boundingBox()
  expect(bar?.height).toBeLessThan(110)
  await page.evaluate('scrollTo(0, document.body.scrollHeight)')
  const last = await page.locator('.issue-row').last().boundingBox()
  expect((last?.y ?? 0) + (last?.height ?? 0)).toBeLessThanOrEqual(bar?.y ?? 0)
  await page.evaluate('scrollTo(0, 0)')
  const merge = page.locator('[data-bulk-menu=m]')
  const [sheet, ticked] = [merge.locator('.menu-box'), page.locator('input[name=id]:checked')]
  await merge.locator('summary').tap()
  await sheet.locator('button:has-text("Cancel")').tap()
  await expect.poll(() => sheet.isVisible()).toBe(false)
  await merge.locator('summary').tap()
  await expect.poll(() => sheet.isVisible()).toBe(true)
  await page.touchscreen.tap(195, 120)
  await expect.poll(() => sheet.isVisible()).toBe(false)
  expect(await ticked.count()).toBe(2)
  expect(page.url()).toBe(`${origin}/issues`)
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
  // What is typed is sent by itself after a moment; its answer leaves the list as it is.
  await page.waitForURL(/q=is%3Aunresolved\+lev&/)
  await page.keyboard.press('ArrowDown')
  await page.waitForSelector('#q[aria-activedescendant]')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.completion [role=option][data-text*="level:fatal"]')
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
  expect(await page.locator('.brush .outside').count()).toBe(2)
  // Its ends are moved by keys, and dragged.
  const bar = 6 * 3_600_000
  const ends = () =>
    Promise.all(
      ['from', 'to'].map(async (end) => Date.parse(new URL(page.url()).searchParams.get(end) ?? '')),
    )
  const [from = 0, to = 0] = await ends()
  await page.locator('.brush-end[data-end=to]').focus()
  await page.keyboard.press('ArrowRight')
  await expect.poll(async () => ((await ends())[1] ?? 0) > to).toBe(true)
  expect(await page.evaluate('document.activeElement.dataset.end')).toBe('to')
  await page.mouse.move(box.x + box.width * 0.4, box.y + 60)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.2, box.y + 60, { steps: 4 })
  await page.mouse.up()
  await expect.poll(async () => ((await ends())[0] ?? 0) < from - bar).toBe(true)
  expect((await ends())[1]).toBeGreaterThan(to)
  await page.reload()
  expect(await page.locator('#event .picked').count()).toBe(1)
  await page.locator('[data-clear-brush]').click()
  await expect.poll(() => page.locator('#event .picked').count()).toBe(0)
  expect(await page.locator('.brush-end').count()).toBe(0)
  await page.locator('.kinds label:has-text("HTTP")').click()
  expect(await page.locator('.crumb[data-kind=log]:visible').count()).toBe(0)
  // Another way to read the trace, by keys: the focus stays on what was pressed.
  for (const choice of ['All', 'Newest first']) {
    await page.locator(`#stack header a:has-text("${choice}")`).focus()
    await page.evaluate('globalThis.pressed = document.activeElement')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.evaluate('pressed.isConnected')).toBe(false)
    expect(await page.evaluate('document.activeElement.closest("#stack header") !== null'), choice).toBe(true)
  }
  expect(troubles).toEqual([])
  await browser.close()
})

test('a share chosen beside a brushed time holds with it, keeps the focus, and is taken back by a second tap', async () => {
  const browser = await openBrowser({ viewport: { width: 1440, height: 900 } })
  const { page, troubles } = await browser.watchedPage(origin)
  await page.goto(`${origin}/issues/1`)
  const system = page.locator('#where a:has-text("iOS 17.5.1")')
  await system.focus()
  await page.keyboard.press('Enter')
  await page.waitForSelector('#event .picked')
  expect(await page.locator('.picked b').textContent()).toBe('System iOS 17.5.1')
  expect(await page.evaluate('document.activeElement.textContent')).toBe('iOS 17.5.1')
  await page.locator('.plot').scrollIntoViewIfNeeded()
  const box = await page.locator('.plot').boundingBox()
  if (!box) throw new Error('no chart')
  await page.mouse.move(box.x + box.width * 0.9, box.y + 80)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.999, box.y + 80, { steps: 4 })
  await page.mouse.up()
  await expect.poll(() => new URL(page.url()).searchParams.get('from')).not.toBeNull()
  expect(new URL(page.url()).searchParams.get('tag.os')).toBe('iOS 17.5.1')
  await expect.poll(() => page.locator('.picked b').textContent()).toMatch(/–.*, System iOS 17\.5\.1$/)
  await system.click()
  await expect.poll(() => new URL(page.url()).searchParams.get('tag.os')).toBeNull()
  expect(new URL(page.url()).searchParams.get('from')).not.toBeNull()
  await page.locator('#where a:has-text("38 more")').click()
  await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Phone 0')
  expect(await page.locator('#where a:has-text("Phone 37")').count()).toBe(1)
  expect(troubles).toEqual([])
  await browser.close()
})

test('many at once by keys alone: a range is ticked, resolved and given back; no row moves, the focus stays', async () => {
  const browser = await openBrowser({ viewport: { width: 1440, height: 900 } })
  const { page, troubles } = await browser.watchedPage(origin)
  await page.goto(`${origin}/issues?q=is:unresolved`)
  const idsOf = (selector: string) =>
    page.locator(selector).evaluateAll((found) => found.map((one) => one.closest('[data-row]')?.id))
  const before = await idsOf('.issue-row')
  const target = before.slice(0, 3)
  const statuses = async () =>
    (await listIssuesById(db, { projectIds: null, now: seedNow }, target.map(numberOf))).map(
      (row) => row.status,
    )
  for (const key of ['j', 'x', 'j', 'j', 'Shift+X']) await page.keyboard.press(key)
  expect(await idsOf('input[name=id]:checked')).toEqual(target)

  await page.keyboard.press('e')
  await page.waitForSelector('.toast:has-text("Resolved 3 issues")')
  expect(await statuses()).toEqual(['resolved', 'resolved', 'resolved'])
  expect(await idsOf('.issue-row')).toEqual(before)
  expect(await idsOf('input[name=id]:checked')).toEqual([])
  expect(await idsOf(':focus')).toEqual([before[2]])
  await page.keyboard.press('u')
  await page.waitForSelector('.toast:has-text("Reopened 3 issues")')
  expect(await statuses()).toEqual(['unresolved', 'unresolved', 'unresolved'])

  for (const key of ['k', 'x', 'k', 'x', 'a']) await page.keyboard.press(key)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  // One of them may have been assigned before.
  await page.waitForSelector('.toast:has-text("Assigned")')
  for (const id of before.slice(0, 2)) {
    expect(await page.locator(`#${id} .avatar`).getAttribute('title')).toContain('Mara Lindqvist')
  }
  expect(await idsOf('.issue-row')).toEqual(before)

  await page.keyboard.press('e')
  await page.waitForSelector('.toast:has-text("Resolved 1 issue")')
  await page.goto(`${origin}/issues?q=is:resolved`)
  await page.keyboard.press('j')
  await page.keyboard.press('o')
  await page.waitForSelector('.toast:has-text("Reopened 1 issue")')

  await page.goto(origin)
  await page.keyboard.press('j')
  await page.keyboard.press('y')
  await page.waitForSelector('.card.is-done')
  expect(await idsOf(':focus')).toEqual(await idsOf('.card.is-done'))
  await page.keyboard.press('u')
  await expect.poll(() => page.locator('.card.is-done').count()).toBe(0)
  expect(troubles).toEqual([])
  await browser.close()
})

test('what one reads stays put, with its focus, while the page is brought up to date and its server is away', async () => {
  const browser = await openBrowser({ viewport: { width: 1440, height: 500 } })
  const { page, troubles } = await browser.watchedPage(origin)
  await page.goto(origin)
  const keys = () => page.locator('.card').evaluateAll((cards) => cards.map((card) => card.id))
  const before = await keys()
  expect(before.length).toBeGreaterThanOrEqual(3)
  // On the last card's button, with that very button remembered.
  await page.locator('.card').last().locator('button[value=snooze]').focus()
  await page.evaluate('globalThis.held = document.activeElement')
  const place = () =>
    page.evaluate('[scrollY, held.getBoundingClientRect().top, held === document.activeElement]')
  const held = await place()
  expect(held).toEqual([expect.any(Number), expect.any(Number), true])
  const poll = () => page.evaluate("htmx.trigger('#on-call', 'every')")
  const project = await findProject(db, 'gate-kiosk')
  if (!project) throw new Error('no project')
  const burn = (type: string) =>
    seedIssue(db, project, { type, value: 'x', level: 'fatal', alert: { rule: 'fatal', minutesAgo: 0 } })

  await burn('WhileReading')
  await page.waitForSelector('#pill:has-text("1 new")', { timeout: 15_000 })
  expect(await place()).toEqual(held)
  expect(await keys()).toEqual(before)

  await goAway()
  for (let time = 0; time < 3; time += 1) {
    const failed = page.waitForEvent('requestfailed')
    await poll()
    await failed
  }
  await page.waitForSelector('#live:has-text("Last update")')
  expect(await place()).toEqual(held)
  await burn('WhileAway')
  await comeBack()
  // By its own poll.
  await page.waitForSelector('#pill:has-text("2 new")', { timeout: 15_000 })
  expect(await page.locator('#live').textContent()).toBe('Live')
  expect(await place()).toEqual(held)
  expect(await keys()).toEqual(before)
  await page.keyboard.press('Escape')
  await page.click('#pill')
  await page.waitForSelector('.card:has-text("WhileAway")')
  const after = await keys()
  expect(after).toHaveLength(before.length + 2)
  expect(new Set(after).size).toBe(after.length)
  expect(troubles.filter((trouble) => !/ERR_CONNECTION_REFUSED|Failed to fetch/.test(trouble))).toEqual([])
  await browser.close()
})
