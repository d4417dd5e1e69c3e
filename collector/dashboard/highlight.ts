// Code lines by weight and ink: keywords stand out, comments step back, and nothing is coloured. Reads one line
// at a time and knows no grammar, since a stack trace has a few lines from the middle of a file. Pure.

export type CodePiece = { readonly text: string; readonly kind: '' | 'keyword' | 'comment' }

const words = {
  braces:
    'abstract as async await break case catch class const continue debugger def default delete do else enum export extends extern false final finally fn for func fun function guard if implements import in init inline instanceof interface internal is let match mod module mut namespace new nil null object of operator override package private protected public pub record ref return sealed self static struct super switch template this throw throws trait true try type typeof undefined unsafe using val var virtual void when where while with yield',
  python:
    'and as assert async await break class continue def del elif else except False finally for from global if import in is lambda match None nonlocal not or pass raise return True try while with yield self',
  ruby: 'alias and begin break case class def defined? do else elsif end ensure false for if in module next nil not or raise redo rescue retry return self super then true undef unless until when while yield',
  php: 'abstract as break case catch class const continue declare default do echo else elseif extends final finally fn for foreach function global if implements include instanceof interface match namespace new null private protected public readonly require return static switch throw trait true false try use var while yield',
  go: 'break case chan const continue default defer else fallthrough for func go goto if import interface map nil package range return select struct switch type var true false',
} as const
type Family = keyof typeof words

const keywords = Object.fromEntries(
  Object.entries(words).map(([family, list]) => [family, new Set(list.split(' '))]),
) as unknown as Record<Family, ReadonlySet<string>>

const families: Readonly<Record<string, Family>> = { py: 'python', rb: 'ruby', php: 'php', go: 'go' }

/** By the file's ending; most languages with braces read alike. */
function familyOf(path: string): Family {
  const ending = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? ''
  return families[ending] ?? 'braces'
}

const tokens: Record<'slashes' | 'hash', RegExp> = {
  slashes:
    /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)|(\/\/.*|\/\*.*?(?:\*\/|$)|^\s*\*(?:\s.*|\/.*|$))|([A-Za-z_$][\w$]*\??)/g,
  hash: /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(#.*)|([A-Za-z_][\w]*\??)/g,
}

/** @param path of the file, for its ending */
export function highlight(line: string, path: string): CodePiece[] {
  const family = familyOf(path)
  const pattern = family === 'python' || family === 'ruby' ? tokens.hash : tokens.slashes
  const pieces: CodePiece[] = []
  let plain = ''
  let at = 0
  const flush = () => {
    if (plain) pieces.push({ text: plain, kind: '' })
    plain = ''
  }
  for (const match of line.matchAll(pattern)) {
    const [text, , comment, word] = match
    plain += line.slice(at, match.index)
    at = match.index + text.length
    // After a dot it is a name, whatever it reads.
    const isKeyword = word !== undefined && keywords[family].has(word) && line[match.index - 1] !== '.'
    if (comment === undefined && !isKeyword) plain += text
    else {
      flush()
      pieces.push({ text, kind: isKeyword ? 'keyword' : 'comment' })
    }
  }
  plain += line.slice(at)
  flush()
  return pieces
}
