// The filter bar: the search as chips, and where a token can't be read one sentence that names it, what to
// write instead, and what the list does meanwhile. Pure.
import type { Search } from '../search/parse.ts'
import { cutEnd } from './format.ts'

export type SearchView = {
  readonly text: string
  /** The text in pieces, for the layer of chips behind the field. */
  readonly pieces: readonly {
    readonly text: string
    /** With its colon; '' in free text and blanks. */
    readonly key: string
    readonly kind: 'blank' | 'text' | 'token' | 'wrong'
  }[]
  readonly problem: {
    readonly message: string
    readonly fix: { readonly text: string; readonly href: string } | null
  } | null
}

/** @param hrefOf the address of the same page with another search */
export function searchView(search: Search, hrefOf: (text: string) => string): SearchView {
  const { text, tokens, problems } = search
  const wrong = new Set(problems.map((problem) => problem.token.start))
  const pieces: SearchView['pieces'][number][] = []
  let at = 0
  for (const token of tokens) {
    if (token.start > at) pieces.push({ text: text.slice(at, token.start), key: '', kind: 'blank' })
    const isWrong = wrong.has(token.start)
    const colon = token.key === null ? 0 : token.raw.indexOf(':') + 1
    pieces.push({
      key: token.raw.slice(0, colon),
      text: token.raw.slice(colon),
      kind: isWrong ? 'wrong' : token.key === null ? 'text' : 'token',
    })
    at = token.end
  }
  if (at < text.length) pieces.push({ text: text.slice(at), key: '', kind: 'blank' })
  const [first] = problems
  if (!first) return { text, pieces, problem: null }
  const { token, fix } = first
  const mended = fix === null ? null : `${text.slice(0, token.start)}${fix}${text.slice(token.end)}`
  return {
    text,
    pieces,
    problem: {
      message: `${cutEnd(token.raw, 60)}: ${first.message}`,
      fix: mended === null || fix === null ? null : { text: fix, href: hrefOf(mended) },
    },
  }
}
