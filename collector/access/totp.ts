// The second factor: codes of six digits from an authenticator app (RFC 6238, as such apps expect them: SHA-1,
// 30 seconds), and recovery codes for when the phone is gone.
import { randomBytes } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'

const stepSeconds = 30
/** Clocks of phones differ: the step before and the one after are taken too. */
const window = 1
const recoveryCodes = 10

const totpOf = (secret: string, account = '') =>
  new TOTP({
    issuer: 'Postern',
    label: account,
    algorithm: 'SHA1',
    digits: 6,
    period: stepSeconds,
    secret: Secret.fromBase32(secret),
  })

/** A new secret in base32, 160 bits. */
export function newTotpSecret(): string {
  return new Secret({ size: 20 }).base32
}

/** What authenticator apps read from the picture. */
export function totpUri(secret: string, account: string): string {
  return totpOf(secret, account).toString()
}

/** Codes are typed with spaces now and then. */
export function cleanCode(text: string): string {
  return text.replaceAll(/[\s-]/g, '').toLowerCase()
}

/**
 * The time step whose code this is; undefined: of none near now. The caller accepts a step only once.
 * @param code as typed
 */
export function totpStep(secret: string, code: string, now: Date): number | undefined {
  const token = cleanCode(code)
  if (!/^\d{6}$/.test(token)) return undefined
  const delta = totpOf(secret).validate({ token, timestamp: now.getTime(), window })
  return delta === null ? undefined : Math.floor(now.getTime() / 1000 / stepSeconds) + delta
}

/** The code of now, for tests and nobody else. */
export function totpCode(secret: string, now: Date): string {
  return totpOf(secret).generate({ timestamp: now.getTime() })
}

/** Ten codes of 50 bits, in letters that can't be confused, as `abcde-fghjk`. */
export function newRecoveryCodes(): string[] {
  const letters = '23456789abcdefghjkmnpqrstuvwxyz'.slice(0, 32)
  return Array.from({ length: recoveryCodes }, () => {
    const bytes = [...randomBytes(10)].map((byte) => letters[byte % letters.length])
    return `${bytes.slice(0, 5).join('')}-${bytes.slice(5).join('')}`
  })
}
