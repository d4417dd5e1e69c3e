// Where notifications go: destinations with what each hears of, a test of each, and what became of the last
// message. An address or secret is never shown again.
import { randomUUID } from 'node:crypto'
import { AppError } from '../../../shared/errors.ts'
import {
  createDestination,
  type Destination,
  deleteDestination,
  getDestination,
  listDestinations,
  noteDestination,
  updateDestination,
} from '../../db/destinations.ts'
import { listProjects } from '../../db/projects.ts'
import type { DestinationKind } from '../../db/schema.ts'
import { describeTarget, type QuietHours } from '../../notify/destination.ts'
import { destinationJson, formInput, readDestination } from '../../notify/destination-form.ts'
import { kindWords, notifyKinds } from '../../notify/kinds.ts'
import { testMessage } from '../../notify/message.ts'
import { newWebhookSecret } from '../../notify/webhook.ts'
import { agoTime, clockTime, cutEnd } from '../format.ts'
import { type Action, actionSection, type Form, mendable, type SettingsPage } from './section.ts'

type Page = SettingsPage<null>
type ProjectChoice = { readonly id: number; readonly slug: string }

const kindNames: Readonly<Record<DestinationKind, string>> = {
  slack: 'Slack',
  webhook: 'Webhook',
  mail: 'Mail',
}
const addWords: Readonly<Record<DestinationKind, string>> = {
  slack: 'Add a Slack channel',
  webhook: 'Add a webhook',
  mail: 'Add mail recipients',
}
const usualKinds: readonly string[] = notifyKinds.filter((kind) => kind !== 'filed' && kind !== 'resolved')

/** The fields as they stand: of a destination, of what was just typed, or of a new one. */
function fieldsView(
  kind: DestinationKind,
  from: {
    readonly name: string
    readonly to: string
    readonly url: string
    readonly mentionHere: boolean
    readonly kinds: readonly string[]
    readonly projectIds: readonly number[] | null
    readonly quietHours: QuietHours | null
  },
  projects: readonly ProjectChoice[],
) {
  const hours = from.quietHours
  return {
    kind,
    name: from.name,
    to: from.to,
    url: from.url,
    mentionHere: from.mentionHere,
    kinds: notifyKinds.map((value) => ({
      value,
      words: kindWords[value],
      checked: from.kinds.includes(value),
    })),
    allProjects: from.projectIds === null,
    projects: projects.map(({ id, slug }) => ({
      id,
      slug,
      checked: from.projectIds?.includes(id) ?? false,
    })),
    quiet: {
      on: hours !== null,
      from: hours?.from ?? '22:00',
      until: hours?.to ?? '07:00',
      timeZone: hours?.timeZone ?? 'UTC',
      passEscalations: hours?.passEscalations ?? true,
    },
  }
}

function fieldsOf({ name, kind, target, choice }: Destination, projects: readonly ProjectChoice[]) {
  const to = target.kind === 'mail' ? target.to.join(', ') : ''
  const mentionHere = target.kind === 'slack' && target.mentionHere
  return fieldsView(kind, { name, to, url: '', mentionHere, ...choice }, projects)
}

function newFields(kind: DestinationKind, projects: readonly ProjectChoice[]) {
  const empty = { name: '', to: '', url: '', mentionHere: false, projectIds: null, quietHours: null }
  return fieldsView(kind, { ...empty, kinds: usualKinds }, projects)
}

/** What was typed, to be mended. */
function typedFields(kind: DestinationKind, form: Form, projects: readonly ProjectChoice[]) {
  const input = formInput(form)
  return fieldsView(
    kind,
    {
      name: form.get('name') ?? '',
      to: form.get('to') ?? '',
      url: form.get('url') ?? '',
      mentionHere: form.has('mentionHere'),
      kinds: input.kinds as readonly string[],
      projectIds: input.projectIds as readonly number[] | null,
      quietHours: input.quietHours as QuietHours | null,
    },
    projects,
  )
}

async function listProjectChoices({ db }: Page): Promise<ProjectChoice[]> {
  return (await listProjects(db)).map(({ id, slug }) => ({ id, slug }))
}

function idOf(form: Form): number {
  const id = form.get('destination') ?? ''
  if (!/^\d{1,15}$/.test(id)) throw new AppError('not_found', 'There is no such destination.')
  return Number(id)
}

function destinationView(destination: Destination, page: Page, projects: readonly ProjectChoice[]) {
  const { id, name, kind, target, choice, pausedAt, sentAt, error, errorAt } = destination
  const { viewer } = page
  return {
    id,
    name: cutEnd(name, 100),
    kindName: kindNames[kind],
    target: describeTarget(target),
    hears:
      choice.kinds.length === notifyKinds.length
        ? 'everything'
        : choice.kinds.map((one) => kindWords[one].toLowerCase()).join(', ') || 'nothing',
    where:
      choice.projectIds === null
        ? 'all projects'
        : projects
            .filter((project) => choice.projectIds?.includes(project.id))
            .map(({ slug }) => slug)
            .join(', ') || 'no project',
    quiet:
      choice.quietHours &&
      `${choice.quietHours.from} to ${choice.quietHours.to}, ${choice.quietHours.timeZone}`,
    paused: pausedAt !== null,
    sent: sentAt ? agoTime(sentAt, viewer) : null,
    error: error && errorAt ? { text: error, time: clockTime(errorAt, viewer) } : null,
    fields: fieldsOf(destination, projects),
  }
}

const create: Action<null> = {
  name: 'create',
  who: 'admin',
  async run(page, form) {
    const { db, now, actor } = page
    try {
      const { name, target, choice } = readDestination(formInput(form), null)
      await createDestination(db, { name, target, choice }, now, actor)
      return target.kind === 'webhook' ? { extra: { secret: { name, secret: target.secret } } } : undefined
    } catch (error) {
      const kind = form.get('kind')
      if (kind !== 'slack' && kind !== 'webhook' && kind !== 'mail') throw error
      const fields = typedFields(kind, form, await listProjectChoices(page))
      return { extra: { problem: { at: `new-${kind}`, text: mendable(error), fields } } }
    }
  },
}

const save: Action<null> = {
  name: 'save',
  who: 'admin',
  async run(page, form) {
    const { db, now, actor } = page
    const before = await getDestination(db, idOf(form))
    try {
      await updateDestination(db, before.id, readDestination(formInput(form), before), now, actor)
      return undefined
    } catch (error) {
      const fields = typedFields(before.kind, form, await listProjectChoices(page))
      return { extra: { problem: { at: `edit-${before.id}`, text: mendable(error), fields } } }
    }
  },
}

const test: Action<null> = {
  name: 'test',
  who: 'admin',
  async run({ db, now, config, send }, form) {
    const destination = await getDestination(db, idOf(form))
    const result = await send(destination.target, testMessage(randomUUID(), config.url, now), now)
    await noteDestination(db, destination.id, { at: now, error: result.ok ? null : result.message })
    const text = result.ok ? 'The test message arrived there.' : result.message
    return { extra: { tested: { id: destination.id, ok: result.ok, text } } }
  },
}

const others: readonly Action<null>[] = [
  {
    name: 'pause',
    who: 'admin',
    run: async ({ db, now, actor }, form) => {
      await updateDestination(db, idOf(form), { paused: form.get('paused') === 'yes' }, now, actor)
      return undefined
    },
  },
  {
    name: 'delete',
    who: 'admin',
    run: async ({ db, now, actor }, form) => {
      await deleteDestination(db, idOf(form), now, actor)
      return undefined
    },
  },
  {
    name: 'new-secret',
    who: 'admin',
    async run({ db, now, actor }, form) {
      const { id, name, target } = await getDestination(db, idOf(form))
      if (target.kind !== 'webhook') throw new AppError('invalid_request', 'Only webhooks are signed.')
      const secret = newWebhookSecret()
      await updateDestination(db, id, { target: { ...target, secret } }, now, actor)
      return { extra: { secret: { name, secret } } }
    },
  },
]

export const notifications = actionSection<null>({
  key: 'notifications',
  title: 'Notifications',
  who: { view: 'admin', change: 'admin' },
  template: 'pages/settings-notifications',
  count: async ({ db }) => (await listDestinations(db)).length,
  read: async ({ db }) => ({ destinations: (await listDestinations(db)).map(destinationJson) }),
  async view(page) {
    const [destinations, projects] = await Promise.all([listDestinations(page.db), listProjectChoices(page)])
    return {
      destinations: destinations.map((one) => destinationView(one, page, projects)),
      fresh: (['slack', 'webhook', 'mail'] as const).map((kind) => ({
        at: `new-${kind}`,
        label: addWords[kind],
        fields: newFields(kind, projects),
      })),
      mailIsSet: page.config.mail !== null,
      problem: null,
      tested: null,
      secret: null,
    }
  },
  actions: [create, save, test, ...others],
})
