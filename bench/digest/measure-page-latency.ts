// How long it takes from captureException in a running app until the issue stands on the page of issues.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { signIn } from '../pages/measure-pages.ts'
import { benchKey, relayToken, startProgram, startRelay } from '../programs.ts'
import type { BenchStore } from '../stores.ts'

export type LatencyResult = { readonly count: number; readonly p50Ms: number; readonly p95Ms: number }

const account = { email: 'bench@perron.example', password: 'correct horse battery staple' }
const giveUpAfterMs = 20_000
/** Between two looks at the page. */
const lookEveryMs = 10

/** @param count errors, one after the other, each a new issue */
export async function measurePageLatency(
  store: BenchStore,
  count: number,
  dir: string,
): Promise<LatencyResult> {
  const relay = await startRelay(join(dir, 'latency.db'))
  const collector = await startProgram('collector/main.ts', {
    COLLECTOR_PORT: '0',
    COLLECTOR_RELAYS: `${relay.url}=${relayToken}`,
    POSTERN_PROJECTS: `1:${benchKey}:bench`,
    POSTERN_LOG_LEVEL: 'warn',
    POSTERN_ADMIN_EMAIL: account.email,
    POSTERN_ADMIN_PASSWORD: account.password,
    ...('databaseUrl' in store.settings
      ? { DATABASE_URL: store.settings.databaseUrl }
      : { POSTERN_DATA_DIR: store.settings.dataDir }),
  })
  const cookie = await signIn(collector.url, account.email, account.password)
  const dsn = Object.assign(new URL(relay.url), { username: benchKey, pathname: '/1' }).href
  const app = fork(join(import.meta.dirname, 'app.ts'), [dsn])
  try {
    await once(app, 'message')
    const times: number[] = []
    // The first meets a cold program.
    for (let number = 0; number <= count; number++) {
      const title = `Latency${number}Error`
      app.send({ title })
      const [{ at }] = (await once(app, 'message')) as [{ at: number }]
      const seenAt = await waitForIssue(collector.url, cookie, title)
      if (number > 0) times.push(seenAt - at)
    }
    times.sort((a, b) => a - b)
    const share = (of: number) => times[Math.ceil(times.length * of) - 1] ?? 0
    return { count, p50Ms: share(0.5), p95Ms: share(0.95) }
  } finally {
    app.kill()
    await collector.stop()
    await relay.stop()
  }
}

/** @returns when the page's last byte had come */
async function waitForIssue(url: string, cookie: string, title: string): Promise<number> {
  const deadline = Date.now() + giveUpAfterMs
  for (;;) {
    const answer = await fetch(`${url}/issues?q=`, { headers: { cookie } })
    const html = await answer.text()
    if (answer.status !== 200) throw new Error(`the page of issues answered ${answer.status}`)
    if (html.includes(title)) return Date.now()
    if (Date.now() > deadline) throw new Error(`${title} did not come to the page`)
    await sleep(lookEveryMs)
  }
}
