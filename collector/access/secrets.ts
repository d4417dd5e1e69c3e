// Random tokens that people and scripts carry (cookies, links, API tokens). Only their SHA-256 is stored:
// a token of 256 random bits needs no slow hash, and who reads the database can't use what is there.
import { createHash, randomBytes } from 'node:crypto'

/** 256 random bits, safe in URLs, cookies and shells. */
export function newToken(prefix = ''): string {
  return prefix + randomBytes(32).toString('base64url')
}

/** What is stored and looked up in place of the token: 64 lower-case hex digits. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
