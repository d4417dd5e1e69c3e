// People: who there is, what each may do and see, invitations, links for a new password. Links are shown once, to
// the admin who made them, and handed on by whatever channel the team trusts.
import { z } from 'zod'
import { AppError } from '../../../shared/errors.ts'
import { type Invitation, listInvitations, withdrawInvitation } from '../../db/invitations.ts'
import { canonicalEmail, isKnownEmail, listMembers, type Member, updateMember } from '../../db/people.ts'
import { listProjects, type Project } from '../../db/projects.ts'
import { removeTotp } from '../../db/second-factor.ts'
import { agoTime, clockTime, cutEnd, initials, plural, type Viewer } from '../format.ts'
import { actionSection, type Form, mendable, type SettingsPage } from './section.ts'

const role = z.enum(['admin', 'member', 'viewer'])
const roles = [
  { value: 'viewer', label: 'Viewer', words: 'sees everything, changes nothing' },
  { value: 'member', label: 'Member', words: 'works on issues, projects and their settings' },
  { value: 'admin', label: 'Admin', words: 'also people, tokens and everything here' },
] as const

function seesWords(projectIds: readonly number[] | null): string {
  return projectIds === null ? 'all projects' : plural(projectIds.length, 'project')
}

function memberView(member: Member, me: number, viewer: Viewer) {
  const proofs = [
    member.hasPassword ? 'password' : null,
    member.hasTotp ? 'second factor' : null,
    member.hasSso ? 'single sign-on' : null,
  ].filter((proof) => proof !== null)
  return {
    id: member.id,
    name: cutEnd(member.name, 100),
    email: member.email,
    initials: initials(member.name),
    role: member.role,
    sees: seesWords(member.projectIds),
    proofs: proofs.join(', '),
    seen: member.lastSeenAt ? agoTime(member.lastSeenAt, viewer) : null,
    isDisabled: member.disabledAt !== null,
    hasTotp: member.hasTotp,
    isMe: member.id === me,
  }
}

function invitationView(invitation: Invitation, viewer: Viewer) {
  return {
    id: invitation.id,
    email: invitation.email,
    role: invitation.role,
    sees: seesWords(invitation.projectIds),
    expires: clockTime(invitation.expiresAt, viewer),
    by: invitation.invitedBy,
  }
}

/** What of the projects is ticked; null: all. */
function projectIdsFrom(form: Form, projects: readonly Project[]): number[] | null {
  if (form.get('sees') !== 'some') return null
  return projects.filter(({ id }) => form.has(`project-${id}`)).map(({ id }) => id)
}

function projectChoices(projects: readonly Project[], chosen: readonly number[] | null) {
  return projects.map(({ id, slug }) => ({ id, slug, checked: chosen?.includes(id) ?? false }))
}

async function memberOf({ db }: SettingsPage<null>, form: Form): Promise<Member> {
  const found = (await listMembers(db)).find((one) => String(one.id) === form.get('person'))
  if (!found) throw new AppError('not_found', 'There is no such person.')
  return found
}

const idPattern = /^\d{1,15}$/

export const members = actionSection<null>({
  key: 'members',
  title: 'Members',
  who: { view: 'admin', change: 'admin' },
  template: 'pages/settings-members',
  count: async ({ db }) => (await listMembers(db)).filter((one) => one.disabledAt === null).length,
  async view({ db, now, viewer, person, query }) {
    const [people, invitations, projects] = await Promise.all([
      listMembers(db),
      listInvitations(db, now),
      listProjects(db),
    ])
    const edited = people.find((one) => String(one.id) === query.get('person'))
    return {
      people: people.map((one) => memberView(one, person.id, viewer)),
      invitations: invitations.map((one) => invitationView(one, viewer)),
      roles,
      edited: edited
        ? {
            ...memberView(edited, person.id, viewer),
            seesAll: edited.projectIds === null,
            projects: projectChoices(projects, edited.projectIds),
          }
        : null,
      projects: projectChoices(projects, null),
      fresh: null,
      entered: { email: '', role: 'member' },
      problem: null,
    }
  },
  read: async ({ db }) => ({
    people: (await listMembers(db)).map((one) => ({
      id: String(one.id),
      email: one.email,
      name: one.name,
      role: one.role,
      projects: one.projectIds,
      disabled: one.disabledAt !== null,
      lastSeen: one.lastSeenAt?.toISOString() ?? null,
    })),
  }),
  actions: [
    {
      name: 'invite',
      who: 'admin',
      async run(page, form) {
        const email = canonicalEmail(form.get('email') ?? '')
        const entered = { email, role: role.catch('member').parse(form.get('role')) }
        try {
          if (await isKnownEmail(page.db, email)) throw new AppError('conflict', `${email} has an account.`)
          const projectIds = projectIdsFrom(form, await listProjects(page.db))
          const url = await page.invite({ ...entered, projectIds })
          return { extra: { fresh: { email, url, isReset: false } } }
        } catch (error) {
          return { extra: { entered, problem: mendable(error) } }
        }
      },
    },
    {
      name: 'withdraw',
      who: 'admin',
      async run({ db, actor, now }, form) {
        const id = form.get('invitation') ?? ''
        if (!idPattern.test(id)) throw new AppError('not_found', 'There is no such invitation.')
        await withdrawInvitation(db, Number(id), actor, now)
      },
    },
    {
      name: 'change',
      who: 'admin',
      async run(page, form) {
        const { id } = await memberOf(page, form)
        const parsed = role.safeParse(form.get('role'))
        if (!parsed.success) throw new AppError('invalid_request', 'Choose a role.')
        const projectIds = projectIdsFrom(form, await listProjects(page.db))
        const change = { role: parsed.data, projectIds, disabled: form.has('disabled') }
        await updateMember(page.db, id, change, page.actor, page.now)
      },
    },
    {
      name: 'new-password',
      who: 'admin',
      async run(page, form) {
        const { email, role, projectIds } = await memberOf(page, form)
        const url = await page.invite({ email, role, projectIds })
        return { extra: { fresh: { email, url, isReset: true } } }
      },
    },
    {
      name: 'remove-second-factor',
      who: 'admin',
      async run(page, form) {
        await removeTotp(page.db, await memberOf(page, form), page.actor, page.now)
      },
    },
  ],
})
