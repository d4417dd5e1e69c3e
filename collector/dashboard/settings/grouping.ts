// The project's own fingerprint rules: one a line, tried on recent events before they are saved.

import type { Project } from '../../db/projects.ts'
import { listRecentEvents } from '../../db/recent-events.ts'
import { readEvent } from '../../db/stored-events.ts'
import { groupingSubject } from '../../pipeline/grouping-settings.ts'
import { type Trial, tryRules } from '../../pipeline/try-rules.ts'
import { clockTime, cutEnd, plural, type Viewer } from '../format.ts'
import { type Action, keptInProject, type SettingsContext, valueSection } from './section.ts'

/** Newest events that rules are tried on; each payload is read, so this bounds what a trial costs. */
export const triedEvents = 200
const shownMatches = 50

/** Tries rules on the newest kept events of the project, for the page and the API. */
export async function tryOnRecent({ db, project }: SettingsContext<Project>, rules: string): Promise<Trial> {
  const stored = await listRecentEvents(db, project.id, triedEvents)
  return tryRules(
    rules,
    stored.map((one) => ({ event: readEvent(one), issueId: one.issueId })),
  )
}

/** What the page shows of a trial. */
export function trialView({ problems, tried, matched, issuesNow, issuesThen }: Trial, viewer: Viewer) {
  const words =
    tried === 0
      ? 'No event of this project is kept, so there is nothing to try them on.'
      : matched.length === 0
        ? `No rule matches any of the newest ${plural(tried, 'event')}.`
        : `${plural(matched.length, 'event')} of the newest ${tried} ${matched.length === 1 ? 'matches' : 'match'}: ` +
          `now in ${plural(issuesNow, 'issue')}, with these rules in ${issuesThen}.`
  return {
    problems: problems.map(({ line, reason }) => `Line ${line}: ${reason}`),
    words: problems.length > 0 ? null : words,
    rows: matched.slice(0, shownMatches).map((one) => ({
      title: cutEnd(one.title, 120),
      href: `/issues/${one.issueId}/events/${one.eventId}`,
      time: clockTime(one.receivedAt, viewer),
      line: one.line,
      fingerprint: one.fingerprint.length > 0 ? cutEnd(one.fingerprint.join(', '), 200) : 'the default',
      newTitle: one.newTitle === null ? null : cutEnd(one.newTitle, 120),
    })),
    more: Math.max(0, matched.length - shownMatches),
  }
}

const tryOut: Action<Project> = {
  name: 'try',
  who: 'writer',
  run: async (page, form) => {
    const rules = form.get('rules') ?? ''
    const trial = trialView(await tryOnRecent(page, rules), page.viewer)
    return { extra: { value: { rules }, problems: {}, trial } }
  },
}

export const grouping = valueSection({
  key: 'grouping',
  title: 'Grouping',
  who: { view: 'person', change: 'writer' },
  template: 'pages/settings-grouping',
  kept: keptInProject(groupingSubject),
  actions: [tryOut],
  fromForm: (form) => ({ rules: form.get('rules') ?? '' }),
  view: (_page, value, problems) => ({ value, problems, trial: null }),
})
