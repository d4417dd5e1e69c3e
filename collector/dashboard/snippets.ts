// What to paste to send the first event, for each platform that has an official SDK: install, start, one
// deliberate crash, and what makes its stacks readable. After each SDK's own documentation.
import { nativeSnippets } from './snippets-native.ts'
import { serverSnippets } from './snippets-server.ts'
import { webSnippets } from './snippets-web.ts'

export type Snippet = {
  readonly platform: string
  readonly label: string
  readonly install: string
  /** Where the code goes. */
  readonly file: string
  /** Code with {DSN} where the DSN goes, on a line of its own. */
  readonly code: string
  readonly crash: string
  /** What makes its stacks readable; null: they are. */
  readonly readable: string | null
}

export const snippets: readonly Snippet[] = [...webSnippets, ...nativeSnippets, ...serverSnippets]

/** @param platform as in the address or the project; unknown: the first */
export function snippetFor(platform: string | null): Snippet {
  const found = snippets.find((snippet) => snippet.platform === platform)
  const [first] = snippets
  if (!first) throw new Error('there are no snippets')
  return found ?? first
}
