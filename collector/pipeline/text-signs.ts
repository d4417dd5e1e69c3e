// What a text may hold, by one look at each character: most texts of an event are words, paths and numbers in
// which no secret can stand, and need none of the patterns.

export type TextSigns = {
  /** What stands between a name and its value somewhere: `=`, `:`, `%3D`, `</`, `--`. */
  readonly names: boolean
  /** As many characters in a row as the shortest token of secret-forms.ts has. */
  readonly longRun: boolean
  readonly digits: boolean
  /** As many digits as the shortest card number has. */
  readonly manyDigits: boolean
  /** `@` and `:`, as credentials in a URL have. */
  readonly at: boolean
  /** `--`, as private keys begin with. */
  readonly dashes: boolean
  /** `[` or `('`, as a name and its value stand behind in printed lists. */
  readonly lists: boolean
  /** A quote behind a blank: `with password 'x'` needs no other sign. */
  readonly quotes: boolean
  /** Letters or signs of other writings. */
  readonly foreign: boolean
  /** ` -p`, which some programs are given a password with. */
  readonly options: boolean
}

/** The shortest is Slack's: `xoxb-` and ten more. */
const shortestKey = 15
const shortestCard = 13

const runs = 1
const digit = 2
const sign = 4
const at = 8
const colon = 16
const list = 32
const dash = 64
const quote = 128
const foreign = 256

/** By code unit; one for each there is, so that none has to be compared first. */
const kinds = new Uint16Array(65_536).fill(foreign, 128)
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_.~+/-') {
  kinds[character.charCodeAt(0)] = runs
}
for (const character of '0123456789') kinds[character.charCodeAt(0)] = runs | digit
for (const character of '%<>') kinds[character.charCodeAt(0)] = sign
kinds['='.charCodeAt(0)] = runs | sign
kinds[':'.charCodeAt(0)] = sign | colon
kinds['@'.charCodeAt(0)] = at
for (const character of '[(') kinds[character.charCodeAt(0)] = list
for (const character of `'"\``) kinds[character.charCodeAt(0)] = quote
kinds['-'.charCodeAt(0)] = runs | dash

const quoteInList = /\(b?["']/
const quoteBehindBlank = / ["'`]/

/** null: none of the signs, as most texts. */
export function signsOf(text: string): TextSigns | null {
  let seen = 0
  let digits = 0
  let run = 0
  let longRun = false
  // Without branches on the character: which one comes can't be foreseen, and most of the work of an event is here.
  for (let i = 0; i < text.length; i++) {
    const kind = kinds[text.charCodeAt(i)] as number
    seen |= kind
    run = (run + 1) & -(kind & runs)
    digits += (kind & digit) >> 1
    if (run >= shortestKey) longRun = true
  }
  const dashes = (seen & dash) !== 0 && text.includes('--')
  const signs: TextSigns = {
    names: (seen & sign) !== 0 || dashes,
    longRun,
    digits: digits > 0,
    manyDigits: digits >= shortestCard,
    at: (seen & at) !== 0 && (seen & colon) !== 0,
    dashes,
    lists: (seen & list) !== 0 && (text.includes('[') || ((seen & quote) !== 0 && quoteInList.test(text))),
    quotes: (seen & quote) !== 0 && quoteBehindBlank.test(text),
    foreign: (seen & foreign) !== 0,
    options: (seen & dash) !== 0 && text.includes(' -p'),
  }
  const any =
    signs.names ||
    signs.longRun ||
    signs.manyDigits ||
    signs.at ||
    signs.lists ||
    signs.quotes ||
    signs.foreign ||
    signs.options
  return any ? signs : null
}
