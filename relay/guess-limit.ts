// Bounds guessing of keys and tokens by address: a wrong one costs a token of the address's bucket, and when that
// is empty, nothing from there is looked at. What is right costs nothing.
import { BlockList, isIPv6 } from 'node:net'
import { createTokenBucket, type Rate, type TokenBucket } from './token-bucket.ts'

export type GuessLimit = {
  /** Seconds for which nothing from this address is looked at; 0: it is heard. */
  silence(address: string | null): number
  /** @returns true when this was the last one that is looked at for a while */
  noteWrong(address: string | null): boolean
  /** From now on this address is heard whatever others behind the same proxy guess. */
  noteRight(address: string | null): void
}

/** Addresses remembered; the one that guessed longest ago is forgotten first. */
const maxAddresses = 10_000

/** @param nowMs a clock that never goes back */
export function createGuessLimit(rate: Rate, nowMs: () => number): GuessLimit {
  const buckets = new Map<string, TokenBucket>()
  const trusted = new Set<string>()

  return {
    silence(address) {
      const source = sourceOf(address)
      const bucket = buckets.get(source)
      if (!bucket || trusted.has(source) || !bucket.isEmpty(nowMs())) return 0
      return bucket.take(nowMs())
    },
    noteWrong(address) {
      const source = sourceOf(address)
      const bucket = buckets.get(source) ?? createTokenBucket(rate, nowMs())
      bucket.take(nowMs())
      buckets.delete(source)
      buckets.set(source, bucket)
      if (buckets.size > maxAddresses) buckets.delete(buckets.keys().next().value ?? '')
      return bucket.isEmpty(nowMs())
    },
    noteRight(address) {
      trusted.add(sourceOf(address))
      if (trusted.size > maxAddresses) trusted.delete(trusted.values().next().value ?? '')
    },
  }
}

const mapped = new BlockList()
mapped.addSubnet('::ffff:0:0', 96, 'ipv6')

/** One sender: an IPv4 address, or the /64 that a single line of IPv6 gets. */
export function sourceOf(address: string | null): string {
  if (address === null || !isIPv6(address) || mapped.check(address, 'ipv6')) return address ?? ''
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? []
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros =
    tail === undefined ? [] : new Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0')
  const groups = [...left, ...zeros, ...right].slice(0, 4)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}
