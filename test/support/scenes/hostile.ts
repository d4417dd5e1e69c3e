// The same hostile text in every field that an SDK can send.
import type { Database } from '../../../collector/db/database.ts'
import { createProject, type Project } from '../../../collector/db/projects.ts'
import type { JsonObject } from '../../../collector/pipeline/event.ts'
import { minutesAgo, seedDeadLetter, seedDiscards, seedIssue, seedNow, seedRelay } from '../seed.ts'

/** What an SDK, or somebody who pretends to be one, can put into any field. */
export const hostileStrings = [
  '<script>globalThis.canary=1;document.title="canary"</script>',
  '"><img src=x onerror="globalThis.canary=1">',
  '\'"`--><svg/onload=globalThis.canary=1>',
  'javascript:globalThis.canary=1',
  'data:text/html,<script>globalThis.canary=1</script>',
  '<%= globalThis.canary=1 %><%~ it.body %>',
  '\u202egnp.exe\u202c\u2066\u200b\u0301\u0301\u0301\u0301\u0301\u0301',
  'W'.repeat(3_000),
  '</title></script></style><base href="https://evil.example/">',
  '<a href="https://evil.example/x" hx-get="https://evil.example/y" hx-trigger="load">x</a>',
] as const

export function hostileWire(text: string): JsonObject {
  return {
    platform: 'javascript',
    level: 'error',
    release: text.slice(0, 190),
    environment: text.slice(0, 60),
    server_name: text,
    transaction: text,
    logger: text,
    message: text,
    exception: {
      values: [
        {
          type: text,
          value: text,
          mechanism: { type: text, handled: false },
          stacktrace: {
            frames: [
              {
                function: text,
                filename: text,
                abs_path: text,
                module: text,
                lineno: 3,
                in_app: true,
                context_line: text,
                pre_context: [text],
                post_context: [text],
                vars: { [text]: text },
              },
              { function: text, filename: `node_modules/${text}`, in_app: false },
            ],
          },
        },
      ],
    },
    breadcrumbs: {
      values: [
        {
          timestamp: seedNow.getTime() / 1000,
          category: text,
          type: text,
          message: text,
          data: { url: text, [text]: text },
        },
      ],
    },
    user: { id: text, email: text, username: text, ip_address: text, [text]: text },
    tags: { [text]: text, plain: text },
    request: {
      url: text,
      method: text,
      headers: { [text]: text },
      query_string: text,
      cookies: { a: text },
      data: { [text]: text },
    },
    contexts: {
      device: { model: text },
      os: { name: text, version: text },
      browser: { name: text },
      [text]: { [text]: text },
    },
    extra: { [text]: { [text]: [text] }, link: text },
    modules: { [text]: text },
    sdk: { name: text, version: text },
  }
}

/** The same text in every field, one issue for each of the hostile strings. */
export async function seedHostile(db: Database): Promise<{ projects: Project[]; issueIds: number[] }> {
  const project = await createProject(
    db,
    { name: hostileStrings[0], slug: 'hostile', platform: 'javascript' },
    minutesAgo(1000),
  )
  const issueIds: number[] = []
  for (const text of hostileStrings) {
    issueIds.push(
      await seedIssue(db, project, {
        type: text,
        value: text,
        culprit: text,
        statusReason: text,
        lastRelease: text.slice(0, 190),
        events: 3,
        users: 1,
        environments: [text.slice(0, 60)],
        tags: { [text.slice(0, 190)]: { [text.slice(0, 190)]: 3 } },
        alert: { rule: 'burst', minutesAgo: 3, error: text, permanent: true },
        trackerIssues: [
          {
            number: issueIds.length + 1,
            minutesAgo: 2,
            title: text,
            url: text,
            closedBy: text.slice(0, 30),
            labels: [text.slice(0, 50), text.slice(0, 20)],
          },
        ],
        changes: [{ kind: 'closed', minutesAgo: 2, reason: text, actor: `github:${text}` }],
        stored: [
          {
            wire: hostileWire(text),
            minutesAgo: 3,
            attachments: [
              {
                filename: text.slice(0, 200),
                contentType: 'text/html',
                body: Buffer.from(hostileStrings[0]),
              },
            ],
            feedback: [{ name: text, email: text, message: text }],
          },
        ],
      }),
    )
  }
  await seedRelay(db, 'https://relay.perron.example', hostileStrings[0])
  await seedDeadLetter(db, project.id, 'hostile', hostileStrings[1])
  await seedDiscards(
    db,
    project.id,
    hostileStrings
      .slice(0, 4)
      .map((text, index) => [text.slice(0, 60), text.slice(0, 60), index + 1] as const),
  )
  return { projects: [project], issueIds }
}
