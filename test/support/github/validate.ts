// Checks requests and answers against GitHub's own OpenAPI description (cut down, see cut-description.ts)
// with Prism's validator, so that neither our client nor our stand-in decides what GitHub accepts.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { buildSchema } from 'graphql'

// Prism is CommonJS, and its validator stands below the package's main file.
const require = createRequire(import.meta.url)

type Problem = { readonly path?: readonly string[]; readonly message: string; readonly severity: number }
type Checked = { readonly _tag: 'Right' } | { readonly _tag: 'Left'; readonly left: readonly Problem[] }
type Operation = { readonly method: string; readonly path: string; readonly responses: { code: string }[] }
type RequestElement = {
  method: string
  url: { path: string; query: Record<string, string> }
  headers: Record<string, string>
  body?: unknown
}
type ResponseElement = { statusCode: number; headers: Record<string, string>; body: unknown }

export type GithubRules = {
  /** Names each way in which a request breaks the description; empty: sound. */
  problemsOfRequest(request: RequestElement): string[]
  /** The same for what the stand-in answers. */
  problemsOfAnswer(request: RequestElement, answer: ResponseElement): string[]
}

/** GitHub's GraphQL schema, cut down to what is asked (cut-graphql.ts). */
export const graphqlSchema = buildSchema(
  readFileSync(join(import.meta.dirname, '../../fixtures/github/schema.graphql'), 'utf8'),
)

function describeProblems(checked: Checked): string[] {
  if (checked._tag === 'Right') return []
  return checked.left.filter((p) => p.severity === 0).map((p) => `${p.path?.join('.') ?? ''}: ${p.message}`)
}

export async function loadGithubRules(): Promise<GithubRules> {
  const { getHttpOperationsFromSpec } = require('@stoplight/prism-http') as {
    getHttpOperationsFromSpec(path: string): Promise<Operation[]>
  }
  const { validateInput, validateOutput } = require('@stoplight/prism-http/dist/validator') as {
    validateInput(of: { resource: Operation; element: RequestElement }): Checked
    validateOutput(of: { resource: Operation; element: ResponseElement }): Checked
  }
  const operations = await getHttpOperationsFromSpec(
    join(import.meta.dirname, '../../fixtures/github/api.json'),
  )
  const routes = operations.map((operation) => ({
    operation,
    pattern: new RegExp(`^${operation.path.replace(/\{[^}]+\}/g, '[^/]+')}$`),
  }))
  const find = (request: RequestElement): Operation | undefined =>
    routes.find((r) => r.operation.method === request.method && r.pattern.test(request.url.path))?.operation

  return {
    problemsOfRequest(request) {
      const resource = find(request)
      if (!resource) return [`no such operation: ${request.method} ${request.url.path}`]
      return describeProblems(validateInput({ resource, element: request }))
    },
    problemsOfAnswer(request, answer) {
      const resource = find(request)
      // Statuses that any operation may answer with (401, 429, 5xx, 304 on lists) are not all described.
      if (!resource?.responses.some((response) => response.code === String(answer.statusCode))) return []
      return describeProblems(validateOutput({ resource, element: answer }))
    },
  }
}
