// What a section of the settings is: one file beside this one, one template, one row in sections.ts. A section
// with a value has a form that saves it and an API that reads and writes the same value, by one schema; one
// without has actions only (revoke a key). Sections say what they do; pages.ts and the API do it.
import type { z } from 'zod'
import { AppError } from '../../../shared/errors.ts'
import type { Access, Person } from '../../access/access.ts'
import type { Actor } from '../../db/audit-log.ts'
import type { Database } from '../../db/database.ts'
import {
  readInstallationSettings,
  readProjectSettings,
  saveInstallationSettings,
  saveProjectSettings,
} from '../../db/kept-settings.ts'
import type { Project } from '../../db/projects.ts'
import type { Send } from '../../notify/send.ts'
import type { SettingsSubject } from '../../settings-subject.ts'
import type { DashboardConfig } from '../deps.ts'
import type { Viewer } from '../format.ts'
import type { Density, Theme } from '../viewer.ts'

/** Who may: anyone signed in, one who may change things, an admin. */
export type SectionWho = 'person' | 'writer' | 'admin'
/** Of one project, or (null) of the whole installation. */
export type Owner = Project | null

/** What loading and saving get, on pages and in the API alike. */
export type SettingsContext<P extends Owner> = {
  readonly db: Database
  readonly now: Date
  readonly actor: Actor
  readonly project: P
}

/** What a page's view and actions get. */
export type SettingsPage<P extends Owner> = SettingsContext<P> & {
  readonly config: DashboardConfig
  /** For the test of a destination. */
  readonly send: Send
  readonly viewer: Viewer
  readonly person: Person
  readonly theme: Theme
  readonly density: Density
  /** False: show the form, but nothing to press. */
  readonly mayChange: boolean
  /** Query of the address, e.g. a page of a list. */
  readonly query: Form
  /** Token of the login session that asks, hashed: to tell it from the person's others. */
  readonly sessionHash: string | null
  /** Ids of the projects that the person may see; null: all. */
  readonly scope: readonly number[] | null
  /** Gives this login session a new token, after a change of what lets the person in. */
  renewSession(): Promise<void>
  /** Asks for the password again, see access/sign-in.ts. */
  provePassword(password: string): ReturnType<Access['provePassword']>
  /** Makes a link to hand on, see access/invitation.ts. */
  invite(values: Parameters<Access['invite']>[0]): Promise<string>
}

/** A form as sent; fields that were sent twice have the last value. */
export type Form = ReadonlyMap<string, string>
/** A sentence for each field to mend, by its dotted path in the value; '' is the form as a whole. */
export type Problems = Readonly<Record<string, string>>

/** What comes of an action: back to the section, the section with something more to show, or a fragment. */
export type ActionResult =
  | undefined
  /** Added to the view; the page is kept nowhere, since this is where secrets are shown once. */
  | { readonly extra: object }
  | { readonly fragment: string; readonly view: object }

export type Action<P extends Owner> = {
  /** Last part of the address: `POST …/settings/<key>/<name>`. */
  readonly name: string
  readonly who: SectionWho
  run(page: SettingsPage<P>, form: Form): Promise<ActionResult>
}

/** How a section's value is kept. */
export type Kept<P extends Owner, T extends object> = {
  readonly schema: z.ZodType<T>
  load(context: SettingsContext<P>): Promise<T>
  /** Writes the value and its audit entry. @throws AppError 'invalid_request', 'conflict': shown at the form */
  save(context: SettingsContext<P>, value: T): Promise<void>
}

type Common<P extends Owner> = {
  /** Last part of the address. */
  readonly key: string
  readonly title: string
  readonly who: { readonly view: SectionWho; readonly change: SectionWho }
  /** Below templates/, with layout('/settings'). */
  readonly template: string
  readonly actions?: readonly Action<P>[]
  /** Stands beside the title in the list of sections. */
  count?(context: SettingsContext<P>): Promise<number>
}

export type ValueDefinition<P extends Owner, T extends object> = Common<P> & {
  readonly kept: Kept<P, T>
  /** The form in the shape of the value; whether it holds is the schema's to say. */
  fromForm(form: Form, before: T): T
  view(page: SettingsPage<P>, value: T, problems: Problems): Promise<object> | object
}

export type ActionDefinition<P extends Owner> = Common<P> & {
  view(page: SettingsPage<P>): Promise<object> | object
  /** What the API shows; absent: the section has no API. */
  read?(context: SettingsContext<P>): Promise<unknown>
}

export type Section<P extends Owner> = Common<P> & {
  readonly actions: readonly Action<P>[]
  /** The view as things stand. */
  show(page: SettingsPage<P>): Promise<object>
  /** Saves the form; what it can't take comes back as the view that says why. null: no form. */
  readonly submit: ((page: SettingsPage<P>, form: Form) => Promise<object | 'saved'>) | null
  /** For the API: the value; null: none. */
  readonly read: ((context: SettingsContext<P>) => Promise<unknown>) | null
  /** For the API: checks and saves; parts that are absent stay as they are. null: can't be written. */
  readonly write: ((context: SettingsContext<P>, body: unknown) => Promise<void>) | null
}

/** The sentences of a value that its schema refuses. */
export function problemsOf(error: z.ZodError): Problems {
  // The first problem of a field is the one to mend first.
  return Object.fromEntries(
    error.issues.map(({ path, message }): [string, string] => [path.join('.'), message]).reverse(),
  )
}

/** The body over the value: objects are merged, all else is replaced. */
function merged(before: unknown, change: unknown): unknown {
  const isPlain = (one: unknown): one is Record<string, unknown> =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
  if (!isPlain(before) || !isPlain(change)) return change
  const keys = Object.keys(change).filter((key) => change[key] !== undefined)
  return { ...before, ...Object.fromEntries(keys.map((key) => [key, merged(before[key], change[key])])) }
}

/** What the person can mend, as words at the form; anything else is thrown on. */
export function mendable(error: unknown): string {
  if (error instanceof AppError && (error.code === 'conflict' || error.code === 'invalid_request')) {
    return error.message
  }
  throw error
}

/** A section whose form and API save one value. */
export function valueSection<P extends Owner, T extends object>(
  definition: ValueDefinition<P, T>,
): Section<P> {
  const { kept, fromForm, view } = definition
  return {
    ...definition,
    actions: definition.actions ?? [],
    show: async (page) => view(page, await kept.load(page), {}),
    async submit(page, form) {
      const entered = fromForm(form, await kept.load(page))
      const parsed = kept.schema.safeParse(entered)
      if (!parsed.success) return view(page, entered, problemsOf(parsed.error))
      try {
        await kept.save(page, parsed.data)
        return 'saved'
      } catch (error) {
        return view(page, entered, { '': mendable(error) })
      }
    },
    read: (context) => kept.load(context),
    async write(context, body) {
      const parsed = kept.schema.safeParse(merged(await kept.load(context), body))
      if (!parsed.success) {
        const problems = Object.entries(problemsOf(parsed.error))
        const words = problems.map(([path, message]) => `${path || 'body'}: ${message}`).join('; ')
        throw new AppError('invalid_request', `Invalid body. ${words}`)
      }
      await kept.save(context, parsed.data)
    },
  }
}

/** A section that is a list with actions. */
export function actionSection<P extends Owner>(definition: ActionDefinition<P>): Section<P> {
  const { view, read } = definition
  return {
    ...definition,
    actions: definition.actions ?? [],
    show: async (page) => view(page),
    submit: null,
    read: read ? (context) => read(context) : null,
    write: null,
  }
}

/** A value kept as one subject of `projects.settings`. */
export function keptInProject<T extends object>(subject: SettingsSubject<T>): Kept<Project, T> {
  return {
    schema: subject.schema,
    load: ({ db, project }) => readProjectSettings(db, project.id, subject),
    save: ({ db, project, actor, now }, value) =>
      saveProjectSettings(db, project.id, subject, value, actor, now),
  }
}

/** A value kept as one subject of `installation.settings`. */
export function keptInInstallation<T extends object>(subject: SettingsSubject<T>): Kept<null, T> {
  return {
    schema: subject.schema,
    load: ({ db }) => readInstallationSettings(db, subject),
    save: ({ db, actor, now }, value) => saveInstallationSettings(db, subject, value, actor, now),
  }
}
