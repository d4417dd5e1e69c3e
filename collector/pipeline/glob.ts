// Patterns with `*` (anything, any length) and `?` (one character), matched in time that grows with the text
// and never explodes: the pieces between stars are looked for one after the other, leftmost first.

type Piece = string | readonly (string | null)[]

export type Glob = {
  readonly test: (text: string) => boolean
}

/** Index of the piece at or after `from`; -1 for none. A null in a piece is any character. */
function find(text: string, piece: Piece, from: number): number {
  if (typeof piece === 'string') return text.indexOf(piece, from)
  for (let at = from; at + piece.length <= text.length; at++) if (stands(text, piece, at)) return at
  return -1
}

function stands(text: string, piece: Piece, at: number): boolean {
  if (at < 0 || at + piece.length > text.length) return false
  if (typeof piece === 'string') return text.startsWith(piece, at)
  return piece.every((char, i) => char === null || text[at + i] === char)
}

function toPiece(text: string): Piece {
  return text.includes('?') ? [...text.split('')].map((char) => (char === '?' ? null : char)) : text
}

/** @param ignoreCase also in the text */
export function compileGlob(pattern: string, ignoreCase: boolean): Glob {
  const fold = (text: string) => (ignoreCase ? text.toLowerCase() : text)
  const pieces = fold(pattern).split(/\*+/).map(toPiece)
  const [first, ...rest] = pieces
  const last = rest.pop()
  if (first === undefined || last === undefined) {
    const whole = first ?? ''
    return { test: (text) => text.length === whole.length && stands(fold(text), whole, 0) }
  }
  return {
    test(text) {
      const folded = fold(text)
      if (!stands(folded, first, 0)) return false
      let at = first.length
      for (const piece of rest) {
        const found = find(folded, piece, at)
        if (found < 0) return false
        at = found + piece.length
      }
      return folded.length - last.length >= at && stands(folded, last, folded.length - last.length)
    },
  }
}
