// Reads what strace wrote of a relay (`strace -f -y -s 8192 -o FILE`) and says which answers came too early: a
// 200 must follow a finished sync of the write-ahead log, begun after the write that holds its row.

export type WalVerdict = {
  /** Answers of 200 that name an event id. */
  readonly answers: number
  /** Event ids that were answered before their row was synced, or were never written at all. */
  readonly early: readonly string[]
}

type Sync = { readonly begun: number; ended: number }

/** @param trace lines in the order in which the kernel saw the calls */
export function judgeWalTrace(trace: string): WalVerdict {
  const lines = trace.split('\n')
  const written = new Map<string, number>()
  const syncs: Sync[] = []
  const unfinished = new Map<string, Sync>()
  const early: string[] = []
  let answers = 0

  lines.forEach((line, at) => {
    const thread = /^\d+/.exec(line)?.[0] ?? ''
    if (/\b(?:fsync|fdatasync)\(\d+<[^>]*-wal>/.test(line)) {
      const sync: Sync = { begun: at, ended: line.includes('<unfinished') ? Number.POSITIVE_INFINITY : at }
      syncs.push(sync)
      if (sync.ended !== at) unfinished.set(thread, sync)
    } else if (/<\.\.\. (?:fsync|fdatasync) resumed>.*= 0/.test(line)) {
      const sync = unfinished.get(thread)
      if (sync) sync.ended = at
      unfinished.delete(thread)
    } else if (/\bpwrite(?:64|v)?\(\d+<[^>]*-wal>/.test(line)) {
      // The page may be written again with later rows: the first time counts.
      for (const [id] of line.matchAll(/\b[0-9a-f]{32}\b/g)) if (!written.has(id)) written.set(id, at)
    } else if (/\b(?:write|writev|sendmsg|sendto)\(\d+<(?:socket|TCP)/.test(line) && / 200 OK/.test(line)) {
      const id = /\{\\?"id\\?":\\?"([0-9a-f]{32})\\?"\}/.exec(line)?.[1]
      if (!id) return
      answers += 1
      const writtenAt = written.get(id)
      const isSynced =
        writtenAt !== undefined && syncs.some((sync) => sync.begun > writtenAt && sync.ended < at)
      if (!isSynced) early.push(id)
    }
  })
  return { answers, early }
}
