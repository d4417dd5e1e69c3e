// Pure: a destination as JSON (API) and as the fields of a form (page), both ways. Secrets go in and never out.
import { AppError } from '../../shared/errors.ts'
import type { Destination } from '../db/destinations.ts'
import { type Choice, describeTarget, parseChoice, parseTarget, type Target } from './destination.ts'
import { notifyKinds } from './kinds.ts'
import { newWebhookSecret } from './webhook.ts'

export type DestinationInput = { readonly name: string; readonly target: Target; readonly choice: Choice }

/** What the API shows of one. */
export function destinationJson(destination: Destination): Record<string, unknown> {
  const { id, name, kind, target, choice, createdAt, pausedAt, sentAt, error, errorAt } = destination
  return {
    id: String(id),
    name,
    kind,
    target: describeTarget(target),
    ...(target.kind === 'slack' ? { mentionHere: target.mentionHere } : {}),
    ...choice,
    createdAt: createdAt.toISOString(),
    pausedAt: pausedAt?.toISOString() ?? null,
    sentAt: sentAt?.toISOString() ?? null,
    error,
    errorAt: errorAt?.toISOString() ?? null,
  }
}

/**
 * Reads `{ name, kind, url | to, mentionHere, kinds, projectIds, quietHours }`.
 * @param before what is there already: an address that is left out stays, with its secret
 * @throws AppError 'invalid_request'
 */
export function readDestination(input: unknown, before: Destination | null): DestinationInput {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new AppError('invalid_request', 'A destination is an object.')
  }
  const given = input as Record<string, unknown>
  const kind = before?.kind ?? given.kind
  if (kind !== 'slack' && kind !== 'webhook' && kind !== 'mail') {
    throw new AppError('invalid_request', 'kind: slack, webhook or mail.')
  }
  if (given.kind !== undefined && given.kind !== kind) {
    throw new AppError('invalid_request', 'A destination keeps its kind; make another one.')
  }
  const old = before?.choice
  return {
    name: String(given.name ?? before?.name ?? ''),
    target: parseTarget(kind, targetOf(kind, given, before?.target ?? null)),
    choice: parseChoice({
      kinds: given.kinds ?? old?.kinds ?? [],
      projectIds: given.projectIds === undefined ? (old?.projectIds ?? null) : given.projectIds,
      quietHours: given.quietHours === undefined ? (old?.quietHours ?? null) : given.quietHours,
    }),
  }
}

function targetOf(kind: Target['kind'], given: Record<string, unknown>, before: Target | null): unknown {
  if (kind === 'mail') return { to: given.to ?? (before?.kind === 'mail' ? before.to : undefined) }
  const url = given.url ?? (before && before.kind !== 'mail' ? before.url : undefined)
  if (kind === 'slack') {
    return { url, mentionHere: given.mentionHere ?? (before?.kind === 'slack' ? before.mentionHere : false) }
  }
  return { url, secret: before?.kind === 'webhook' ? before.secret : newWebhookSecret() }
}

/** The fields of the page's form as the same input. */
export function formInput(form: ReadonlyMap<string, string>): Record<string, unknown> {
  const url = form.get('url')?.trim()
  const to = form.get('to')?.trim()
  const ids = [...form.keys()].flatMap((key) => {
    const id = /^project-(\d{1,15})$/.exec(key)?.[1]
    return id ? [Number(id)] : []
  })
  const kind = form.get('kind')
  return {
    ...(kind ? { kind } : {}),
    name: form.get('name') ?? '',
    ...(url ? { url } : {}),
    ...(to ? { to: to.split(/[\s,;]+/).filter((one) => one !== '') } : {}),
    mentionHere: form.has('mentionHere'),
    kinds: notifyKinds.filter((one) => form.has(`kind-${one}`)),
    projectIds: form.has('allProjects') ? null : ids,
    quietHours: form.has('quiet')
      ? {
          from: form.get('from') ?? '',
          to: form.get('until') ?? '',
          timeZone: form.get('timeZone')?.trim() ?? '',
          passEscalations: form.has('passEscalations'),
        }
      : null,
  }
}
