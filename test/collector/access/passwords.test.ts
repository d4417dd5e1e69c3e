// Passwords: hashes that carry their parameters, both algorithms, and what is refused as a new one.
import { expect, test } from 'vitest'
import { hashPassword, passwordProblem, verifyPassword } from '../../../collector/access/passwords.ts'

test('a hash is argon2id with 19 MiB and 2 passes, salted, and checks only its own password', async () => {
  const first = await hashPassword('correct horse battery')
  const second = await hashPassword('correct horse battery')
  expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  expect(second).not.toBe(first)
  expect(await verifyPassword('correct horse battery', first)).toBe('right')
  expect(await verifyPassword('correct horse batterY', first)).toBe('wrong')
})

test('a hash made by scrypt, as older Node makes it, is checked and called outdated', async () => {
  const hash = await hashPassword('correct horse battery', 'scrypt')
  expect(hash).toMatch(/^\$scrypt\$ln=17,r=8,p=1\$/)
  expect(await verifyPassword('correct horse battery', hash)).toBe('outdated')
})

test('a hash with weaker parameters still checks, and is called outdated', async () => {
  // Made with m=8192, t=1 by Node's own argon2: parameters are read from the hash, not assumed.
  const { argon2Sync } = await import('node:crypto')
  const nonce = Buffer.alloc(16, 7)
  const parameters = {
    message: 'an old password',
    nonce,
    memory: 8192,
    passes: 1,
    parallelism: 1,
    tagLength: 32,
  }
  const hash = argon2Sync('argon2id', parameters)
  const stored = `$argon2id$v=19$m=8192,t=1,p=1$${nonce.toString('base64').replace(/=+$/, '')}$${hash.toString('base64').replace(/=+$/, '')}`
  expect(await verifyPassword('an old password', stored)).toBe('outdated')
})

test('the same password typed in another Unicode form is the same password', async () => {
  const hash = await hashPassword('caf\u00e9 au lait, please')
  expect(await verifyPassword('cafe\u0301 au lait, please', hash)).toBe('right')
})

test('a stored hash that is none is an error, not a wrong password', async () => {
  await expect(verifyPassword('whatever', 'plain text')).rejects.toMatchObject({ code: 'internal' })
})

test.each([
  ['short', 'at least 12'],
  ['x'.repeat(257), 'at most 256'],
  ['aaaaaaaaaaaaaaaa', 'more than a few'],
  ['Alice@Example.com', 'other than your address'],
])('%s is refused as a new password', (password, words) => {
  expect(passwordProblem(password, ['alice@example.com', 'Alice'])).toContain(words)
})

test('a long sentence of letters is accepted: length counts, not kinds of characters', () => {
  expect(passwordProblem('correct horse battery staple', ['alice@example.com'])).toBeUndefined()
})
