// How a destination's address and secrets are kept: sealed, and bound to the destination.
import { openSecret, type SealedFor, sealSecret } from '../seal-secret.ts'
import type { Target } from './destination.ts'

export type SealedTarget = { readonly sealed: string }

const sealedFor = (installationSecret: Buffer, destinationId: number): SealedFor => ({
  installationSecret,
  purpose: 'destination',
  boundTo: `destination ${destinationId}`,
})

export function sealTarget(
  installationSecret: Buffer,
  destinationId: number,
  target: Omit<Target, 'kind'>,
): SealedTarget {
  return { sealed: sealSecret(sealedFor(installationSecret, destinationId), JSON.stringify(target)) }
}

/** @throws where it was sealed for another destination, elsewhere, or was changed */
export function openTarget(installationSecret: Buffer, destinationId: number, kept: SealedTarget): unknown {
  return JSON.parse(openSecret(sealedFor(installationSecret, destinationId), kept.sealed))
}
