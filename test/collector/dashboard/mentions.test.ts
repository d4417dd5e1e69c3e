// Whom a comment can mention: people who can sign in and see the project, by a name that the text can hold.
import { beforeAll, expect, test } from 'vitest'
import { insertPerson, updateMember } from '../../../collector/db/people.ts'
import { openDashboard, signedIn } from '../../support/dashboard.ts'
import { onEachDatabase } from '../../support/database.ts'
import { seedTypical } from '../../support/scenes/typical.ts'
import { seedNow } from '../../support/seed.ts'

onEachDatabase('names in comments', (db) => {
  let mara: Awaited<ReturnType<typeof signedIn>>
  let issue: number
  const ids = new Map<string, number>()
  beforeAll(async () => {
    const { issueIds, projects } = await seedTypical(db())
    issue = issueIds[0] ?? 0
    const { app } = openDashboard(db())
    mara = await signedIn(db(), app, 'admin', 'Mara Lindqvist')
    const actor = { name: 'test', personId: null }
    const people = [
      ['Alice Åberg', 'alice@perron.example', null, false],
      ['Bob', 'bob@perron.example', [projects[0]?.id ?? 0], false],
      ['Charlie', 'charlie@perron.example', [projects[1]?.id ?? 0], false],
      ['Dora', 'dora@perron.example', null, true],
      ['Eve <script>', 'eve.smith@perron.example', null, false],
    ] as const
    for (const [name, email, projectIds, disabled] of people) {
      const row = { email, name, passwordHash: 'none', role: 'member' as const }
      const id = (await insertPerson(db(), row, seedNow))?.id ?? 0
      ids.set(name, id)
      await updateMember(db(), id, { role: 'member', projectIds, disabled }, actor, seedNow)
    }
  })

  const offered = async (q: string) => {
    const { text } = await mara.get(`/issues/${issue}/mention`).query({ q }).expect(200)
    return [...text.matchAll(/data-name="([^"]*)"/g)].map((match) => match[1])
  }

  test('only who may see the project and can sign in is offered', async () => {
    expect(await offered('')).toEqual(['alice.åberg', 'bob', 'eve.smith', 'mara.lindqvist'])
  })

  test('any word of the name or address is completed', async () => {
    expect(await offered('åb')).toEqual(['alice.åberg'])
    expect(await offered('SCRIPT')).toEqual([])
    expect(await offered('eve.s')).toEqual(['eve.smith'])
    expect(await offered('lind')).toEqual(['mara.lindqvist'])
    expect(await offered('%')).toEqual([])
  })

  test('a comment mentions those it was completed with, and nobody who may not see it', async () => {
    const text = '@alice.åberg, (@bob) @charlie @dora @eve.smith'
    await mara.post(`/issues/${issue}`).type('form').send({ action: 'comment', text, back: '/' }).expect(303)
    const { facts } = await db()
      .selectFrom('issue_changes')
      .select('facts')
      .where('kind', '=', 'comment')
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow()
    const mentioned = ['Alice Åberg', 'Bob', 'Eve <script>'].map((name) => ids.get(name))
    expect((facts as { mentioned: number[] }).mentioned.sort()).toEqual(mentioned.sort())
  })
})
