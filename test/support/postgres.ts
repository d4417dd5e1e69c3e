// A database of its own on the test server, for programs that migrate it themselves.
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { withDatabaseName } from './template-database.ts'

/** @param url of any database of the server */
export async function freshServerDatabase(url: string): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `postern_test_${randomBytes(6).toString('hex')}`
  const run = async (statement: string) => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(statement)
    await client.end()
  }
  await run(`create database ${name}`)
  return { url: withDatabaseName(url, name), drop: () => run(`drop database ${name} with (force)`) }
}
