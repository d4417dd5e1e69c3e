// Sealing of what a relay holds: only who has the private key can open it, and the relay never has it. The
// box is libsodium's crypto_box_seal (X25519 and XSalsa20-Poly1305 with a key pair made for each message),
// called through sodium-native. Keys are texts that say which half they are, so that nobody mixes them up.
import { createHash } from 'node:crypto'
import sodium from 'sodium-native'
import { z } from 'zod'

/** What relays are given: lets them seal, and nothing else. */
export type SealingKey = { readonly id: string; readonly publicKey: Buffer }

/** What collectors hold: opens what was sealed with its public half. */
export type OpeningKey = SealingKey & { readonly privateKey: Buffer }

const publicPrefix = 'postern_seal_public_'
const privatePrefix = 'postern_seal_private_'
const keyText = /^[A-Za-z0-9_-]{43}$/

/** Bytes that a sealed message is longer than what is in it. */
export const sealBytes: number = sodium.crypto_box_SEALBYTES

/** Makes a pair. @returns texts for the settings: the public half for relays, the private one for collectors */
export function makeSealingKeys(): { publicText: string; privateText: string } {
  const publicKey = Buffer.alloc(sodium.crypto_box_PUBLICKEYBYTES)
  const privateKey = Buffer.alloc(sodium.crypto_box_SECRETKEYBYTES)
  sodium.crypto_box_keypair(publicKey, privateKey)
  return {
    publicText: formatSealingKey(publicKey),
    privateText: `${privatePrefix}${privateKey.toString('base64url')}`,
  }
}

export function formatSealingKey(publicKey: Buffer): string {
  return `${publicPrefix}${publicKey.toString('base64url')}`
}

/** A public key as a setting or as pushed to a relay. */
export const sealingKey = z.string().transform((text, context): SealingKey => {
  const key = text.startsWith(publicPrefix) ? text.slice(publicPrefix.length) : ''
  if (keyText.test(key)) return describeKey(Buffer.from(key, 'base64url'))
  const message = text.startsWith(privatePrefix)
    ? 'this is the private half, which no relay may know; take the public one, and make a new pair'
    : `not a public sealing key (${publicPrefix}…)`
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

/** Private keys, newest first, separated by commas or line breaks. */
export const openingKeys = z.string().transform((text, context): readonly OpeningKey[] => {
  const keys = text.split(/[\s,]+/).filter((part) => part !== '')
  return keys.map((part, index): OpeningKey => {
    const key = part.startsWith(privatePrefix) ? part.slice(privatePrefix.length) : ''
    if (!keyText.test(key)) {
      const message = `key ${index + 1} is not a private sealing key (${privatePrefix}…)`
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    }
    const privateKey = Buffer.from(key, 'base64url')
    const publicKey = Buffer.alloc(sodium.crypto_box_PUBLICKEYBYTES)
    sodium.crypto_scalarmult_base(publicKey, privateKey)
    return { ...describeKey(publicKey), privateKey }
  })
})

/** Names a key in what was sealed with it: 16 hex digits of its hash, which tell nothing of the private half. */
function describeKey(publicKey: Buffer): SealingKey {
  return { id: createHash('sha256').update(publicKey).digest('hex').slice(0, 16), publicKey }
}

/** @returns the message sealed, `sealBytes` longer */
export function seal(message: Buffer, key: SealingKey): Buffer {
  const sealed = Buffer.allocUnsafe(message.length + sealBytes)
  sodium.crypto_box_seal(sealed, message, key.publicKey)
  return sealed
}

/** @returns null where it wasn't sealed for this key, or was changed since */
export function unseal(sealed: Buffer, key: OpeningKey): Buffer | null {
  if (sealed.length < sealBytes) return null
  const message = Buffer.allocUnsafe(sealed.length - sealBytes)
  return sodium.crypto_box_seal_open(message, sealed, key.publicKey, key.privateKey) ? message : null
}
