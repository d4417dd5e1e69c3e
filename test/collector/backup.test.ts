// Backup, restore and move: what comes out is all that went in, on both databases and across them; and a file that
// isn't whole restores nothing.
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readBackupFile, writeBackupFile } from '../../collector/backup-file.ts'
import { prepareAfterRestore } from '../../collector/db/after-restore.ts'
import type { Database, OpenDatabase } from '../../collector/db/database.ts'
import { type DumpHeader, type DumpRecord, dumpStore } from '../../collector/db/dump-store.ts'
import { ensureInstallation, getProjectsVersion } from '../../collector/db/installation.ts'
import { loadStore } from '../../collector/db/load-store.ts'
import { readWholeStore } from '../support/compare-stores.ts'
import { freshPglite, freshPostgres, onEachDatabase, postgresAvailable } from '../support/database.ts'
import { seedTypical } from '../support/scenes/typical.ts'
import { seedNow } from '../support/seed.ts'

const later = new Date(seedNow.getTime() + 3_600_000)
const dir = mkdtempSync(join(tmpdir(), 'postern-backup-'))
const file = join(dir, 'store.backup')
const kinds = postgresAvailable ? (['PGlite', 'PostgreSQL'] as const) : (['PGlite'] as const)
const opened: OpenDatabase[] = []

afterAll(async () => {
  for (const store of opened) await store.close()
  rmSync(dir, { recursive: true, force: true })
})

async function freshStore(kind: 'PGlite' | 'PostgreSQL'): Promise<Database> {
  const store = kind === 'PGlite' ? await freshPglite() : await freshPostgres()
  opened.push(store)
  return store.db
}

/** What no scene holds: text that needs quoting, bytes of every value, microseconds, numbers beyond 2^53. */
async function addOddValues(db: Database): Promise<void> {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, value) => value))
  await sql`insert into dead_letters (id, relay_url, project_id, received_at, died_at, step, error, facts, body)
    values (gen_random_uuid(), ${'a "quoted" \\ url\n\t{},'}, 9007199254740993, '2026-11-18 03:08:00.123456+00',
      'infinity', 'decode', ${'🜁 \u2028 \u202e'}, ${JSON.stringify({ 'k"': [1.5, null, '\\'] })}::jsonb, ${bytes})`.execute(
    db,
  )
}

async function collect(source: AsyncIterable<DumpRecord>): Promise<DumpRecord[]> {
  const all: DumpRecord[] = []
  for await (const record of source) all.push(record)
  return all
}

async function* recordsOf(records: readonly DumpRecord[]): AsyncGenerator<DumpRecord> {
  yield* records
}

onEachDatabase('backup and restore', (db) => {
  let records: DumpRecord[]

  beforeAll(async () => {
    await ensureInstallation(db(), seedNow)
    await seedTypical(db())
    await addOddValues(db())
    records = await collect(dumpStore(db(), later))
  })

  test.each(kinds)('a restored store in %s holds all that the backed up one held', async (kind) => {
    await writeBackupFile(file, dumpStore(db(), later))
    const target = await freshStore(kind)
    const loaded = await loadStore(target, readBackupFile(file))
    const [before, after] = [await readWholeStore(db()), await readWholeStore(target)]
    expect(after).toEqual(before)
    expect(loaded).toEqual({ madeAt: later, rows: Object.values(before.rows).flat().length })
    expect(before.rows.events?.length).toBeGreaterThan(3)
    expect(before.rows.dead_letters?.join()).toContain('infinity')
    expect(before.partitions.length).toBeGreaterThan(3)
    // New rows get ids of their own.
    await target
      .insertInto('feedback')
      .values({ project_id: 1, received_at: later, message: 'new' })
      .execute()
  })

  test('a backup is readable by its owner only and replaces an older one', async () => {
    writeFileSync(file, 'an older one')
    await writeBackupFile(file, dumpStore(db(), later))
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect((await collect(readBackupFile(file))).length).toBe(records.length)
  })

  test('a write that happens meanwhile is in the backup whole or not at all', async () => {
    const before = await readWholeStore(db())
    const dump = dumpStore(db(), later)
    const taken: DumpRecord[] = []
    // The snapshot is taken with the first query; PGlite has one connection and makes the writer wait.
    taken.push((await dump.next()).value as DumpRecord)
    const writing = db().updateTable('projects').set({ name: 'changed meanwhile' }).execute()
    for await (const record of dump) taken.push(record)
    await writing
    expect(JSON.stringify(taken)).not.toContain('changed meanwhile')
    expect(taken.length).toBe(records.length)
    expect(before.rows.projects?.join()).not.toContain('changed meanwhile')
  })

  test('a store with data of its own is left alone', async () => {
    const before = await readWholeStore(db())
    await expect(loadStore(db(), recordsOf(records))).rejects.toMatchObject({ code: 'store_not_empty' })
    expect(await readWholeStore(db())).toEqual(before)
  })

  describe('a backup that is not whole restores nothing', () => {
    let target: Database
    beforeAll(async () => {
      target = await freshStore('PGlite')
    })
    async function expectRefused(source: AsyncIterable<DumpRecord>, code = 'invalid_backup'): Promise<void> {
      await expect(loadStore(target, source)).rejects.toMatchObject({ code })
      const { rows } = await readWholeStore(target)
      expect(Object.values(rows).flat()).toEqual([])
    }

    test('cut short between two records', () => expectRefused(recordsOf(records.slice(0, -1))))
    test('a row missing', () => {
      const at = records.findLastIndex(Array.isArray)
      return expectRefused(recordsOf(records.toSpliced(at, 1)))
    })
    test('a file cut short', async () => {
      await writeBackupFile(file, recordsOf(records))
      truncateSync(file, statSync(file).size - 20)
      await expectRefused(readBackupFile(file))
    })
    test('a file with one bit changed', async () => {
      await writeBackupFile(file, recordsOf(records))
      const bytes = readFileSync(file)
      bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1)
      writeFileSync(file, bytes)
      await expectRefused(readBackupFile(file))
    })
    test('another file', async () => {
      writeFileSync(file, 'no backup at all')
      await expectRefused(readBackupFile(file))
      await expectRefused(readBackupFile(join(dir, 'none')))
    })
    test('a partition whose bound is a statement', () =>
      expectRefused(
        recordsOf(
          records.map((record) =>
            'partition' in record ? { ...record, bound: 'DEFAULT; drop table projects' } : record,
          ),
        ),
      ))
    test('a column that is none', () =>
      expectRefused(
        recordsOf(
          records.map((record) => ('table' in record ? { ...record, columns: ['id); drop'] } : record)),
        ),
      ))
    test('one of a newer version', () => {
      const [header, ...rest] = records
      const newer = { ...(header as DumpHeader), migrations: ['0001-first', '9999-later'] }
      return expectRefused(recordsOf([newer, ...rest]), 'schema_too_new')
    })
  })

  test('after a restore relays take our projects, and what waited is looked for before it is filed', async () => {
    const target = await freshStore('PGlite')
    await loadStore(target, recordsOf(records), (trx) => prepareAfterRestore(trx, later))
    expect(await getProjectsVersion(target)).toBeGreaterThan(await getProjectsVersion(db()))
    const waiting = await target.selectFrom('alerts').selectAll().where('done_at', 'is', null).execute()
    expect(waiting.length).toBeGreaterThan(0)
    expect(waiting.filter(({ sent_at }) => sent_at === null)).toEqual([])
    const newest = await db()
      .selectFrom('issues')
      .select('id')
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow()
    const { rows } = await sql<{ next: number }>`
      select nextval(pg_get_serial_sequence('issues', 'id')) as next`.execute(target)
    expect(rows[0]?.next).toBeGreaterThan(newest.id + 100_000)
  })
})
