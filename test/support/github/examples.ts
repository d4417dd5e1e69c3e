// GitHub's published example payloads (cut from its description, see cut-description.ts).
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export type Example = {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly name: string
  readonly body: unknown
}

export const examples = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/github/examples.json'), 'utf8'),
) as readonly Example[]

/** The first example of an operation's success. */
export function findExample(method: string, path: string): Record<string, unknown> {
  const found = examples.find((one) => one.method === method && one.path === path && one.status < 300)
  if (!found) throw new Error(`GitHub publishes no example of ${method} ${path}`)
  return found.body as Record<string, unknown>
}
