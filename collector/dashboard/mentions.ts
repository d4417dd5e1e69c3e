// Names in comments: whom a text mentions, and what completes a name while one types it. Pure but for the route.
import type { RequestHandler } from 'express'
import { z } from 'zod'
import { listPeopleWhoSee } from '../db/triage.ts'
import type { PageDeps } from './deps.ts'
import { initials } from './format.ts'

type Named = { readonly id: number; readonly name: string; readonly email: string }

const shown = 6
const nameForm = /^[\p{L}\p{N}._-]{2,60}$/u

const dotted = (name: string) => name.trim().toLowerCase().replaceAll(/\s+/g, '.')
const localPart = (email: string) => email.split('@')[0] ?? ''

/** Ids of the people that a text names: `@Mara` and `@mara.lindqvist` find Mara Lindqvist. */
export function mentionedIn(text: string, people: readonly Named[]): number[] {
  const names = [...text.matchAll(/(?:^|[\s(,])@([\p{L}\p{N}._-]{2,60})/gu)].map((match) =>
    (match[1] ?? '').toLowerCase().replace(/[._-]+$/, ''),
  )
  const found = people.filter((person) => {
    const own = [
      dotted(person.name),
      person.name.toLowerCase().split(/\s+/)[0] ?? '',
      localPart(person.email),
    ]
    return names.some((name) => own.includes(name))
  })
  return found.map((person) => person.id)
}

/**
 * What to write after the @ for each of the people whose name or address begins like what was typed, in any of its
 * words; at most six. Left out is who has no name that a text can mention.
 */
export function suggestMentions(typed: string, people: readonly Named[]) {
  const start = typed.toLowerCase()
  return people
    .flatMap((person) => {
      const { name, email } = person
      const words = [dotted(name), localPart(email).toLowerCase(), ...name.toLowerCase().split(/\s+/)]
      const written = [dotted(name), localPart(email).toLowerCase()].find(
        (one) => nameForm.test(one) && !/[._-]$/.test(one),
      )
      return written && words.some((word) => word.startsWith(start))
        ? [{ written, name, email, initials: initials(name) }]
        : []
    })
    .slice(0, shown)
}

const querySchema = z.object({ q: z.string().max(60).catch('') })

/** The names that fit what stands after the @; only of people who may see the issue. */
export function createMentionCompletion({ db, fragment }: PageDeps): RequestHandler {
  return async (req, res) => {
    const { q } = querySchema.parse(req.query)
    const people = await listPeopleWhoSee(db, Number(req.params.issue))
    fragment(res, 'partials/mention-list', { people: suggestMentions(q, people) })
  }
}
