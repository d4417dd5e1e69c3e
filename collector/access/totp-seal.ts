// How the secret of a second factor is kept: encrypted (AES-256-GCM) with a key that follows from the installation's
// secret, and bound to the person, so that what leaks of the table of people alone makes no codes. Who has the whole
// database has the installation's secret, too.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const version = 'v1'
const ivBytes = 12
const tagBytes = 16

/** What the key follows from, and whose secret it is. */
export type TotpOwner = { readonly installationSecret: Buffer; readonly personId: number }

function keyOf({ installationSecret }: TotpOwner): Buffer {
  return Buffer.from(hkdfSync('sha256', installationSecret, '', 'postern second factor 1', 32))
}

const boundTo = ({ personId }: TotpOwner) => Buffer.from(`person ${personId}`)

/** `v1.` and base64url of iv, tag and what is encrypted. */
export function sealTotp(owner: TotpOwner, secret: string): string {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', keyOf(owner), iv).setAAD(boundTo(owner))
  const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
  return `${version}.${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')}`
}

/** @throws where it was sealed for somebody else, elsewhere, or was changed */
export function openTotp(owner: TotpOwner, kept: string): string {
  const [named, text = ''] = kept.split('.')
  if (named !== version) throw new Error('the secret of a second factor is kept in a way that is not known')
  const bytes = Buffer.from(text, 'base64url')
  const tag = bytes.subarray(ivBytes, ivBytes + tagBytes)
  const decipher = createDecipheriv('aes-256-gcm', keyOf(owner), bytes.subarray(0, ivBytes))
    .setAAD(boundTo(owner))
    .setAuthTag(tag)
  return Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]).toString(
    'utf8',
  )
}

/** True for what an older program kept as it was. */
export function isPlainTotp(kept: string): boolean {
  return !kept.startsWith(`${version}.`)
}
