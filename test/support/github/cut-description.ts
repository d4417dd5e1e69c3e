// Cuts GitHub's OpenAPI description down to the operations Postern uses and what they refer to, and writes
// it to test/fixtures/github/api.json; its published example payloads go to examples.json. Run again when the client learns a new request:
//   node test/support/github/cut-description.ts <path to api.github.com.json of @octokit/openapi>
// The package (MIT) is large, so it is fetched by hand (`npm pack @octokit/openapi@23.0.2`, outside of this
// repository) and only the cut is kept.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type JsonObject = { [key: string]: Json }

const operations: readonly (readonly [path: string, methods: readonly string[]])[] = [
  ['/user', ['get']],
  ['/app', ['get']],
  ['/app/installations/{installation_id}/access_tokens', ['post']],
  ['/repos/{owner}/{repo}', ['get']],
  ['/repos/{owner}/{repo}/installation', ['get']],
  ['/repos/{owner}/{repo}/issues', ['get', 'post']],
  ['/repos/{owner}/{repo}/issues/{issue_number}', ['get', 'patch']],
  ['/repos/{owner}/{repo}/issues/{issue_number}/comments', ['post']],
  ['/repos/{owner}/{repo}/issues/{issue_number}/timeline', ['get']],
]

/**
 * Of the kinds of events in a timeline those that something here reads. All of them, some thirty, each with whole
 * users and repositories inside, take the validator half a minute to compile.
 */
const timelineEvents = [
  'timeline-comment-event',
  'timeline-cross-referenced-event',
  'state-change-issue-event',
]

function cutTimeline(schema: JsonObject): JsonObject {
  const members = Array.isArray(schema.anyOf) ? schema.anyOf : []
  const isKept = (member: Json) =>
    isObject(member) && timelineEvents.some((name) => String(member.$ref).endsWith(`/${name}`))
  return { ...schema, anyOf: members.filter(isKept) }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * `nullable` beside a `oneOf` without a `type` can't be compiled by Prism's validator, which then lets any
 * body pass; so it moves to the first member that has a type.
 */
function mendNullable(schema: JsonObject): void {
  const members = schema.oneOf ?? schema.anyOf
  if (schema.nullable !== true || schema.type !== undefined || !Array.isArray(members)) return
  const typed = members.find((member) => isObject(member) && member.type !== undefined)
  if (!isObject(typed)) return
  delete schema.nullable
  typed.nullable = true
}

/** A copy without what validation doesn't read, with `nullable` mended; collects the references it meets. */
function cut(value: Json, references: Set<string>, insideProperties = false): Json {
  if (Array.isArray(value)) return value.map((member) => cut(member, references))
  if (!isObject(value)) return value
  const copy: JsonObject = {}
  for (const [key, member] of Object.entries(value)) {
    if (!insideProperties && ['description', 'examples', 'externalDocs', 'x-github'].includes(key)) continue
    if (!insideProperties && key === 'example') continue
    copy[key] = cut(member, references, key === 'properties' && !insideProperties)
  }
  if (typeof copy.$ref === 'string') references.add(copy.$ref)
  if (!insideProperties) mendNullable(copy)
  return copy
}

function lookUp(description: JsonObject, reference: string): Json {
  let found: Json | undefined = description
  for (const step of reference.slice(2).split('/')) found = isObject(found) ? found[step] : undefined
  if (found === undefined) throw new Error(`the description has no ${reference}`)
  return found
}

function cutDescription(description: JsonObject): JsonObject {
  const paths: JsonObject = {}
  const components: { [kind: string]: JsonObject } = {}
  const pending = new Set<string>()
  for (const [path, methods] of operations) {
    const whole = lookUp(description, '#/paths') as JsonObject
    const item = whole[path] as JsonObject
    const kept: JsonObject = {}
    for (const method of methods) {
      const operation = item[method]
      if (!operation) throw new Error(`the description has no ${method} ${path}`)
      kept[method] = cut(operation, pending)
    }
    paths[path] = kept
  }
  for (const reference of pending) {
    const [, , kind = '', name = ''] = reference.split('/')
    components[kind] ??= {}
    const whole = lookUp(description, reference)
    const component = name === 'timeline-issue-events' && isObject(whole) ? cutTimeline(whole) : whole
    components[kind][name] = cut(component, pending)
  }
  const info = description.info as JsonObject
  return {
    openapi: description.openapi ?? null,
    info: { title: info.title ?? null, version: info.version ?? null, license: info.license ?? null },
    paths,
    components,
  }
}

/** What GitHub publishes as answers: operation, status, name of the example, body. */
function listExamples(description: JsonObject): Json[] {
  const found: Json[] = []
  for (const [path, methods] of operations) {
    for (const method of methods) {
      const operation = (lookUp(description, '#/paths') as JsonObject)[path] as JsonObject
      const { responses } = operation[method] as JsonObject
      for (const [status, response] of Object.entries(responses as JsonObject)) {
        const resolved = resolve(description, response) as JsonObject
        const content = (resolved.content as JsonObject | undefined)?.['application/json']
        const examples = isObject(content) && isObject(content.examples) ? content.examples : {}
        for (const [name, example] of Object.entries(examples)) {
          const { value } = resolve(description, example) as JsonObject
          // A few examples name another one where their value should stand.
          const body = value === undefined ? null : resolve(description, value)
          const isNested = isObject(body) && isObject(body.value)
          const payload = (isNested ? body.value : body) ?? null
          found.push({ method, path, status: Number(status), name, body: payload })
        }
      }
    }
  }
  return found
}

function resolve(description: JsonObject, value: Json): Json {
  return isObject(value) && typeof value.$ref === 'string' ? lookUp(description, value.$ref) : value
}

const source = process.argv[2]
if (!source) throw new Error('usage: cut-description.ts <api.github.com.json>')
const description = JSON.parse(readFileSync(source, 'utf8')) as JsonObject
const fixtures = join(import.meta.dirname, '../../fixtures/github')
const write = (file: string, what: unknown) =>
  writeFileSync(join(fixtures, file), `${JSON.stringify(what, null, 1)}\n`)
write('api.json', cutDescription(description))
write('examples.json', listExamples(description))
