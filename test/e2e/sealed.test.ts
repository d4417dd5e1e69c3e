// Sealing with the two real programs and a real SDK: the relay holds what it can't read, the collector opens it,
// and what it has no key for waits, is named, and is never lost.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeSealingKeys } from '../../shared/sealing.ts'
import { askApi, eventually, type Programs, startPrograms, testToken } from '../support/programs.ts'
import { createRelayClient } from '../support/relay.ts'
import { sendErrors } from '../support/run-sender.ts'

const [first, second] = [makeSealingKeys(), makeSealingKeys()]
let programs: Programs
beforeAll(async () => {
  programs = await startPrograms({ COLLECTOR_SEALING_KEYS: first.privateText })
})
afterAll(() => programs?.stop())

const relay = () => createRelayClient(programs.relayUrl, testToken)
const titles = async (): Promise<string[]> =>
  (await askApi<{ title: string }[]>(programs, '/projects/postern/shop/issues/?query=')).map(
    ({ title }) => title.split(':')[0] as string,
  )
const arrive = (...types: string[]) =>
  eventually(titles, (found) => types.every((type) => found.includes(type)), 60)
const backlog = async (): Promise<number> => (await relay().status()).backlog.envelopes

/** What a thief of the relay's disk can search. */
const disk = (): string =>
  ['', '-wal'].map((end) => readFileSync(programs.spoolPath + end).toString('latin1')).join('')

test('a real event is sealed on the relay, opened by the collector alone, and survives every change of keys', async () => {
  // The public half reaches the relay with the projects.
  await eventually(
    async () => (await relay().status()).projects_version,
    (version) => version > 0,
  )
  await programs.collector.stop()
  await sendErrors(programs.dsn, { type: 'FirstSecret', message: 'pin 4711' })
  expect(await backlog()).toBe(1)
  for (const word of ['FirstSecret', 'pin 4711', 'sentry.javascript']) expect(disk()).not.toContain(word)

  // A collector with another key: what it can't open stays, with the key named; what comes from now on arrives.
  await programs.startCollector({ COLLECTOR_SEALING_KEYS: second.privateText })
  await eventually(
    () => Promise.resolve(programs.collector.output()),
    (output) => output.includes('sealing_key_missing'),
  )
  await sendErrors(programs.dsn, { type: 'SecondSecret', message: 'pin 4712' })
  await arrive('SecondSecret')
  expect(await titles()).not.toContain('FirstSecret')
  await eventually(backlog, (count) => count === 1)
  const status = await askApi<{ relays: { last_error: string | null }[]; dead_letters: number }>(
    programs,
    '/postern/status/',
  )
  expect(JSON.stringify(status)).toMatch(/sealed with key [0-9a-f]{16}/)
  expect(JSON.stringify(status)).toMatch(/"dead_letters":0/)

  // Rotated as the guide says, the new key in front of the old one: all is read, nothing twice.
  await programs.collector.stop()
  await programs.startCollector({ COLLECTOR_SEALING_KEYS: `${second.privateText},${first.privateText}` })
  await arrive('FirstSecret', 'SecondSecret')
  await eventually(backlog, (count) => count === 0)
  expect((await titles()).sort()).toEqual(['FirstSecret', 'SecondSecret'])
  const { outcomes } = await relay().status()
  const sum = (name: string) =>
    outcomes.reduce((total, { outcome, count }) => total + (outcome === name ? count : 0), 0)
  expect([sum('accepted'), sum('delivered'), sum('expired'), sum('evicted')]).toEqual([2, 2, 0, 0])
})
