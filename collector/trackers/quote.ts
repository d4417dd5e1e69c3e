// Pure: makes text from an event harmless in Markdown. What is quoted stands in code, where GitHub links,
// mentions and renders nothing; what must stand outside of code (titles) is defused. Invisible and
// direction-changing characters are written out, so that what is read is what is there.

/** Controls, format characters (bidi, zero-width, tags), separators and the supplementary selectors. */
const invisible = /(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|[\u{e0100}-\u{e01ef}]/gu

/** Well-formed text whose invisible characters are written as `\u{…}`; line breaks and tabs stay. */
export function showInvisible(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(invisible, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)
}

/** At most `max` UTF-16 units, never half a character; says that it was cut. */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text
  return `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

function longestRunOfBackticks(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
}

/** One line of text as inline code. */
export function inlineCode(text: string, max: number): string {
  const line = cutText(showInvisible(text).replace(/\s+/g, ' ').trim(), max) || '(empty)'
  const ticks = '`'.repeat(longestRunOfBackticks(line) + 1)
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : ''
  return `${ticks}${pad}${line}${pad}${ticks}`
}

/** Text as a fenced block; the fence is longer than any run of backticks inside. */
export function fencedBlock(text: string, max: number): string {
  const inside = cutText(showInvisible(text), max)
  const fence = '`'.repeat(Math.max(3, longestRunOfBackticks(inside) + 1))
  return `${fence}text\n${inside}\n${fence}`
}

/**
 * One line that may stand outside of code: a zero-width space parts what would mention, refer, close, link,
 * embed or open a tag.
 */
export function plainLine(text: string, max: number): string {
  const line = cutText(showInvisible(text).replace(/\s+/g, ' ').trim(), max)
  return line
    .replace(/@(?=[\p{L}\p{N}_-])/gu, '@\u200b')
    .replace(/#(?=\d)/g, '#\u200b')
    .replace(/\b(gh-)(?=\d)/gi, '$1\u200b')
    .replace(/:\/\//g, ':\u200b//')
    .replace(/\bwww\./gi, 'www\u200b.')
    .replace(/<(?=[a-z!/?])/gi, '<\u200b')
    .replace(/\](?=[([])/g, ']\u200b')
    .replace(/!(?=\[)/g, '!\u200b')
}
