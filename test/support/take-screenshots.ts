// Pictures of the pages, from the scenes that tests and the storybook show: `npm run screenshots -- <directory>
// [scene] [path …]`. Each page at phone and desktop size, light and dark.
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { openBrowser } from './browser.ts'
import { openScene, type Scene, scenes } from './open-scene.ts'
import { storybookPaths } from './storybook-paths.ts'

const [directory = 'screenshots', named = 'typical', ...paths] = process.argv.slice(2)
if (!(named in scenes)) throw new Error(`There is no scene "${named}".`)
const { app, subjects, close } = await openScene(named as Scene)
const server = createServer(app)
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo
const origin = `http://127.0.0.1:${port}`
mkdirSync(directory, { recursive: true })

const wanted = paths.length > 0 ? paths : Object.values(storybookPaths(subjects)).flat()
const only = process.env.ONLY?.split(',')

for (const [width, height] of [
  [1440, 900],
  [390, 844],
] as const) {
  for (const theme of ['light', 'dark'] as const) {
    if (only && !only.includes(`${width}-${theme}`)) continue
    const isPhone = width < 600
    const browser = await openBrowser({
      viewport: { width, height },
      colorScheme: theme,
      ...(isPhone ? { hasTouch: true, isMobile: true } : {}),
    })
    const { page, troubles } = await browser.watchedPage(origin)
    for (const path of wanted) {
      await page.goto(`${origin}${path}`)
      await page.waitForTimeout(150)
      const name = path.replace(/[^a-z0-9]+/gi, '-').replace(/^-|-$/g, '') || 'on-call'
      const file = join(directory, `${name}-${width}-${theme}.png`)
      await page.screenshot({ path: file, fullPage: process.env.FULL !== '0' })
    }
    for (const trouble of troubles) process.stderr.write(`${width} ${theme}: ${trouble}\n`)
    await browser.close()
  }
}
server.closeAllConnections()
server.close()
await close()
