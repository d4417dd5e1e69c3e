// How the secret of a second factor is kept: sealed, and bound to the person.
import { isPlainSecret, openSecret, type SealedFor, sealSecret } from '../seal-secret.ts'

/** What the key follows from, and whose secret it is. */
export type TotpOwner = { readonly installationSecret: Buffer; readonly personId: number }

const sealedFor = ({ installationSecret, personId }: TotpOwner): SealedFor => ({
  installationSecret,
  purpose: 'second factor',
  boundTo: `person ${personId}`,
})

export function sealTotp(owner: TotpOwner, secret: string): string {
  return sealSecret(sealedFor(owner), secret)
}

/** @throws where it was sealed for somebody else, elsewhere, or was changed */
export function openTotp(owner: TotpOwner, kept: string): string {
  return openSecret(sealedFor(owner), kept)
}

export const isPlainTotp = isPlainSecret
