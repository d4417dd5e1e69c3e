// A search as tokens with their places in the text, so that an error can point at the one that is wrong:
// `key:value`, `!key:value` for what must not hold, values with blanks in quotes; all else is free text.

export type Token = {
  /** As written. */
  readonly raw: string
  /** Place in the text: from its first character up to, not with, `end`. */
  readonly start: number
  readonly end: number
  /** Lower case; null: free text. */
  readonly key: string | null
  /** Without the quotes around it. */
  readonly value: string
  /** True for `!key:value`. */
  readonly not: boolean
  /** A quote that is never closed. */
  readonly isOpen: boolean
}

function unquoted(text: string): string {
  return text.replaceAll('"', '')
}

/** Text in quotes is the phrase between them; quotes within are the text's own. */
function phrase(text: string): string {
  const [, inner] = /^"([^"]*)"$/.exec(text) ?? []
  return inner ?? text
}

/** Splits at blanks outside quotes. */
export function tokensOf(text: string): Token[] {
  return [...text.matchAll(/(?:[^\s"]|"[^"]*"|"[^"]*$)+/g)].map((match) => {
    const raw = match[0]
    const start = match.index
    const isOpen = (raw.match(/"/g)?.length ?? 0) % 2 === 1
    // A key begins the token, and `://` is no key: `TypeError: x` and `https://…` are text.
    const [, not, key, value] = /^(!?)([a-z][A-Za-z0-9_.-]*):(?!\/\/)(.*)$/s.exec(raw) ?? []
    const isText = key === undefined
    return {
      raw,
      start,
      end: start + raw.length,
      key: isText ? null : key,
      value: isText ? phrase(raw) : unquoted(value ?? ''),
      not: not === '!',
      isOpen,
    }
  })
}

/** A value as it stands in a search: in quotes where it has blanks. */
export function quoted(value: string): string {
  const plain = value.replaceAll('"', '')
  return /\s/.test(plain) || plain === '' ? `"${plain}"` : plain
}

/** The search with this token in it, in place of those with the same key. */
export function withToken(text: string, key: string, value: string): string {
  const others = tokensOf(text).filter((token) => token.key !== key)
  return [...others.map((token) => token.raw), `${key}:${quoted(value)}`].join(' ')
}
