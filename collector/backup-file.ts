// A backup file: the records of a store as JSON lines, compressed with zstd and its checksum. Written under another name until it is whole
// and on disk, readable by its owner only: it holds password hashes and the secret that signs markers.
import { createReadStream, createWriteStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { StringDecoder } from 'node:string_decoder'
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib'
import { AppError } from '../shared/errors.ts'
import type { DumpRecord } from './db/dump-store.ts'

const compression = {
  params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
}

async function* toLines(records: AsyncIterable<DumpRecord>): AsyncGenerator<string> {
  let lines = ''
  for await (const record of records) {
    lines += `${JSON.stringify(record)}\n`
    if (lines.length < 64 * 1024) continue
    yield lines
    lines = ''
  }
  yield lines
}

/**
 * Writes all records; a file of that name is replaced only once the new one is whole.
 * @throws what the disk or the store throws; then nothing is left behind
 */
export async function writeBackupFile(path: string, records: AsyncIterable<DumpRecord>): Promise<void> {
  const partial = `${path}.partial`
  try {
    const target = createWriteStream(partial, { mode: 0o600, flush: true })
    await pipeline(Readable.from(toLines(records)), createZstdCompress(compression), target)
    await rename(partial, path)
    const folder = await open(dirname(path), 'r')
    await folder.sync().finally(() => folder.close())
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

/**
 * Reads a backup file, record by record.
 * @throws AppError 'invalid_backup': cannot be read, damaged, cut short, or none of ours
 */
export async function* readBackupFile(path: string): AsyncGenerator<DumpRecord> {
  const inflated = createZstdDecompress()
  // What breaks in the source destroys the inflater with it, and so is thrown below.
  pipeline(createReadStream(path), inflated).catch(() => undefined)
  const decoder = new StringDecoder('utf8')
  let rest = ''
  try {
    for await (const chunk of inflated) {
      // Only LF ends a record: readline would also cut at U+2028, which stands in texts.
      const lines = (rest + decoder.write(chunk as Buffer)).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) yield parseRecord(line)
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw unreadable(path, cause as Error)
  }
  if (rest !== '') yield parseRecord(rest)
}

function unreadable(path: string, cause: Error): AppError {
  return new AppError('invalid_backup', `Cannot read the backup ${path}: ${cause.message}`, { cause })
}

function parseRecord(line: string): DumpRecord {
  try {
    const record: unknown = JSON.parse(line)
    if (typeof record === 'object' && record !== null) return record as DumpRecord
  } catch {
    // Said below, with the same words as for a line that is JSON of another kind.
  }
  throw new AppError('invalid_backup', 'This is no backup of Postern, or it is damaged: a line is no record.')
}
