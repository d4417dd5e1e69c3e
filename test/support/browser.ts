// Chromium for tests: started once, with nothing it would fetch on its own. A page notes what went wrong.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Where a system's Chromium is found. */
const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'

export type WatchedPage = {
  readonly page: Page
  /** Console errors, errors thrown in the page, and requests that left `origin`. */
  readonly troubles: string[]
}

/** A browser with one fresh profile. */
export async function openBrowser(options: BrowserContextOptions = {}) {
  const profile = mkdtempSync(join(tmpdir(), 'postern-browser-'))
  const context: BrowserContext = await chromium.launchPersistentContext(profile, {
    ...options,
    executablePath,
    headless: true,
    args: flags,
  })

  async function watchedPage(origin: string): Promise<WatchedPage> {
    const page = await context.newPage()
    const troubles: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error') troubles.push(`console: ${message.text()}`)
    })
    page.on('pageerror', (error) => troubles.push(`thrown: ${error.message}`))
    page.on('dialog', (dialog) => troubles.push(`dialog: ${dialog.message()}`))
    page.on('request', (request) => {
      if (!request.url().startsWith(`${origin}/`)) troubles.push(`request: ${request.url()}`)
    })
    return { page, troubles }
  }

  return {
    context,
    watchedPage,
    close: async () => {
      await context.close()
      rmSync(profile, { recursive: true, force: true })
    },
  }
}
