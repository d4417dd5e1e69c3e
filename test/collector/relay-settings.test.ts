// What a team sets for its relays: kept with the project, pushed with the list that then is newer.
import { beforeAll, expect, test } from 'vitest'
import { ensureInstallation, getProjectsVersion, noteSealingKey } from '../../collector/db/installation.ts'
import { createProject, getProjectsForRelays } from '../../collector/db/projects.ts'
import { projectsRequest } from '../../shared/handover.ts'
import { openDashboard, signedIn } from '../support/dashboard.ts'
import { onEachDatabase } from '../support/database.ts'
import { seedNow } from '../support/seed.ts'

onEachDatabase('the settings of relays', (db) => {
  beforeAll(async () => void (await ensureInstallation(db(), seedNow)))

  test('saved in the form are what relays are told next, and make the list newer', async () => {
    const project = await createProject(db(), { name: 'Limits' }, seedNow)
    const mine = async () => {
      const request = projectsRequest.parse(await getProjectsForRelays(db()))
      return request.projects.find(({ id }) => id === project.id)
    }
    expect(await mine()).toEqual({ id: project.id, keys: [expect.any(String)] })
    const { app } = openDashboard(db())
    const mara = await signedIn(db(), app, 'admin', 'Mara limits')
    const before = await getProjectsVersion(db())
    const form = {
      perSecond: '20',
      burst: '50',
      announce: 'own',
      'unwanted.session': 'on',
      'unwanted.replay': 'on',
    }
    await mara.post('/projects/limits/settings/relay').type('form').send(form).expect(303)
    expect(await getProjectsVersion(db())).toBeGreaterThan(before)
    expect(await mine()).toMatchObject({
      limit: { per_second: 20, burst: 50 },
      unwanted: ['replay', 'session'],
    })
    const page = (await mara.get('/projects/limits/settings/relay').expect(200)).text
    expect(page).toMatch(/name="perSecond" value="20"/)
    expect(page).toMatch(/name="unwanted\.session" checked/)

    const none = { perSecond: '', burst: '', announce: 'own' }
    await mara.post('/projects/limits/settings/relay').type('form').send(none).expect(303)
    expect(await mine()).toEqual({ id: project.id, keys: [expect.any(String)], unwanted: [] })
    const version = await getProjectsVersion(db())
    await mara.post('/projects/limits/settings/relay').type('form').send(none).expect(303)
    expect(await getProjectsVersion(db())).toBe(version)
  })

  test('that make no sense are said at their field and change nothing', async () => {
    const project = await createProject(db(), { name: 'Nonsense' }, seedNow)
    const { app } = openDashboard(db())
    const mara = await signedIn(db(), app, 'admin', 'Mara nonsense')
    const before = await getProjectsVersion(db())
    for (const [form, sentence] of [
      [{ perSecond: 'many', burst: '5' }, 'Enter a number'],
      [{ perSecond: '0', burst: '5' }, 'At least 1'],
      [{ perSecond: '5', burst: '' }, 'Give both numbers'],
    ] as const) {
      const page = await mara.post(`/projects/${project.slug}/settings/relay`).type('form').send(form)
      expect(page.text).toContain(sentence)
    }
    expect(await getProjectsVersion(db())).toBe(before)
  })

  test('a sealing key is told to relays until another, or none, is given', async () => {
    await noteSealingKey(db(), 'postern_seal_public_one', seedNow)
    const first = await getProjectsForRelays(db())
    expect(first.sealing_key).toBe('postern_seal_public_one')
    await noteSealingKey(db(), 'postern_seal_public_one', seedNow)
    expect((await getProjectsForRelays(db())).version).toBe(first.version)
    await noteSealingKey(db(), null, seedNow)
    const last = await getProjectsForRelays(db())
    expect(last.version).toBeGreaterThan(first.version)
    expect(last.sealing_key).toBeUndefined()
  })
})
