// The completion of filter fields: what fits at the caret, with how many issues each value finds.
import type { RequestHandler } from 'express'
import { z } from 'zod'
import { countEach, listEnvironments } from '../db/issue-list.ts'
import { listNewestReleases } from '../db/project-list.ts'
import { listProjectNames } from '../db/projects.ts'
import { listPeopleNames } from '../db/triage.ts'
import { type KnownValues, keyAt, placeAt, suggest } from '../search/complete.ts'
import { parseSearch } from '../search/parse.ts'
import { quoted } from '../search/tokens.ts'
import type { PageDeps } from './deps.ts'
import { boundedCount, plural } from './format.ts'
import { filterOf } from './issue-views.ts'

const valuesShown = 8
const bound = 999

const querySchema = z.object({
  q: z.string().max(600).catch(''),
  at: z.coerce.number().int().min(0).catch(0),
})

export function createCompletion({ db, viewer, person, scope, fragment }: PageDeps): RequestHandler {
  return async (req, res) => {
    const { q, at } = querySchema.parse(req.query)
    const text = q.replaceAll('\0', '')
    const key = keyAt(placeAt(text, at))
    const look = viewer(req)
    const projectIds = await scope(req)

    async function valuesOf(): Promise<string[]> {
      switch (key?.key) {
        case 'env':
        case 'environment':
          return listEnvironments(db, projectIds)
        case 'release':
        case 'first-release':
          return ['latest', ...(await listNewestReleases(db, projectIds, key.typed, valuesShown))]
        case 'project':
          return (await listProjectNames(db, projectIds)).map((one) => one.slug)
        case 'assigned':
          return ['me', 'nobody', ...(await listPeopleNames(db)).map((one) => one.name)]
        default:
          return []
      }
    }

    async function known(): Promise<KnownValues> {
      if (!key) return []
      const typed = key.typed.toLowerCase()
      const values = (await valuesOf()).filter((value) => value.toLowerCase().includes(typed))
      const within = { projectIds, now: look.now, me: (await person(req)).id }
      const shown = values.slice(0, valuesShown)
      const counts = await countEach(
        db,
        shown.map((value) => {
          const search = parseSearch(`is:unresolved ${key.key}:${quoted(value)}`, look.now)
          return { filter: filterOf(search, within), bound }
        }),
      )
      return shown.map((value, place) => {
        const count = counts[place] ?? 0
        return {
          value,
          more: count > bound ? `${boundedCount(count, bound)} issues` : plural(count, 'issue'),
        }
      })
    }

    fragment(res, 'partials/completion', { suggestions: suggest(text, at, await known()) })
  }
}
