// Events: those of an issue or a project, newest first; the latest, the oldest, and one by its id.
import type { Request, Response } from 'express'
import { AppError } from '../../shared/errors.ts'
import type { IssueDetails } from '../db/issue-page.ts'
import { listProjectEvents, type ProjectEventRow } from '../db/project-events.ts'
import {
  type EventRow,
  findNeighbours,
  findStoredEvent,
  listIssueEvents,
  readEvent,
  type StoredEvent,
} from '../db/stored-events.ts'
import { type ApiDeps, apiUrl, getProject, pathText } from './context.ts'
import { eventShape } from './event-shape.ts'
import { getIssue } from './issues.ts'
import { queryText, readCursor, readLimit, sendPage } from './paging.ts'

const notFound = () => new AppError('not_found', 'Event not found')

/** What a list shows of an event: its columns. `full=true` gives each event whole instead. */
function rowShape(row: EventRow, projectId: number, issueId: number) {
  const [kind, ...rest] = row.userKey?.split(':') ?? []
  const tags = [
    { key: 'environment', value: row.environment },
    { key: 'level', value: row.level },
    ...(row.release === null ? [] : [{ key: 'release', value: row.release }]),
  ]
  return {
    id: row.eventId,
    eventID: row.eventId,
    groupID: String(issueId),
    projectID: String(projectId),
    title: row.title,
    dateCreated: row.occurredAt.toISOString(),
    dateReceived: row.receivedAt.toISOString(),
    tags,
    user: kind === undefined ? null : { [kind === 'ip' ? 'ip_address' : kind]: rest.join(':') },
  }
}

export function createEventHandlers({ db, config }: ApiDeps) {
  const base = apiUrl(config)

  async function sendEvent(res: Response, stored: StoredEvent | undefined): Promise<void> {
    if (!stored) throw notFound()
    const { issueId, projectId, receivedAt, eventId } = stored
    const { previous, next } = await findNeighbours(db, issueId, { receivedAt, eventId })
    res.json(
      eventShape(readEvent(stored), { projectId, issueId, previousEventId: previous, nextEventId: next }),
    )
  }

  /** One page of rows; `list` is given how many and after which. */
  async function sendRows<Row extends EventRow>(
    req: Request,
    res: Response,
    projectId: number,
    issueOf: (row: Row) => number,
    list: (page: { limit: number; before?: { receivedAt: Date; eventId: string } }) => Promise<Row[]>,
  ): Promise<void> {
    const limit = readLimit(req)
    const cursor = readCursor(req, 'event')
    const before = cursor && { receivedAt: new Date(cursor.value), eventId: cursor.key }
    const found = await list({ limit: limit + 1, ...(before ? { before } : {}) })
    const rows = found.slice(0, limit)
    const last = found.length > limit ? rows.at(-1) : undefined
    const shapes = []
    for (const row of rows) {
      const stored =
        queryText(req, 'full') === 'true' ? await findStoredEvent(db, projectId, row.eventId) : undefined
      shapes.push(
        stored
          ? eventShape(readEvent(stored), {
              projectId,
              issueId: stored.issueId,
              previousEventId: null,
              nextEventId: null,
            })
          : rowShape(row, projectId, issueOf(row)),
      )
    }
    sendPage(req, res, base, shapes, last && { value: last.receivedAt.getTime(), key: last.eventId })
  }

  /** The newest kept event. */
  async function latestId(issue: IssueDetails): Promise<string | undefined> {
    return (await listIssueEvents(db, issue.id, { limit: 1 }))[0]?.eventId
  }

  return {
    async listIssueEvents(req: Request, res: Response): Promise<void> {
      const { issue } = await getIssue(req, db)
      await sendRows(
        req,
        res,
        issue.projectId,
        () => issue.id,
        (page) => listIssueEvents(db, issue.id, page),
      )
    },

    async getLatestEvent(req: Request, res: Response): Promise<void> {
      const { issue } = await getIssue(req, db)
      const id = await latestId(issue)
      await sendEvent(res, id === undefined ? undefined : await findStoredEvent(db, issue.projectId, id))
    },

    async getOldestEvent(req: Request, res: Response): Promise<void> {
      const { issue } = await getIssue(req, db)
      const id = await latestId(issue)
      const any = id === undefined ? undefined : await findStoredEvent(db, issue.projectId, id)
      const first = any && (await findNeighbours(db, issue.id, any)).first
      await sendEvent(res, first ? await findStoredEvent(db, issue.projectId, first) : undefined)
    },

    async listProjectEvents(req: Request, res: Response): Promise<void> {
      const project = await getProject(req, db)
      await sendRows<ProjectEventRow>(
        req,
        res,
        project.id,
        (row) => row.issueId,
        (page) => listProjectEvents(db, project.id, page),
      )
    },

    /** The id with or without dashes, in any case of letters. */
    async getEvent(req: Request, res: Response): Promise<void> {
      const project = await getProject(req, db)
      const id = pathText(req, 'event').replaceAll('-', '').toLowerCase()
      await sendEvent(res, await findStoredEvent(db, project.id, id))
    },
  }
}
