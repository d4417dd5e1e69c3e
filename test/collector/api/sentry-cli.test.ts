// The real sentry-cli, in the two lines that are in use, against a listening server: what it prints, and
// what it changed in the database. It talks to loopback only.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { onEachDatabase } from '../../support/database.ts'
import { adminToken, createWorld, eventIds, type World } from './world.ts'

const run = promisify(execFile)
const require = createRequire(import.meta.url)

/** The binary inside the platform's package that belongs to this version. */
function binary(name: 'sentry-cli-2' | 'sentry-cli-3'): string {
  const ofPackage = createRequire(require.resolve(`${name}/package.json`))
  const platform = process.platform === 'darwin' ? 'darwin' : `${process.platform}-${process.arch}`
  return ofPackage.resolve(`@sentry/cli-${platform}/bin/sentry-cli`)
}

onEachDatabase('sentry-cli', (db) => {
  let world: World
  let server: Server
  let url = ''
  const home = mkdtempSync(join(tmpdir(), 'postern-cli-'))

  beforeAll(async () => {
    server = createServer((req, res) => world.app(req, res))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    world = await createWorld(db(), url)
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
    rmSync(home, { recursive: true })
  })

  describe.each([
    ['sentry-cli-2', '2.58.6'],
    ['sentry-cli-3', '3.8.0'],
  ] as const)('%s', (name, version) => {
    // Nothing of this machine's own settings: the tool reads .sentryclirc and SENTRY_* variables.
    const cli = (args: string[], more: NodeJS.ProcessEnv = {}) =>
      run(binary(name), args, {
        cwd: home,
        env: {
          HOME: home,
          PATH: '/usr/bin:/bin',
          SENTRY_URL: url,
          SENTRY_AUTH_TOKEN: adminToken,
          SENTRY_ORG: 'acme',
          SENTRY_PROJECT: 'shop-web',
          SENTRY_DISABLE_UPDATE_CHECK: '1',
          SENTRY_ALLOW_FAILURE: '0',
          no_proxy: '127.0.0.1',
          ...more,
        },
        timeout: 30_000,
      })
    const status = async (id: number) =>
      (await db().selectFrom('issues').select('status').where('id', '=', id).executeTakeFirstOrThrow()).status
    /** Rows of the table that the tool prints, as cells. */
    const cells = (stdout: string) =>
      stdout
        .split('\n')
        .filter((line) => line.startsWith('|'))
        .map((line) =>
          line
            .split('|')
            .slice(1, -1)
            .map((cell) => cell.trim()),
        )

    test('is the version that it says', async () => {
      expect((await cli(['--version'])).stdout).toContain(version)
    })

    test('info accepts the token', async () => {
      const { stdout } = await cli(['info'])
      expect(stdout).toContain(`Sentry Server: ${url}`)
      expect(stdout).toContain('event:write')
    })

    test('lists the organization', async () => {
      const rows = cells((await cli(['organizations', 'list'])).stdout)
      expect(rows.slice(1).map((row) => row.slice(0, 3))).toEqual([['1', 'acme', 'acme']])
    })

    test('lists the projects', async () => {
      const { stdout } = await cli(['projects', 'list'])
      expect(cells(stdout).map((row) => row[1])).toEqual(['Slug', 'shop-ios', 'shop-web'])
    })

    test('lists issues, all or by query', async () => {
      const list = async (...more: string[]) =>
        cells((await cli(['issues', 'list', ...more])).stdout)
          .slice(1)
          .map((row) => row[1])
      expect(await list('--query', 'is:resolved')).toEqual(['SHOP-WEB-4'])
      expect(await list()).toHaveLength(5)
      expect(await list('--query', 'level:fatal')).toEqual(['SHOP-WEB-2'])
      expect((await list('--query', 'is:unresolved')).sort()).toEqual([
        'SHOP-WEB-1',
        'SHOP-WEB-2',
        'SHOP-WEB-3',
      ])
    })

    test('shows our words where a query is wrong', async () => {
      const failed = await cli(['issues', 'list', '--query', 'level:loud']).catch((error) => error)
      expect(`${failed.stdout}${failed.stderr}`).toContain('level:loud')
    })

    test('resolves, ignores and reopens an issue', async () => {
      const id = world.issues.cart
      const { stdout } = await cli(['issues', 'resolve', '-i', String(id)])
      expect(stdout).toContain('Updated matching issues')
      expect(await status(id)).toBe('resolved')
      expect(await status(world.issues.fatal)).toBe('unresolved')
      await cli(['issues', 'mute', '-i', String(id)])
      expect(await status(id)).toBe('ignored')
      await cli(['issues', 'unresolve', '-i', String(id)])
      expect(await status(id)).toBe('unresolved')
    })

    test('resolves all that are in a status', async () => {
      await cli(['issues', 'resolve', '--status', 'muted'])
      expect(await status(world.issues.noise)).toBe('resolved')
      expect(await status(world.issues.cart)).toBe('unresolved')
      await cli(['issues', 'mute', '-i', String(world.issues.noise)])
    })

    test('resolves an issue in the next release', async () => {
      const id = world.issues.fatal
      await cli(['issues', 'resolve', '--next-release', '-i', String(id)])
      expect(await status(id)).toBe('resolved')
      await cli(['issues', 'unresolve', '-i', String(id)])
    })

    test('lists events of the project', async () => {
      const { stdout } = await cli(['events', 'list', '--show-user', '--show-tags'])
      const ids = cells(stdout)
        .slice(1)
        .map((row) => row[0]?.replaceAll('-', ''))
        .filter((id) => id)
      expect(ids).toEqual([...eventIds].reverse())
      expect(stdout).toContain('release: web@1.2.0')
    })

    test('says that a wrong token is wrong', async () => {
      const failed = await cli(['projects', 'list'], { SENTRY_AUTH_TOKEN: 'wrong' }).catch((error) => error)
      expect(`${failed.stdout}${failed.stderr}`).toContain('Invalid token')
    })

    test('says that a foreign organization or project is not there', async () => {
      const failed = await cli(['issues', 'list', '-p', 'nowhere']).catch((error) => error)
      expect(failed.code).toBe(1)
    })
  })
})
