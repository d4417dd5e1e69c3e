// How a secret is kept in the database: encrypted (AES-256-GCM) with a key that follows from the installation's secret
// and what it is for, and bound to its row, so that what leaks of one table alone is worth nothing. Who has the whole
// database has the installation's secret, too.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const version = 'v1'
const ivBytes = 12
const tagBytes = 16

export type SealedFor = {
  readonly installationSecret: Buffer
  /** Another purpose has another key. */
  readonly purpose: string
  /** The row; elsewhere it opens nothing. */
  readonly boundTo: string
}

function keyOf({ installationSecret, purpose }: SealedFor): Buffer {
  return Buffer.from(hkdfSync('sha256', installationSecret, '', `postern ${purpose} 1`, 32))
}

/** `v1.` and base64url of iv, tag and what is encrypted. */
export function sealSecret(of: SealedFor, secret: string): string {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', keyOf(of), iv).setAAD(Buffer.from(of.boundTo))
  const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
  return `${version}.${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')}`
}

/** @throws where it was sealed for something else, elsewhere, or was changed */
export function openSecret(of: SealedFor, kept: string): string {
  const [named, text = ''] = kept.split('.')
  if (named !== version) throw new Error('a secret is kept in a way that is not known')
  const bytes = Buffer.from(text, 'base64url')
  const tag = bytes.subarray(ivBytes, ivBytes + tagBytes)
  const decipher = createDecipheriv('aes-256-gcm', keyOf(of), bytes.subarray(0, ivBytes))
    .setAAD(Buffer.from(of.boundTo))
    .setAuthTag(tag)
  return Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]).toString(
    'utf8',
  )
}

/** True for what an older program kept as it was. */
export function isPlainSecret(kept: string): boolean {
  return !kept.startsWith(`${version}.`)
}
