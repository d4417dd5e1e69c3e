// docs/rights.md against the routes there are: each stands there with who may use it, and no other.
import { expect, test } from 'vitest'
import { createRoutes } from '../../collector/api/routes.ts'
import { createPageRoutes } from '../../collector/dashboard/app.ts'
import type { Assets } from '../../collector/dashboard/assets.ts'
import type { PageDeps } from '../../collector/dashboard/deps.ts'
import type { Renderer } from '../../collector/dashboard/render.ts'
import type { Database } from '../../collector/db/database.ts'
import { createLog } from '../../shared/log.ts'
import { rightsIn } from '../support/rights.ts'

// Making the tables reads nothing.
const pages = createPageRoutes({ config: {}, access: {} } as PageDeps, {} as Renderer, {} as Assets)
const api = createRoutes({
  db: undefined as unknown as Database,
  now: () => new Date(),
  log: createLog('test', 'silent'),
  config: { org: 'acme', url: 'http://localhost:4200', relayUrl: 'http://localhost:4100' },
})
const lines = (heading: string) =>
  rightsIn(heading).map(({ method, path, who }) => `${method} ${path} ${who}`)

test('docs/rights.md has every page, action and fragment with who may use it, and no other', () => {
  const real = pages.map(([method, path, who]) => `${method.toUpperCase()} ${path} ${who}`)
  expect(lines('Pages').sort()).toEqual(real.sort())
})

test('docs/rights.md has every route of the API with its scope, and no other', () => {
  const real = api.map(({ method, path, scope }) => `${method.toUpperCase()} ${path} ${scope ?? 'any'}`)
  expect(lines('API').sort()).toEqual(real.sort())
})
