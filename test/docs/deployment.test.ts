// The deployment files and the commands of docs/deployment.md: compose against the Compose specification's
// own schema, fly.toml against Fly's documented keys, the units by systemd itself, and all of them against the
// names that the programs know. The secrets are made by the very commands that the guide gives.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { collectorSecrets, collectorSettings, loadConfig as loadCollector } from '../../collector/config.ts'
import { loadConfig as loadRelay, relaySettingNames } from '../../relay/config.ts'
import { codeBlocks, readRoot, root, section } from '../support/documents.ts'
import { parseToml } from '../support/toml.ts'

const guide = readRoot('docs/deployment.md')
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-deployment-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const service = z.object({
  environment: z.record(z.string(), z.string()),
  secrets: z.array(z.string()),
  volumes: z.array(z.string()).default([]),
  networks: z.array(z.string()),
  ports: z.array(z.string()).default([]),
  healthcheck: z.object({ test: z.array(z.string()) }),
  command: z.array(z.string()).optional(),
})
const composeFile = z.object({
  services: z.object({ relay: service, collector: service, postgres: service }),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
  volumes: z.record(z.string(), z.null()),
  networks: z.record(z.string(), z.object({ internal: z.boolean() }).nullable()),
})

/** What Compose makes of a value where nothing is set on the machine: the default after `:-`. */
function interpolate(value: string): string {
  return value.replace(/\$\{\w+:-([^}]*)\}/g, '$1')
}

/** What the relay is run with beside its own settings: they decide how much memory it takes. */
const systems = ['MALLOC_ARENA_MAX', 'MALLOC_MMAP_THRESHOLD_']

describe('docker-compose.yml', () => {
  const raw = parse(readRoot('docker-compose.yml'), { merge: true }) as Record<string, unknown>
  const compose = composeFile.parse(raw)
  const { relay, collector, postgres } = compose.services

  function validator() {
    const ajv = new Ajv2019({ strict: false, validateFormats: false })
    const schema = readRoot('test/fixtures/schemas/compose-spec.json')
      // Marks of draft 4 that later drafts refuse, and an address of the draft that no validator knows.
      .replace(/^\s*"id": .*$/gm, '')
      .replace('http://json-schema.org/draft/2019-09', 'https://json-schema.org/draft/2019-09')
    return ajv.compile(JSON.parse(schema))
  }

  test("keeps to the Compose specification's schema", () => {
    const validate = validator()
    // `name` came into the specification after this version of its schema.
    const { name, ...rest } = raw
    expect(name).toMatch(/^[a-z0-9][a-z0-9_-]*$/)
    expect(validate(rest), JSON.stringify(validate.errors, null, 1)).toBe(true)
    const broken = structuredClone(rest) as { services: { relay: Record<string, unknown> } }
    broken.services.relay.restarts = 'always'
    expect(validate(broken)).toBe(false)
  })

  test('starts both programs with settings they know, from secrets made as the guide says', () => {
    const [commands] = codeBlocks(section(guide, 'Docker Compose'), 'sh')
    execFileSync('bash', ['-euo', 'pipefail', '-c', commands as string], { cwd: folder })
    expect(statSync(join(folder, 'secrets')).mode & 0o777).toBe(0o700)
    expect(readdirSync(join(folder, 'secrets')).sort()).toEqual(
      Object.values(compose.secrets)
        .map(({ file }) => file.replace('./secrets/', ''))
        .sort(),
    )
    for (const [program, load, names] of [
      [relay, loadRelay, [...relaySettingNames, ...systems, 'RELAY_TOKEN_FILE']],
      [collector, loadCollector, [...collectorSettings, ...collectorSecrets.map((name) => `${name}_FILE`)]],
    ] as const) {
      const env = Object.fromEntries(
        Object.entries(program.environment).map(([name, value]) => {
          expect(names).toContain(name)
          const secret = /^\/run\/secrets\/(\w+)$/.exec(value)?.[1]
          if (secret) expect(program.secrets).toContain(secret)
          return [name, secret ? join(folder, 'secrets', secret) : interpolate(value)]
        }),
      )
      expect(() => load(env)).not.toThrow()
      if (load !== loadCollector) continue
      const config = loadCollector(env)
      expect(config.relays.map(({ url }) => url)).toEqual(['http://relay:4100'])
      expect(config.github.credentials).toBeNull()
      expect(new URL(config.databaseUrl ?? '').hostname).toBe('postgres')
    }
  })

  test('gives the collector the very token of the relay and the password of the database', () => {
    const read = (name: string) => readFileSync(join(folder, 'secrets', name), 'utf8').trim()
    expect(read('collector_relays')).toBe(`http://relay:4100=${read('relay_token')}`)
    expect(new URL(read('database_url')).password).toBe(read('postgres_password'))
  })

  test('keeps the dashboard on this machine, and the relay away from the database', () => {
    for (const port of collector.ports) expect(port).toMatch(/^127\.0\.0\.1:/)
    expect(postgres.ports).toEqual([])
    expect(relay.networks.filter((network) => postgres.networks.includes(network))).toEqual([])
    expect(collector.networks).toEqual(expect.arrayContaining([...relay.networks, ...postgres.networks]))
  })

  test('mounts volumes where the data lies', () => {
    expect(relay.volumes).toEqual(['spool:/data'])
    // PostgreSQL 18's image refuses a volume at …/data.
    expect(postgres.volumes).toEqual(['postgres:/var/lib/postgresql'])
    expect(Object.keys(compose.volumes).sort()).toEqual(['postgres', 'spool'])
  })

  test("asks each program's own port for its health", () => {
    expect(relay.healthcheck.test.join(' ')).toContain(`:${loadRelay({ RELAY_TOKEN: 'x'.repeat(32) }).port}/`)
    expect(collector.healthcheck.test.join(' ')).toContain(`:${loadCollector({}).port}/`)
  })
})

// The keys that Fly documents and that are used here (fly.io/docs/reference/configuration); no others.
const duration = z.string().regex(/^\d+(ms|s|m)$/)
const flyFile = z.strictObject({
  app: z.string().regex(/^[a-z0-9-]+$/),
  primary_region: z.string().regex(/^[a-z]{3}$/),
  kill_signal: z.enum(['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGKILL', 'SIGSTOP']),
  kill_timeout: z.number().int().min(5).max(300),
  build: z.strictObject({ dockerfile: z.literal('Dockerfile') }),
  deploy: z.strictObject({ strategy: z.enum(['rolling', 'immediate']) }),
  env: z.record(z.string().regex(/^(?!FLY_)[A-Z0-9_]+$/), z.string()),
  mounts: z
    .array(
      z.strictObject({
        source: z.string().regex(/^[a-z0-9_]{1,30}$/),
        destination: z.string().startsWith('/'),
        initial_size: z.string().regex(/^\d+gb$/),
      }),
    )
    .length(1),
  http_service: z.strictObject({
    internal_port: z.number().int(),
    force_https: z.literal(true),
    auto_stop_machines: z.literal('off'),
    auto_start_machines: z.boolean(),
    min_machines_running: z.number().int().min(1),
    concurrency: z.strictObject({
      type: z.enum(['requests', 'connections']),
      soft_limit: z.number().int(),
      hard_limit: z.number().int(),
    }),
  }),
  // Not below http_service: there a failing check takes the machine out of the traffic, polls included.
  checks: z.strictObject({
    spool: z.strictObject({
      type: z.literal('http'),
      port: z.number().int(),
      method: z.literal('get'),
      path: z.literal('/healthz'),
      grace_period: duration,
      interval: duration,
      timeout: duration,
    }),
  }),
  vm: z.array(z.strictObject({ size: z.literal('shared-cpu-1x'), memory: z.literal('256mb') })).length(1),
})

describe('fly.toml', () => {
  const raw = parseToml(readRoot('fly.toml'))

  test('holds only keys that Fly knows, with values it takes', () => {
    flyFile.parse(raw)
    expect(flyFile.safeParse({ ...raw, auto_stop: 'off' }).success).toBe(false)
  })

  test('starts the relay on the port that Fly asks, with its spool on the volume', () => {
    const fly = flyFile.parse(raw)
    for (const name of Object.keys(fly.env)) expect([...relaySettingNames, ...systems]).toContain(name)
    const config = loadRelay({ ...fly.env, RELAY_TOKEN: 'x'.repeat(32) })
    expect(config.port).toBe(fly.http_service.internal_port)
    expect(config.port).toBe(fly.checks.spool.port)
    expect(config.host).toBe('0.0.0.0')
    expect(config.spoolPath.startsWith(`${fly.mounts[0]?.destination}/`)).toBe(true)
    expect(config.clientIpHeader).toBe('fly-client-ip')
    // Beside the bodies: Node with the program loaded, about 100 MB.
    expect(config.maxInFlightBytes).toBeLessThanOrEqual(64 * 1024 * 1024)
    expect(readRoot('fly.toml')).not.toMatch(/^\s*RELAY_TOKEN/m)
  })

  test('runs the relay with the same memory settings as Compose and systemd do', () => {
    const { env } = flyFile.parse(raw)
    const compose = composeFile.parse(parse(readRoot('docker-compose.yml'), { merge: true }))
    const unit = codeBlocks(section(guide, 'systemd'), 'ini')[0] ?? ''
    for (const name of systems) expect(compose.services.relay.environment[name], name).toBe(env[name])
    for (const name of systems) expect(unit).toContain(`${name}=${env[name]}`)
  })

  test('reads the variant of the guide that passes bytes through', () => {
    const variant = parseToml(codeBlocks(section(guide, 'TLS and proxies'), 'toml')[0] ?? '')
    expect(variant).toMatchObject({
      services: [{ internal_port: 4100, ports: [{ port: 443, handlers: ['tls'] }] }],
    })
  })
})

describe('the systemd units of docs/deployment.md', () => {
  const units = codeBlocks(section(guide, 'systemd'), 'ini')
  const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0

  test('are one for each program, with settings they know', () => {
    expect(units).toHaveLength(2)
    const known = new Set([
      'NODE_ENV',
      ...systems,
      ...relaySettingNames,
      ...collectorSettings,
      ...['RELAY_TOKEN', ...collectorSecrets].map((name) => `${name}_FILE`),
    ])
    for (const unit of units) {
      const credentials = [...unit.matchAll(/^LoadCredential=([\w-]+):/gm)].map((match) => match[1])
      for (const [, line] of unit.matchAll(/^Environment=(.*)$/gm)) {
        for (const [name = '', value = ''] of (line ?? '').split(' ').map((pair) => pair.split('='))) {
          expect(known).toContain(name)
          if (name.endsWith('_FILE')) expect(credentials).toContain(value.replace('%d/', ''))
        }
      }
    }
  })

  test.skipIf(!hasSystemd)('are accepted by systemd', () => {
    const names = ['postern-relay.service', 'postern-collector.service']
    const paths = names.map((name, i) => {
      const path = join(folder, name)
      writeFileSync(path, (units[i] ?? '').replaceAll('/opt/postern', root))
      return path
    })
    const verify = (path: string) => {
      const result = spawnSync('systemd-analyze', ['verify', '--man=no', path], { encoding: 'utf8' })
      return result.stderr
        .split('\n')
        .filter((line) => line.includes(path) || line.includes('postern-'))
        .join('\n')
    }
    for (const path of paths) expect(verify(path)).toBe('')
    const broken = join(folder, 'postern-broken.service')
    writeFileSync(broken, `${units[0]}\n[Service]\nRestrat=always\n`)
    expect(verify(broken)).toContain('Restrat')
  })
})
