// Cuts GitHub's GraphQL schema down to what Postern asks, and writes it to test/fixtures/github/schema.graphql. Run
// again when the client learns a new question:
//   node test/support/github/cut-graphql.ts <path to schema.graphql of @octokit/graphql-schema>
// The package (MIT) is large, so it is fetched by hand (`npm pack @octokit/graphql-schema@15.26.1`, outside of this
// repository) and only the cut is kept.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  buildASTSchema,
  type DefinitionNode,
  getNamedType,
  Kind,
  parse,
  print,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { originalQuery } from '../../../collector/trackers/github-history.ts'

const [path] = process.argv.slice(2)
if (!path) throw new Error('Usage: node test/support/github/cut-graphql.ts <schema.graphql>')
const whole = parse(readFileSync(path, 'utf8'))
// The published file defines some fields twice, in types that nothing here asks for.
const schema = buildASTSchema(whole, { assumeValid: true, assumeValidSDL: true })

/** Fields that are asked for, by type; a type without fields (enum, scalar, union) has none. */
const used = new Map<string, Set<string>>([['Query', new Set()]])
const use = (type: string, field?: string) => {
  const fields = used.get(type) ?? new Set<string>()
  if (field) fields.add(field)
  used.set(type, fields)
}

const types = new TypeInfo(schema)
visit(
  parse(originalQuery('', '', 0).query),
  visitWithTypeInfo(types, {
    Field() {
      const parent = types.getParentType()
      const field = types.getFieldDef()
      if (!parent || !field) throw new Error('the question asks for what GitHub does not know')
      use(parent.name, field.name)
      use(getNamedType(field.type).name)
    },
    Argument() {
      const type = getNamedType(types.getInputType())
      if (type) use(type.name)
    },
    InlineFragment() {
      const type = types.getType()
      if (type) use(getNamedType(type).name)
    },
  }),
)

const builtIn = new Set(['String', 'Int', 'Boolean', 'ID', 'Float'])

function cut(definition: DefinitionNode): DefinitionNode[] {
  if (!('name' in definition) || !definition.name || !used.has(definition.name.value)) return []
  const fields = used.get(definition.name.value)
  const bare = { ...definition, description: undefined, directives: [] }
  if (bare.kind === Kind.OBJECT_TYPE_DEFINITION) {
    const kept = (bare.fields ?? []).filter(({ name }) => fields?.has(name.value))
    return [
      {
        ...bare,
        interfaces: [],
        fields: kept.map((field) => ({
          ...field,
          description: undefined,
          directives: [],
          // Arguments whose types nothing names are optional, or the question would have to give them.
          arguments: (field.arguments ?? [])
            .map((argument) => ({ ...argument, description: undefined, directives: [] }))
            .filter((argument) => {
              const name = /\w+/.exec(print(argument.type))?.[0] ?? ''
              return builtIn.has(name) || used.has(name)
            }),
        })),
      },
    ]
  }
  if (bare.kind === Kind.UNION_TYPE_DEFINITION) {
    return [{ ...bare, types: (bare.types ?? []).filter(({ name }) => used.has(name.value)) }]
  }
  if (bare.kind === Kind.ENUM_TYPE_DEFINITION) {
    const values = (bare.values ?? []).map((value) => ({ ...value, description: undefined, directives: [] }))
    return [{ ...bare, values }]
  }
  return [bare as DefinitionNode]
}

const definitions = whole.definitions.flatMap(cut)
writeFileSync(
  join(import.meta.dirname, '../../fixtures/github/schema.graphql'),
  `${print({ kind: Kind.DOCUMENT, definitions })}\n`,
)
