// How sending ended. At least once: what may have arrived is sent again under the same id.
import { readRetryAfter } from '../retry-after.ts'

export type SendResult =
  | { readonly ok: true }
  | {
      readonly ok: false
      /** It won't be taken as things stand: not tried again. */
      readonly permanent: boolean
      /** One sentence for people; never holds a secret or the address's path. */
      readonly message: string
      /** Not before this moment, where the receiver said so. */
      readonly retryAt: Date | null
    }

/** Of an answer by HTTP. */
export function readAnswer(
  who: string,
  answer: {
    readonly status: number
    readonly headers: Readonly<Record<string, unknown>>
    readonly text: string
  },
  now: Date,
): SendResult {
  const { status } = answer
  if (status >= 200 && status < 300) return { ok: true }
  const isLater = status === 408 || status === 425 || status === 429 || status >= 500
  const retryAt = isLater ? readRetryAfter(answer.headers['retry-after'], now) : null
  const said = answer.text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 100)
  const redirect = status >= 300 && status < 400 ? ' Redirects are not followed.' : ''
  const message = `${who} answered ${status}${said ? ` (${said})` : ''}.${redirect}`
  return { ok: false, permanent: !isLater, message, retryAt }
}

/** Of a request that failed; the error's own text may name an address, so only its code is told. */
export function readError(who: string, error: unknown): SendResult {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if (at.name === 'BlockedAddress')
      return { ok: false, permanent: true, message: at.message, retryAt: null }
  }
  const { code, name } = error as { code?: unknown; name?: unknown }
  const what = String(code ?? name ?? 'an error').slice(0, 60)
  return { ok: false, permanent: false, message: `${who} could not be reached (${what}).`, retryAt: null }
}
