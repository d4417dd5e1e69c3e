// Pure: makes text from an event harmless in Markdown. What is quoted stands in code, where GitHub links,
// mentions and renders nothing; what must stand outside of code (titles) is defused. Invisible and
// direction-changing characters are written out, so that what is read is what is there.

/**
 * Characters that show nothing or change what shows: controls, format characters (bidi, zero-width, tags),
 * separators, fillers that are letters to Unicode, and variation selectors (a run of them can carry text).
 */
const invisible =
  /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|\p{Variation_Selector}|\u034f|\u115f|\u1160|\u17b4|\u17b5|\u2800|\u3164|\uffa0/gu

/** What joiners and selectors are for: one emoji of several, an emoji's form, letters of scripts that need them. */
const joinsEmoji =
  /(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}]\ufe0f?)\u200d(?=\p{Extended_Pictographic})/gu
const picksForm = /(?<=[\p{Extended_Pictographic}0-9#*])[\ufe0e\ufe0f](?![\ufe00-\ufe0f])/gu
const joinsLetters =
  /(?<=[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Gujarati}\p{Script=Gurmukhi}\p{Script=Oriya}])[\u200c\u200d](?=[\p{L}\p{M}])/gu

function listMeaningful(text: string): Set<number> {
  const kept = new Set<number>()
  for (const pattern of [joinsEmoji, picksForm, joinsLetters]) {
    for (const { index } of text.matchAll(pattern)) kept.add(index)
  }
  return kept
}

/** Well-formed text whose invisible characters are written as `\u{…}`; line breaks and tabs stay. */
export function showInvisible(text: string): string {
  const sound = text.toWellFormed().replace(/\r\n?/g, '\n')
  const kept = listMeaningful(sound)
  return sound.replace(invisible, (char, index: number) =>
    kept.has(index) ? char : `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  )
}

/** At most `max` UTF-16 units, never half a character; says that it was cut. */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text
  return `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

function longestRunOfBackticks(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
}

/** Hostile text may be long, and writing characters out makes it longer: cut first, then once more. */
function bounded(text: string, max: number): string {
  return cutText(showInvisible(cutText(text, max * 2)), max)
}

function oneLine(text: string, max: number): string {
  return cutText(
    showInvisible(cutText(text, max * 4))
      .replace(/\s+/g, ' ')
      .trim(),
    max,
  )
}

/** One line of text as inline code. */
export function inlineCode(text: string, max: number): string {
  const line = oneLine(text, max) || '(empty)'
  const ticks = '`'.repeat(longestRunOfBackticks(line) + 1)
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : ''
  return `${ticks}${pad}${line}${pad}${ticks}`
}

/** Text as a fenced block; the fence is longer than any run of backticks inside. */
export function fencedBlock(text: string, max: number): string {
  const inside = bounded(text, max)
  const fence = '`'.repeat(Math.max(3, longestRunOfBackticks(inside) + 1))
  return `${fence}text\n${inside}\n${fence}`
}

/** What GitHub could take for a commit's hash, or the beginning of one: seven digits are enough. */
const hash = /(?<![0-9a-z])[0-9a-f]{7,}(?![0-9a-z])/gi

/**
 * One line that may stand outside of code: a zero-width space parts what would mention, refer (`#1`, `GH-1`,
 * `owner/repo#1`, a commit's hash), close, link, embed or open a tag.
 */
export function plainLine(text: string, max: number): string {
  return (
    oneLine(text, max)
      .replace(/@(?=[\p{L}\p{N}_-])/gu, '@\u200b')
      .replace(/#(?=\d)/g, '#\u200b')
      .replace(/\b(gh-)(?=\d)/gi, '$1\u200b')
      .replace(hash, (run) => run.replace(/.{6}(?=.)/g, '$&\u200b'))
      .replace(/:\/\//g, ':\u200b//')
      .replace(/\bwww\./gi, 'www\u200b.')
      .replace(/<(?=[a-z!/?])/gi, '<\u200b')
      // Markdown decodes `&#64;name` before it looks for mentions.
      .replace(/&(?=[#a-z])/gi, '&\u200b')
      .replace(/\](?=[([])/g, ']\u200b')
      .replace(/!(?=\[)/g, '!\u200b')
  )
}
