// On a phone everything that is pressed is large enough for a thumb (each page but an issue's), and at 320 pixels no
// page scrolls sideways, however full it is.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { openScene, type Scene } from '../support/open-scene.ts'
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

/** Opens every page of a scene at this width; `look` says what is wrong with it. */
async function lookAtPages(
  scene: Scene,
  width: number,
  leaveOut: string,
  look: string,
): Promise<Record<string, unknown>> {
  const { app, subjects, close } = await openScene(scene)
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const browser = await openBrowser({ viewport: { width, height: 844 }, hasTouch: true, isMobile: true })
  const { page } = await browser.watchedPage(origin)
  const found: Record<string, unknown> = {}
  for (const [name, paths] of Object.entries(storybookPaths(subjects))) {
    for (const path of name === leaveOut ? [] : paths) {
      await page.goto(`${origin}${path}`)
      const wrong = (await page.evaluate(look)) as unknown[]
      if (wrong.length > 0) found[path] = wrong
    }
  }
  await browser.close()
  server.close()
  server.closeAllConnections()
  await close()
  return found
}

test('every target of a phone is 44 pixels tall and wide', async () => {
  expect(await lookAtPages('typical', 390, 'issue', tooSmall)).toEqual({})
})

test('at 320 pixels no page scrolls sideways', async () => {
  const width = 320
  const wide = `[document.documentElement.scrollWidth].filter((wide) => wide > ${width})`
  expect(await lookAtPages('overfull', width, '', wide)).toEqual({})
})
