// On a phone everything that is pressed is large enough for a thumb: each page but an issue's, as a scene shows it.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { openScene } from '../support/open-scene.ts'
import { storybookPaths } from '../support/storybook-paths.ts'

// What one can press, with the label around it and the ground that a pseudo-element gives it. Links inside a line of
// text are as tall as the line; a link that is words is as wide as they are.
const tooSmall = `(() => {
  const least = 43.5
  const found = []
  for (const one of document.querySelectorAll('a[href], button, summary, input:not([type=hidden]), select, textarea')) {
    const style = getComputedStyle(one)
    const box = one.getBoundingClientRect()
    if (box.width === 0 || style.visibility === 'hidden' || style.clipPath !== 'none') continue
    if (one.tagName === 'A' && style.display === 'inline') continue
    let { width, height } = box
    for (const pseudo of ['::before', '::after']) {
      const ground = getComputedStyle(one, pseudo)
      if (ground.content === 'none' || ground.position !== 'absolute') continue
      width = Math.max(width, parseFloat(ground.width) || 0)
      height = Math.max(height, parseFloat(ground.height) || 0)
    }
    const label = one.closest('label')?.getBoundingClientRect()
    width = Math.max(width, label?.width ?? 0)
    height = Math.max(height, label?.height ?? 0)
    const isWords = one.tagName === 'A' && one.textContent.trim() !== ''
    if (height >= least && (isWords || width >= least)) continue
    found.push([one.tagName, one.className, one.textContent.trim().slice(0, 30), Math.round(width), Math.round(height)].join(' '))
  }
  return found
})()`

test('every target of a phone is 44 pixels tall and wide', async () => {
  const { app, subjects, close } = await openScene('typical')
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const browser = await openBrowser({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
  const { page } = await browser.watchedPage(origin)
  const { issue: _, ...pages } = storybookPaths(subjects)
  const found: Record<string, string[]> = {}
  for (const path of Object.values(pages).flat()) {
    await page.goto(`${origin}${path}`)
    const small = (await page.evaluate(tooSmall)) as string[]
    if (small.length > 0) found[path] = small
  }
  expect(found).toEqual({})
  await browser.close()
  server.close()
  server.closeAllConnections()
  await close()
})
