// The settings section "Filing", its API value, and the banner where filing has failed for good.
import type { Express } from 'express'
import { beforeAll, describe, expect, test } from 'vitest'
import { insertAlerts } from '../../../collector/db/alerts.ts'
import { readProjectSettings } from '../../../collector/db/kept-settings.ts'
import { findProject } from '../../../collector/db/projects.ts'
import { filingSubject } from '../../../collector/trackers/filing-settings.ts'
import { openDashboard, signedIn } from '../../support/dashboard.ts'
import { onEachDatabase } from '../../support/database.ts'
import { seedTypical } from '../../support/scenes/typical.ts'
import { seedNow } from '../../support/seed.ts'

onEachDatabase('the filing section', (db) => {
  let app: Express
  let mara: Awaited<ReturnType<typeof signedIn>>
  let slug: string
  let projectId: number
  beforeAll(async () => {
    await seedTypical(db())
    app = openDashboard(db()).app
    mara = await signedIn(db(), app)
    const row = await db()
      .selectFrom('issues')
      .innerJoin('projects', 'projects.id', 'issues.project_id')
      .select(['projects.slug', 'projects.id'])
      .limit(1)
      .executeTakeFirstOrThrow()
    slug = row.slug
    projectId = row.id
  })

  const here = () => `/projects/${slug}/settings/filing`
  const form = {
    repository: 'perron/rider',
    defaultRepository: 'perron/rider',
    budgetPerHour: '7',
    stormIssues: '10',
    stormMinutes: '10',
    lastsMinutes: '60',
    labels: 'bug, from app,',
    assignees: '',
    escalationLabels: 'urgent',
    escalationAssignees: 'octocat',
    titleTemplate: '[{{ project }}] {{ title }}',
    bodyTemplate: 'Seen: {{ seen }}\r\n\r\n{{ error }}',
    comments: 'on',
  }
  const stored = () => readProjectSettings(db(), projectId, filingSubject)

  test('saves what the form says, and shows it with a preview', async () => {
    await mara
      .post(here())
      .type('form')
      .send({ ...form, mayBePublic: 'on' })
      .expect(303)
    expect(await stored()).toEqual({
      dryRun: false,
      comments: true,
      labels: ['bug', 'from app'],
      assignees: [],
      escalationLabels: ['urgent'],
      escalationAssignees: ['octocat'],
      titleTemplate: '[{{ project }}] {{ title }}',
      bodyTemplate: 'Seen: {{ seen }}\n\n{{ error }}',
      budgetPerHour: 7,
      stormIssues: 10,
      stormMinutes: 10,
      lastsMinutes: 60,
      publicRepository: 'perron/rider',
    })
    const { text } = await mara.get(here()).expect(200)
    expect(text).toContain('value="bug, from app"')
    expect(text).toContain('untrusted data')
    expect(text).toContain('the hidden marker')
    const audit = await db().selectFrom('audit_log').selectAll().orderBy('id', 'desc').limit(1).execute()
    expect(audit).toMatchObject([{ action: 'settings.saved', subject: 'filing', project_id: projectId }])
  })

  test('another repository is not public by the confirmation of the former', async () => {
    await mara
      .post(here())
      .type('form')
      .send({ ...form, mayBePublic: 'on' })
      .expect(303)
    await mara
      .post(here())
      .type('form')
      .send({ ...form, repository: 'perron/open' })
      .expect(303)
    expect(await stored()).toMatchObject({ publicRepository: null })
    expect(await findProject(db(), slug)).toMatchObject({ repository: 'perron/open' })
  })

  test('refuses a bad template with the place and the reason, and keeps what was typed', async () => {
    const bad = {
      ...form,
      bodyTemplate: 'Fine\n`{{ error }}`',
      labels: 'x'.repeat(60),
      budgetPerHour: 'many',
    }
    const { text } = await mara.post(here()).type('form').send(bad).expect(422)
    expect(text).toContain('line 2, column 1: a backtick')
    expect(text).toContain('A label has at most 50 characters.')
    expect(text).toContain('A whole number from 1 to 500.')
    expect(text).toContain('`{{ error }}`')
    expect(await stored()).toMatchObject({ bodyTemplate: 'Seen: {{ seen }}\n\n{{ error }}' })
  })

  test('previews templates that are not saved, or says what is wrong with them', async () => {
    const good = { titleTemplate: 'Preview {{ level }}', bodyTemplate: '{{ notice }}\n\n{{ frames }}' }
    const { text } = await mara.post(`${here()}/preview`).type('form').send(good).expect(200)
    expect(text).toContain('Preview ')
    expect(text).toMatch(/^<div id="filing-preview"/)
    const bad = await mara
      .post(`${here()}/preview`)
      .type('form')
      .send({ titleTemplate: '{{ nonsense }}', bodyTemplate: '' })
    expect(bad.text).toContain('there is no placeholder {{ nonsense }}')
  })

  test('shows a viewer everything and lets them change nothing', async () => {
    const viewer = await signedIn(db(), app, 'viewer')
    const { text } = await viewer.get(here()).expect(200)
    expect(text).toContain('disabled')
    await viewer.post(here()).type('form').send(form).expect(403)
  })

  describe('where filing failed for good', () => {
    test('every page says so, in the tracker’s words, until it is mended', async () => {
      const issue = await db()
        .selectFrom('issues')
        .select('id')
        .where('project_id', '=', projectId)
        .limit(1)
        .executeTakeFirstOrThrow()
      await mara.post(here()).type('form').send(form).expect(303)
      const alert = { projectId, issueId: issue.id, episode: 900, rule: 'burst' as const, facts: {} }
      await insertAlerts(db(), [{ ...alert, at: seedNow }])
      const failed = {
        permanent: true,
        error: 'Issues are switched off there.',
        error_at: new Date(seedNow.getTime() + 1),
      }
      await db()
        .updateTable('alerts')
        .set({ ...failed, run_at: new Date(seedNow.getTime() + 3_600_000) })
        .where('episode', '=', 900)
        .execute()
      for (const path of ['/issues', '/projects', '/relays', here(), '/jump?q=x', '/keys', '/nowhere']) {
        const { text } = await mara.get(path).expect(path === '/nowhere' ? 404 : 200)
        expect(text, path).toContain('Filing has stopped for perron/rider.')
        expect(text, path).toContain('Issues are switched off there at ')
      }
      await mara
        .post(here())
        .type('form')
        .send({ ...form, budgetPerHour: '8' })
        .expect(303)
      const due = await db()
        .selectFrom('alerts')
        .select('run_at')
        .where('episode', '=', 900)
        .executeTakeFirstOrThrow()
      expect(due.run_at).toEqual(seedNow)
    })
  })
})
