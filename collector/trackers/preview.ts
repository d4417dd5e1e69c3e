// What a ticket would say with some templates, for the project's newest issue: nothing is filed.
import type { Database } from '../db/database.ts'
import { findStoredEvent, readEvent } from '../db/stored-events.ts'
import { findNewestIssue } from '../db/storms.ts'
import { getFilingFacts } from '../db/tracker-issues.ts'
import { writeIssueText } from './issue-text.ts'

export type Preview = { readonly title: string; readonly body: string }

/** @returns null: the project has no issue yet */
export async function previewIssueText(
  db: Database,
  project: { readonly id: number; readonly repository: string | null },
  templates: { readonly title: string | null; readonly body: string | null },
  baseUrl: string,
  now: Date,
): Promise<Preview | null> {
  const issue = await findNewestIssue(db, project.id)
  if (!issue) return null
  const facts = await getFilingFacts(db, issue.id, issue.episode)
  const stored = await findStoredEvent(db, project.id, issue.lastEventId.replaceAll('-', ''))
  return writeIssueText({
    marker: '<!-- the hidden marker of this installation -->',
    repository: project.repository ?? '',
    rule: 'burst',
    ruleFacts: {},
    detectedAt: now,
    facts,
    event: stored ? readEvent(stored) : null,
    issueUrl: `${baseUrl}/issues/${issue.id}`,
    templates,
  })
}
