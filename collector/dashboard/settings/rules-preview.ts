// What the rules in the form would have filed last week, as the preview beside it shows it: two figures, a pair of bars
// for each day, and the issues that make the difference.
import { readDetectionWeek } from '../../db/detection-preview.ts'
import type { Project } from '../../db/projects.ts'
import { type PreviewedAlert, previewRules, type RulesPreview } from '../../detect/preview-rules.ts'
import { type DetectionSettings, detectionSubject, rulesOf } from '../../detect/rules.ts'
import { clockText, cutEnd, exactCount, plural, shortCount, type Viewer, weekday } from '../format.ts'
import { ruleNames } from '../rule-words.ts'
import type { Problems, SettingsContext } from './section.ts'

const dayMs = 86_400_000
const days = 7
const shownIssues = 5
/** Height of the bars, and room between a day's start and the next. */
const chart = { height: 56, step: 44 }

/** The value as entered, but with the parts that can't be read as they are kept. */
export function readableParts(
  entered: DetectionSettings,
  kept: DetectionSettings,
  problems: Problems,
): DetectionSettings {
  const wrong = new Set(Object.keys(problems).map((path) => path.split('.')[0]))
  const parts = Object.entries(entered).filter(([part]) => !wrong.has(part))
  return detectionSubject.schema.parse({ ...kept, ...Object.fromEntries(parts) })
}

/**
 * Looks at last week with other rules; sends nothing and changes nothing.
 * @param entered as the form has it, readable
 */
export async function lastWeekWith(
  { db, project, now }: Pick<SettingsContext<Project>, 'db' | 'project' | 'now'>,
  kept: DetectionSettings,
  entered: DetectionSettings,
  viewer: Viewer,
) {
  const span = { from: new Date(now.getTime() - days * dayMs), until: now }
  const { issues, isWhole } = await readDetectionWeek(db, project.id, span.from)
  const preview = previewRules(issues, rulesOf(kept), rulesOf(entered), span)
  return rulesPreviewView(preview, isWhole, span, viewer)
}

export function rulesPreviewView(
  { filed, withChanges, added, dropped }: RulesPreview,
  isWhole: boolean,
  { from }: { readonly from: Date },
  viewer: Viewer,
) {
  const byDay = (alerts: readonly PreviewedAlert[]) => {
    const counts = Array.from({ length: days }, () => 0)
    for (const { at } of alerts) {
      const day = Math.min(days - 1, Math.max(0, Math.floor((at.getTime() - from.getTime()) / dayMs)))
      counts[day] = (counts[day] ?? 0) + 1
    }
    return counts
  }
  const [asWas, asWould] = [byDay(filed), byDay(withChanges)]
  const peak = Math.max(1, ...asWas, ...asWould)
  const heightOf = (count: number) =>
    count === 0 ? 0 : Math.max(2, Math.round((chart.height * count) / peak))
  const differences = [
    ...added.map((alert) => ({ alert, sign: 'plus' as const })),
    ...dropped.map((alert) => ({ alert, sign: 'minus' as const })),
  ]
  return {
    filed: exactCount(filed.length),
    withChanges: exactCount(withChanges.length),
    height: chart.height,
    width: days * chart.step,
    days: asWas.map((was, day) => ({
      x: day * chart.step,
      was: heightOf(was),
      would: heightOf(asWould[day] ?? 0),
      // A day of 24 hours is called by the day that it ends in.
      label: weekday(new Date(from.getTime() + (day + 1) * dayMs), viewer),
      words: `${exactCount(was)} filed, ${exactCount(asWould[day] ?? 0)} with your changes`,
    })),
    differences: differences.slice(0, shownIssues).map(({ alert, sign }) => ({
      sign,
      word: sign === 'plus' ? 'Filed too' : 'Not filed',
      title: cutEnd(alert.issue.title, 90),
      href: `/issues/${alert.issue.id}`,
      why: whyOf(alert, sign, viewer),
      events: shortCount([...alert.issue.hours.values()].reduce((sum, events) => sum + events, 0)),
    })),
    more: differences.length > shownIssues ? plural(differences.length - shownIssues, 'more issue') : null,
    note: isWhole ? '' : ' Only the newest are looked at: this project has more.',
  }
}

/** "burst, Tue 19:00"; what would be filed no more: "was burst, Tue 19:12". */
function whyOf({ rule, at }: PreviewedAlert, sign: 'plus' | 'minus', viewer: Viewer): string {
  return `${sign === 'minus' ? 'was ' : ''}${ruleNames[rule]}, ${weekday(at, viewer)} ${clockText(at, viewer)}`
}
