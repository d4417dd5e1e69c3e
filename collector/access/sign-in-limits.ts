// How often a password may be guessed: per account from one address, per address, and per account from
// anywhere. Kept in memory: each collector counts its own, and a restart forgets, which slows nobody who
// is honest and gains a guesser a few tries. Unknown accounts count like known ones.
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

/** How long attempts count, and how long further ones are refused. */
export const waitMinutes = 15
const windowS = waitMinutes * 60

/** Failed attempts within 15 minutes after which further ones are refused for 15 minutes, unread. */
export const attemptsAllowed = {
  /** One account from one address. */
  pair: 5,
  /** One address, whatever the account: a team behind one proxy shares it. */
  address: 50,
  /** One account from all addresses together. */
  account: 50,
} as const

type Kind = keyof typeof attemptsAllowed
export type SignInLimits = {
  /**
   * Takes one attempt.
   * @returns seconds to wait, 0: go on; and how many more may fail before one has to wait
   */
  take(address: string, email: string): Promise<{ readonly wait: number; readonly left: number }>
  /** The attempt was right: it doesn't count, and the pair starts afresh. */
  succeed(address: string, email: string): Promise<void>
}

/** IPv6 customers have at least a /64: count that, not the single address. */
export function addressKey(address: string): string {
  const v4 = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (v4 !== undefined) return v4
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? []
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const rest = tail === '' ? 0 : tail.split(':').length
    while (groups.length + rest < 8) groups.push('0')
  }
  return groups.slice(0, 4).join(':')
}

export function createSignInLimits(): SignInLimits {
  const limiter = (kind: Kind) =>
    new RateLimiterMemory({
      keyPrefix: kind,
      points: attemptsAllowed[kind],
      duration: windowS,
      blockDuration: windowS,
    })
  const limiters = { pair: limiter('pair'), address: limiter('address'), account: limiter('account') }
  const keys = (address: string, email: string): readonly (readonly [Kind, string])[] => [
    ['pair', `${addressKey(address)} ${email}`],
    ['address', addressKey(address)],
    ['account', email],
  ]

  return {
    // Taken before the password is looked at, so that attempts sent at once can't all slip through. A pair
    // that is blocked takes nothing from the account, so one address alone can't lock an account for all.
    async take(address, email) {
      let left: number = attemptsAllowed.pair
      for (const [kind, key] of keys(address, email)) {
        try {
          const taken = await limiters[kind].consume(key)
          left = Math.min(left, taken.remainingPoints)
        } catch (refused) {
          if (!(refused instanceof RateLimiterRes)) throw refused
          return { wait: Math.max(1, Math.ceil(refused.msBeforeNext / 1000)), left: 0 }
        }
      }
      return { wait: 0, left }
    },
    async succeed(address, email) {
      for (const [kind, key] of keys(address, email)) {
        if (kind === 'pair') await limiters[kind].delete(key)
        else await limiters[kind].reward(key)
      }
    },
  }
}
