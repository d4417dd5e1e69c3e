// Settings: every problem named at once, secrets from files, nothing printed that is secret.
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadConfig } from '../../collector/config.ts'

const dir = mkdtempSync(join(tmpdir(), 'postern-settings-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const token = 't'.repeat(32)

function messageOf(env: Record<string, string>): string {
  try {
    loadConfig(env)
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('the settings were accepted')
}

test('a collector needs nothing but its relays', () => {
  const config = loadConfig({ COLLECTOR_RELAYS: `https://relay.example=${token}` })
  expect(config).toMatchObject({
    port: 4200,
    host: '127.0.0.1',
    url: 'http://localhost:4200',
    relayUrl: 'https://relay.example',
    relays: [{ url: 'https://relay.example', token }],
    databaseUrl: null,
    dataDir: './data',
    org: 'postern',
    quietMinutes: 10,
    github: { credentials: null, apiUrl: 'https://api.github.com', repository: null },
  })
})

test('every wrong setting is named in one message, without the value of a secret', () => {
  const message = messageOf({
    COLLECTOR_PORT: '70000',
    COLLECTOR_RELAYS: 'https://relay.example=tooshortsecret,ftp://x=1',
    DATABASE_URL: 'mysql://root:hunter2@db/x',
    POSTERN_ADMIN_EMAIL: 'not an address',
    POSTERN_ORG: 'Not A Slug',
    POSTERN_PROJECTS: '1:key',
    GITHUB_REPOSITORY: 'no-slash',
  })
  for (const name of [
    'COLLECTOR_PORT',
    'COLLECTOR_RELAYS',
    'DATABASE_URL',
    'POSTERN_ADMIN_EMAIL',
    'POSTERN_ORG',
    'POSTERN_PROJECTS',
    'GITHUB_REPOSITORY',
    'POSTERN_ADMIN_PASSWORD: missing beside',
  ]) {
    expect(message, name).toContain(name)
  }
  expect(message).not.toContain('tooshortsecret')
  expect(message).not.toContain('hunter2')
})

test('a secret may come from a file, whose last line break is dropped', () => {
  const path = join(dir, 'database-url')
  writeFileSync(path, 'postgres://postern@db/postern\n')
  const config = loadConfig({ COLLECTOR_RELAYS: '', DATABASE_URL_FILE: path })
  expect(config.databaseUrl).toBe('postgres://postern@db/postern')
})

test('a secret given twice, or in a file that is not there, is a problem', () => {
  expect(messageOf({ GITHUB_TOKEN: 'a', GITHUB_TOKEN_FILE: join(dir, 'x') })).toContain('keep one')
  expect(messageOf({ GITHUB_TOKEN_FILE: join(dir, 'missing') })).toContain('ENOENT')
})

test('a relay that is not on this machine is not spoken to without encryption, unless told so', () => {
  const env = { COLLECTOR_RELAYS: `http://relay.lan:4100=${token}` }
  expect(messageOf(env)).toContain('unencrypted')
  expect(loadConfig({ ...env, COLLECTOR_ALLOW_PLAIN_HTTP: 'true' }).relays).toHaveLength(1)
  expect(loadConfig({ COLLECTOR_RELAYS: `http://127.0.0.1:4100=${token}` }).relays).toHaveLength(1)
})

test('an account needs address and password both', () => {
  expect(messageOf({ POSTERN_ADMIN_EMAIL: 'a@b.example' })).toContain('POSTERN_ADMIN_PASSWORD')
})

test('a GitHub App needs its id and its key, and excludes a token', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
  const app = { COLLECTOR_RELAYS: '', GITHUB_APP_ID: '12345', GITHUB_APP_PRIVATE_KEY: pem }
  const oneLine = { ...app, GITHUB_APP_PRIVATE_KEY: pem.replaceAll('\n', '\\n') }
  for (const env of [app, oneLine]) {
    const expected = { kind: 'app', appId: '12345', privateKey: pem.trimEnd(), installationId: null }
    const { credentials } = loadConfig(env).github
    expect(credentials).toMatchObject({
      ...expected,
      privateKey: expect.stringContaining(expected.privateKey),
    })
  }
  expect(messageOf({ ...app, GITHUB_TOKEN: 'x' })).toContain('give one of them')
  expect(messageOf({ GITHUB_APP_ID: '12345' })).toContain('GITHUB_APP_PRIVATE_KEY: missing')
  expect(messageOf({ GITHUB_APP_PRIVATE_KEY: pem })).toContain('GITHUB_APP_ID: missing')
  const broken = messageOf({ ...app, GITHUB_APP_PRIVATE_KEY: 'no key hunter2' })
  expect(broken).toContain('not a private key')
  expect(broken).not.toContain('hunter2')
})
