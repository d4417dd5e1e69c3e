// What a failed query leaves in the log: drivers hang it, with all its parameters, on their errors.
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { createLog } from '../../shared/log.ts'
import { onEachDatabase } from '../support/database.ts'

onEachDatabase('the log', (db) => {
  test('of a failed query has its code and message, and none of its parameters', async () => {
    const error: unknown = await sql`insert into nowhere values (${'swordfish'})`
      .execute(db())
      .catch((thrown: unknown) => thrown)
    let line = ''
    const destination = {
      write(text: string) {
        line += text
      },
    }
    createLog('test', 'info', destination).error({ err: error }, 'a step failed')
    expect(line).not.toContain('swordfish')
    const { err } = JSON.parse(line)
    expect(err).toMatchObject({ code: '42P01', message: expect.stringContaining('nowhere') })
    expect(Object.keys(err).sort()).toEqual(['code', 'message', 'name', 'stack'])
  })
})
