// Passwords: what is accepted as one, hashing and checking. A hash carries its algorithm, parameters and
// salt in the PHC string format, so parameters can be raised later and old hashes still be checked.
// argon2id as OWASP's password storage sheet advises (19 MiB, 2 passes); scrypt where Node lacks it (< 24.7).
import crypto, { randomBytes, scrypt as scryptCallback, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { AppError } from '../../shared/errors.ts'
import { isCommonPassword } from './common-passwords.ts'

export const minPasswordLength = 12
/** Bounds the work that one attempt to sign in can cause. */
export const maxPasswordLength = 256

type Algorithm = 'argon2id' | 'scrypt'
type ParsedHash = { algorithm: Algorithm; parameters: string; salt: Buffer; hash: Buffer }

const hashBytes = 32
const saltBytes = 16
const current: { readonly [name in Algorithm]: string } = {
  argon2id: 'm=19456,t=2,p=1',
  // 128 MiB and about half a second: the strongest that OWASP lists.
  scrypt: 'ln=17,r=8,p=1',
}
// Undefined before Node 24.7, whatever the types say; a named import would not even load there.
const argon2 = crypto.argon2 as typeof crypto.argon2 | undefined
const bestAlgorithm: Algorithm = argon2 ? 'argon2id' : 'scrypt'

/**
 * What is wrong with a new password, as a sentence for the form; undefined: nothing.
 * Length is what counts, and not to be among those that guessers try first; no rules of composition.
 * Source: NIST SP 800-63B, 3.1.1
 * @param avoid the account's own words (address, name), which a guesser tries first
 */
export function passwordProblem(password: string, avoid: readonly string[] = []): string | undefined {
  const length = [...password.normalize('NFKC')].length
  if (length < minPasswordLength) return `Use at least ${minPasswordLength} characters.`
  if (length > maxPasswordLength) return `Use at most ${maxPasswordLength} characters.`
  if (new Set(password).size < 4) return 'Use more than a few different characters.'
  const lower = password.toLowerCase()
  if (avoid.some((word) => word.length > 0 && lower === word.toLowerCase())) {
    return 'Use something other than your address or name.'
  }
  if (isCommonPassword(password)) return 'This is among the passwords that are tried first. Use another.'
  return undefined
}

function parameter(parameters: string, name: string): number {
  const found = parameters.split(',').find((pair) => pair.startsWith(`${name}=`))
  return Number(found?.slice(name.length + 1))
}

function derive(algorithm: Algorithm, parameters: string, password: string, salt: Buffer): Promise<Buffer> {
  // The same password typed on another keyboard must be the same bytes.
  const message = Buffer.from(password.normalize('NFKC'), 'utf8')
  if (algorithm === 'scrypt') {
    const [ln, r, p] = [parameter(parameters, 'ln'), parameter(parameters, 'r'), parameter(parameters, 'p')]
    const options = { N: 2 ** ln, r, p, maxmem: 256 * 2 ** ln * r }
    const scrypt = promisify<Buffer, Buffer, number, typeof options, Buffer>(scryptCallback)
    return scrypt(message, salt, hashBytes, options)
  }
  if (!argon2) {
    throw new AppError('internal', 'This password was hashed with argon2id, which needs Node 24.7 or newer.')
  }
  return promisify(argon2)('argon2id', {
    message,
    nonce: salt,
    memory: parameter(parameters, 'm'),
    passes: parameter(parameters, 't'),
    parallelism: parameter(parameters, 'p'),
    tagLength: hashBytes,
  })
}

const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')

/**
 * @param algorithm the best this Node has, unless a test asks for the other
 * @returns PHC string, e.g. `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`; about 50 ms (scrypt: 500 ms)
 */
export async function hashPassword(password: string, algorithm: Algorithm = bestAlgorithm): Promise<string> {
  const salt = randomBytes(saltBytes)
  const parameters = current[algorithm]
  const hash = await derive(algorithm, parameters, password, salt)
  const version = algorithm === 'argon2id' ? '$v=19' : ''
  return `$${algorithm}${version}$${parameters}$${base64(salt)}$${base64(hash)}`
}

function parseHash(stored: string): ParsedHash {
  const match = /^\$(argon2id|scrypt)(?:\$v=19)?\$([a-z0-9=,]+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(
    stored,
  )
  const [, algorithm, parameters, salt, hash] = match ?? []
  if (!algorithm || !parameters || !salt || !hash) {
    throw new AppError('internal', 'A stored password hash is not in a form known here.')
  }
  return {
    algorithm: algorithm as Algorithm,
    parameters,
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  }
}

/**
 * Compares in constant time.
 * @returns `outdated`: right, but hashed with weaker parameters than today's; hash it again
 * @throws AppError 'internal': the stored hash can't be read or computed here
 */
export async function verifyPassword(
  password: string,
  stored: string,
): Promise<'right' | 'outdated' | 'wrong'> {
  const { algorithm, parameters, salt, hash } = parseHash(stored)
  const derived = await derive(algorithm, parameters, password, salt)
  if (derived.length !== hash.length || !timingSafeEqual(derived, hash)) return 'wrong'
  return algorithm === bestAlgorithm && parameters === current[algorithm] ? 'right' : 'outdated'
}
