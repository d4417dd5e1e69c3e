// The secret of a second factor as it is kept: opened only with the same installation's secret, for the same person.
import { expect, test } from 'vitest'
import { isPlainTotp, openTotp, sealTotp } from '../../collector/access/totp-seal.ts'

const owner = { installationSecret: Buffer.alloc(32, 7), personId: 12 }
const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'

test('what is sealed opens again, and looks different each time', () => {
  const kept = [sealTotp(owner, secret), sealTotp(owner, secret)]
  for (const one of kept) expect(openTotp(owner, one)).toBe(secret)
  expect(kept[0]).not.toBe(kept[1])
  expect(kept.join()).not.toContain(secret)
  expect(kept.map(isPlainTotp)).toEqual([false, false])
  expect(isPlainTotp(secret)).toBe(true)
})

test('another installation, another person or a changed byte opens nothing', () => {
  const kept = sealTotp(owner, secret)
  expect(() => openTotp({ ...owner, installationSecret: Buffer.alloc(32, 8) }, kept)).toThrow()
  expect(() => openTotp({ ...owner, personId: 13 }, kept)).toThrow()
  const changed = `${kept.slice(0, -1)}${kept.endsWith('A') ? 'B' : 'A'}`
  expect(() => openTotp(owner, `${changed.slice(0, 10)}x${changed.slice(11)}`)).toThrow()
  expect(() => openTotp(owner, secret)).toThrow('not known')
})
