// docs/api.md lists every route with the scope it needs, and no other; and every scope and status.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { apiStatuses } from '../../../collector/api/errors.ts'
import { createRoutes } from '../../../collector/api/routes.ts'
import { installationSections, projectSections } from '../../../collector/dashboard/settings/sections.ts'
import type { Database } from '../../../collector/db/database.ts'
import { createLog } from '../../../shared/log.ts'
import { section, tableRows } from '../../support/documents.ts'

const docs = readFileSync('docs/api.md', 'utf8')
const routes = createRoutes({
  // Making the table reads nothing.
  db: undefined as unknown as Database,
  now: () => new Date(),
  log: createLog('test', 'silent'),
  config: { org: 'acme', url: 'http://localhost:4200', relayUrl: 'http://localhost:4100' },
})

test('docs/api.md has exactly the routes there are, each with its scope', () => {
  const documented = [...docs.matchAll(/^\| `([A-Z]+ \/[^`]*)` \| `?([a-z:]+)`? \|/gm)].map(
    ([, route, scope]) => `${route} ${scope}`,
  )
  const real = routes.map(({ method, path, scope }) => `${method.toUpperCase()} ${path} ${scope ?? 'any'}`)
  expect(documented.sort()).toEqual(real.sort())
})

test('docs/api.md explains every scope that a route needs and every status of an error', () => {
  for (const scope of new Set(routes.map(({ scope }) => scope))) {
    if (scope) expect(docs).toContain(`| \`${scope}\` | `)
  }
  for (const status of Object.values(apiStatuses)) expect(docs).toContain(`| ${status} | `)
})

test('every section of the settings that the API has is documented', () => {
  const told = tableRows(section(docs, 'Settings')).map(([name = '']) => name.replaceAll('`', ''))
  const readable = [...projectSections, ...installationSections].filter((one) => one.read !== null)
  expect(told.toSorted()).toEqual([...new Set(readable.map((one) => one.key))].toSorted())
})
