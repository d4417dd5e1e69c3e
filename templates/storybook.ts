// Every page with invented data, for looking at: `npm run storybook -- typical 4300`. Scenes are empty, calm,
// typical, overfull and hostile; nobody signs in, the clock stands, and nothing is kept. It prints every page's address.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openScene, type Scene, scenes } from '../test/support/open-scene.ts'
import { storybookPaths } from '../test/support/storybook-paths.ts'

const scene = (process.argv[2] ?? 'typical') as Scene
if (!(scene in scenes)) {
  throw new Error(`There is no scene "${scene}". Choose one of ${Object.keys(scenes).join(', ')}.`)
}
const { app, subjects } = await openScene(scene)
const server = createServer(app)
server.listen(Number(process.argv[3] ?? 4300), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  process.stdout.write(`${scene}: ${origin}/\n`)
  for (const path of Object.values(storybookPaths(subjects)).flat())
    process.stdout.write(`  ${origin}${path}\n`)
})
