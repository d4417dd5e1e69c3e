// Pure: what a destination is: where messages go (with secrets), and which events it hears of. Checked strictly
// when a person saves it; read leniently afterwards.
import { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import { notifyKinds } from './kinds.ts'

const address = z
  .url({ protocol: /^https?$/, error: 'not an http or https address' })
  .max(2_000)
  .refine((text) => !URL.parse(text)?.username && !URL.parse(text)?.password, 'no name and password in it')

export const targets = {
  /** An incoming webhook's address is its secret. */
  slack: z.strictObject({
    url: address,
    /** Escalations begin with `<!here>`. */
    mentionHere: z.boolean().default(false),
  }),
  webhook: z.strictObject({
    url: address,
    /** `whsec_` and 32 bytes in base64, as Standard Webhooks has it. */
    secret: z.string().regex(/^whsec_[A-Za-z0-9+/]{32,100}={0,2}$/, 'not a signing secret'),
  }),
  mail: z.strictObject({
    to: z.array(z.email('not an e-mail address')).min(1, 'no recipient').max(20, 'at most 20 recipients'),
  }),
} as const

export type Target =
  | ({ readonly kind: 'slack' } & z.output<typeof targets.slack>)
  | ({ readonly kind: 'webhook' } & z.output<typeof targets.webhook>)
  | ({ readonly kind: 'mail' } & z.output<typeof targets.mail>)

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'not a time such as 22:00')

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

const quietHours = z
  .strictObject({
    from: time,
    to: time,
    timeZone: z.string().max(60).refine(isTimeZone, 'not a time zone such as Europe/Berlin'),
    /** Escalations come through at any hour. */
    passEscalations: z.boolean().default(true),
  })
  .refine((hours) => hours.from !== hours.to, 'quiet hours begin and end at the same time')
export type QuietHours = z.output<typeof quietHours>

const choice = z.strictObject({
  kinds: z.array(z.enum(notifyKinds)).max(notifyKinds.length),
  /** null: all, those made later too. */
  projectIds: z.array(z.int().positive()).max(1_000).nullable().default(null),
  quietHours: quietHours.nullable().default(null),
})
export type Choice = z.output<typeof choice>

function refuse(error: z.ZodError): AppError {
  const problems = error.issues.map((issue) => `${issue.path.join('.') || 'destination'}: ${issue.message}`)
  return new AppError('invalid_request', problems.join('; '))
}

/** @throws AppError 'invalid_request' */
export function parseTarget(kind: Target['kind'], input: unknown): Target {
  const read = targets[kind].safeParse(input)
  if (!read.success) throw refuse(read.error)
  return { kind, ...read.data } as Target
}

/** @throws AppError 'invalid_request' */
export function parseChoice(input: unknown): Choice {
  const read = choice.safeParse(input)
  if (!read.success) throw refuse(read.error)
  return read.data
}

/** What is stored; kinds and settings that a newer program wrote are left out. */
export function readChoice(stored: Readonly<Record<string, unknown>>): Choice {
  const kinds = Array.isArray(stored.kinds) ? stored.kinds : []
  return {
    kinds: notifyKinds.filter((kind) => kinds.includes(kind)),
    projectIds: choice.shape.projectIds.catch(null).parse(stored.projectIds),
    quietHours: choice.shape.quietHours.catch(null).parse(stored.quietHours),
  }
}

/** The part of a target that pages may show: never a path, a token or a secret. */
export function describeTarget(target: Target): string {
  if (target.kind === 'mail') return target.to.join(', ')
  return `${URL.parse(target.url)?.host ?? 'an address'} (the rest is kept secret)`
}
