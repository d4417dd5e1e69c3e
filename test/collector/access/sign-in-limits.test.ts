// How many attempts are taken before further ones are refused, by pair, address and account.
import { expect, test } from 'vitest'
import { createSignInLimits } from '../../../collector/access/sign-in-limits.ts'

test('one address may try 50 accounts within the window, not more', async () => {
  const { take } = createSignInLimits()
  for (let account = 0; account < 50; account += 1) {
    expect((await take('10.0.0.1', `a${account}@example.com`)).wait).toBe(0)
  }
  expect((await take('10.0.0.1', 'a50@example.com')).wait).toBeGreaterThan(800)
  expect((await take('10.0.0.2', 'a50@example.com')).wait).toBe(0)
})

test('one account may be tried 50 times from all addresses together', async () => {
  const { take } = createSignInLimits()
  for (let index = 0; index < 50; index += 1) {
    expect((await take(`10.0.0.${index % 20}`, 'alice@example.com')).wait).toBe(0)
  }
  expect((await take('10.0.9.9', 'alice@example.com')).wait).toBeGreaterThan(800)
})

test('an address that is refused for an account uses up nothing of the account', async () => {
  const { take } = createSignInLimits()
  const waits = []
  for (let index = 0; index < 100; index += 1) waits.push((await take('10.0.0.1', 'alice@example.com')).wait)
  expect(waits.filter((wait) => wait === 0)).toHaveLength(5)
  expect((await take('10.0.0.2', 'alice@example.com')).wait).toBe(0)
})

test('what was right does not count', async () => {
  const { take, succeed } = createSignInLimits()
  for (let index = 0; index < 200; index += 1) {
    expect((await take('10.0.0.1', 'alice@example.com')).wait).toBe(0)
    await succeed('10.0.0.1', 'alice@example.com')
  }
})
