// Passwords that guessers try first: the common ones of leaks, from a list that comes with a package, so nothing
// is asked of anybody. Also what people make of them to satisfy a length: digits and signs behind, a short piece
// over and over, a run of the keyboard.
import { dictionary } from '@zxcvbn-ts/language-common'

const common = new Set<string>(dictionary['passwords-common'])
const runs = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm']

/** The shortest piece that the text is made of when repeated; itself where there is none. */
function piece(text: string): string {
  const length = (text + text).indexOf(text, 1)
  return text.slice(0, length)
}

/** True for a run of neighbours in the alphabet or on a keyboard, forwards or backwards, wrapped or joined. */
function isRun(text: string): boolean {
  const pairs = [...text].slice(1).map((letter, index) => `${text[index]}${letter}`)
  const both = runs.flatMap((run) => [run, [...run].reverse().join('')])
  const odd = pairs.filter((pair) => !both.some((run) => run.includes(pair)))
  return pairs.length > 0 && odd.length <= pairs.length / 8
}

/** True where a list of common passwords, or a little beyond it, holds this one. */
export function isCommonPassword(password: string): boolean {
  const lower = password.normalize('NFKC').toLowerCase()
  const stem = lower.replace(/[\d\W_]+$/u, '').replace(/^[\d\W_]+/u, '')
  const repeated = piece(lower)
  return (
    common.has(lower) ||
    (stem.length >= 4 && common.has(stem)) ||
    (stem.length < 4 && /^[\d\W_]*$/u.test(lower.replace(stem, '')) && new Set(lower).size < 8) ||
    (repeated.length <= 6 && repeated.length < lower.length) ||
    common.has(repeated) ||
    isRun(lower)
  )
}
