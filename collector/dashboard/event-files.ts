// What an event can be had as beside its page: raw JSON, plain stack, Markdown, and its attachments. Bytes from
// outside are only ever saved, never shown in our origin, but for pictures that are pictures by their own bytes.
import type { Request, RequestHandler } from 'express'
import { AppError } from '../../shared/errors.ts'
import { findAttachmentBody, type IssueDetails } from '../db/issue-page.ts'
import { readEvent, type StoredEvent } from '../db/stored-events.ts'
import type { PageDeps } from './deps.ts'
import { eventMarkdown } from './event-markdown.ts'
import { imageKind } from './image-kind.ts'
import { stackText } from './stack.ts'

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export type EventFinder = {
  getIssue(req: Request): Promise<IssueDetails>
  /** The event that the address names, in this issue and no other. */
  getEvent(req: Request, issue: IssueDetails): Promise<StoredEvent>
}

export function createEventFiles({ db, config }: PageDeps, { getIssue, getEvent }: EventFinder) {
  /** The event as it was stored: scrubbed, and otherwise as the SDK sent it. */
  const json: RequestHandler = async (req, res) => {
    const stored = await getEvent(req, await getIssue(req))
    res.type('application/json').send(`${JSON.stringify(stored.wire, null, 2)}\n`)
  }

  const stack: RequestHandler = async (req, res) => {
    const stored = await getEvent(req, await getIssue(req))
    res.type('text/plain; charset=utf-8').send(stackText(readEvent(stored)))
  }

  const markdown: RequestHandler = async (req, res) => {
    const issue = await getIssue(req)
    const event = readEvent(await getEvent(req, issue))
    const url = `${config.url}/issues/${issue.id}`
    const text = eventMarkdown(issue, event, { url, forAgent: req.query.for === 'agent' })
    res.type('text/plain; charset=utf-8').send(text)
  }

  async function getAttachment(req: Request) {
    const issue = await getIssue(req)
    const stored = await getEvent(req, issue)
    const id = String(req.params.attachment)
    const place = { projectId: issue.projectId, eventId: stored.eventId, id }
    const found = uuidPattern.test(id) ? await findAttachmentBody(db, place) : undefined
    if (!found) throw new AppError('not_found', 'There is no such attachment.')
    return found
  }

  const sealed = "default-src 'none'; sandbox"

  const download: RequestHandler = async (req, res) => {
    const found = await getAttachment(req)
    res.set('Content-Security-Policy', sealed)
    res.attachment(found.filename.split(/[/\\]/).at(-1) || 'attachment')
    res.type('application/octet-stream').send(found.body)
  }

  /** A screenshot as a picture; nosniff and the sandbox hold even if it is something else as well. */
  const picture: RequestHandler = async (req, res) => {
    const found = await getAttachment(req)
    const kind = imageKind(found.body)
    if (!kind) throw new AppError('not_found', 'This attachment is no picture; it can be downloaded.')
    res.set('Content-Security-Policy', sealed)
    res.set('Content-Disposition', 'inline')
    res.set('Cache-Control', 'private, max-age=3600')
    res.type(kind).send(found.body)
  }

  return { json, stack, markdown, download, picture }
}
