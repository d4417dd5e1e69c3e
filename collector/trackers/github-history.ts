// What GitHub tells of an issue's past, read leniently: an event of an unknown kind or shape is left out, since
// new kinds appear without notice and none of them may stop the polling of a repository.
// Source: GitHub REST documentation, "Issue event types"; GraphQL reference, `MarkedAsDuplicateEvent`
import { z } from 'zod'
import type { TrackerEvent } from './tracker.ts'

/** Texts of people are kept up to here. */
const maxText = 65_536
/** Who may speak for the repository: a stranger's line in a public one must not silence a regression. */
const trusted = new Set(['OWNER', 'MEMBER', 'COLLABORATOR'])

const text = z
  .string()
  .nullish()
  .transform((value) => (value ?? '').slice(0, maxText))

const moment = z.iso.datetime({ offset: true }).transform((at) => new Date(at))

const timelineEvent = z.object({
  event: z.string(),
  created_at: moment.optional().catch(undefined),
  body: text,
  user: z.object({ login: z.string(), type: z.string().optional() }).nullish(),
  author_association: z.string().optional(),
  commit_id: z.string().nullish(),
  source: z
    .object({
      issue: z.object({
        number: z.int(),
        title: text,
        body: text,
        repository_url: z.string(),
        milestone: z.object({ title: z.string() }).nullish(),
        closed_by: z.object({ login: z.string() }).nullish().catch(null),
        pull_request: z.object({ merged_at: moment.nullish() }).optional(),
      }),
    })
    .optional()
    .catch(undefined),
})

function toTrackerEvent(value: unknown): TrackerEvent[] {
  const parsed = timelineEvent.safeParse(value)
  if (!parsed.success) return []
  const { event, user, body, source, commit_id } = parsed.data
  switch (event) {
    case 'commented': {
      const isTrusted = trusted.has(parsed.data.author_association ?? '') && user?.type !== 'Bot'
      return user ? [{ is: 'comment', author: user.login, isTrusted, body }] : []
    }
    case 'cross-referenced':
      if (!source?.issue.pull_request?.merged_at) return []
      return [
        {
          is: 'merge',
          mergedAt: source.issue.pull_request.merged_at,
          mergedBy: source.issue.closed_by?.login ?? null,
          repository: source.issue.repository_url.split('/').slice(-2).join('/'),
          number: source.issue.number,
          text: `${source.issue.title}\n${source.issue.body}`,
          milestone: source.issue.milestone?.title ?? null,
        },
      ]
    case 'reopened':
      return parsed.data.created_at ? [{ is: 'reopened', at: parsed.data.created_at }] : []
    case 'closed':
      return [{ is: 'closed', commit: commit_id ?? null }]
    case 'converted_to_discussion':
      return [{ is: 'converted' }]
    default:
      return []
  }
}

export const timelinePage = z.array(z.unknown()).transform((events) => events.flatMap(toTrackerEvent))

const query = `query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    issue(number: $number) {
      timelineItems(last: 1, itemTypes: [MARKED_AS_DUPLICATE_EVENT]) {
        nodes { ... on MarkedAsDuplicateEvent { canonical { ... on Issue { number repository { nameWithOwner } } } } }
      }
    }
  }
}`

export function originalQuery(owner: string, name: string, number: number) {
  return { query, variables: { owner, name, number } }
}

/** Errors of GraphQL come with status 200 and no data: nothing is known then. */
export const original = z
  .object({
    data: z
      .object({
        repository: z.object({
          issue: z.object({
            timelineItems: z.object({
              nodes: z.array(
                z.object({
                  canonical: z
                    .object({ number: z.int(), repository: z.object({ nameWithOwner: z.string() }) })
                    .nullish()
                    .catch(null),
                }),
              ),
            }),
          }),
        }),
      })
      .nullish()
      .catch(null),
  })
  .transform(({ data }) => {
    const found = data?.repository.issue.timelineItems.nodes.at(-1)?.canonical
    return found ? { repository: found.repository.nameWithOwner, number: found.number } : null
  })
