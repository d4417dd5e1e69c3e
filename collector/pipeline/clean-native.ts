// Function names of C, C++, Objective-C, Swift and Rust without arguments, template arguments, return
// types, clones, hashes and numbered closures.

/** @returns '' never; a name that is nothing but attributes reads `closure` */
export function cleanNativeFunction(sent: string): string {
  const name = sent.startsWith('_Z') ? demangled(sent) : sent
  const block = name.replace(/_block_invoke(?:[_.]\d+)*$/, '').replace(/^_{2,3}\d+(?=[-+]\[)/, '')
  if (/^[-+]\[/.test(block)) return block
  const named = block.replace(/^(?:@\w{1,40}(?:\([^()]{0,100}\))? ?)+/, '')
  if (named === '' || (/^[({]/.test(named) && block.startsWith('@'))) return 'closure'
  const bare = named
    .replace(/\{([a-z_]{1,40})#\d+\}/g, '{$1}')
    .replace(/ \[clone [^\]]*\]/g, '')
    .replace(/(?:\.(?:cold|isra|part|constprop|llvm|lto_priv)(?:\.\d+)*)+$/, '')
    .replace(/@@?[A-Z]{2,12}_[\w.]+$/, '')
    .replace(/^_?(\w+)@\d+$/, '$1')
    .replace(/::h[0-9a-f]{16}$/, '')
    .replace(/\(anonymous namespace\)|_GLOBAL__N_\d+|`anonymous namespace'/g, '{anon}')
    .replace(/\{lambda\([^{}]*\)#\d+\}|'lambda\d*'(?:\([^()]*\))?|lambda_[0-9a-f]{32}|\$_\d+/g, 'lambda')
  if (isSwiftPhrase(bare)) return cleanSwiftPhrase(bare)
  const plain = withoutArguments(withoutBrackets(rustSelf(bare), '<T>'))
  return withoutReturnType(plain) || name
}

/** `_ZN4shop4Cart5totalEv` → `shop::Cart::total`; names with templates in them stay as they are. */
function demangled(name: string): string {
  const start = /^_ZN?[KVrRO]{0,3}(?:St)?(?=\d)/.exec(name)
  if (!start) return name
  const isNested = name.startsWith('_ZN')
  const parts: string[] = start[0].endsWith('St') ? ['std'] : []
  let at = start[0].length
  while (parts.length < 30) {
    const length = /^\d{1,4}/.exec(name.slice(at, at + 4))?.[0]
    if (length === undefined) break
    at += length.length
    const part = name.slice(at, at + Number(length))
    if (part.length < Number(length)) return name
    parts.push(part)
    at += part.length
    if (!isNested) break
  }
  return isNested && name[at] !== 'E' ? name : parts.join('::')
}

function isSwiftPhrase(name: string): boolean {
  return /^(?:\(\d+\) |generic specialization |protocol witness for |merged |implicit |partial apply|reabstraction thunk|thunk for|closure #|variable initialization|initialization expression|specialized )/.test(
    name,
  )
}

/** `closure #1 in CheckoutModel.pay(_:)` → `closure in CheckoutModel.pay` */
function cleanSwiftPhrase(name: string): string {
  if (/^(?:reabstraction )?thunk for/.test(name)) return 'thunk'
  const phrase = name
    // `(2) suspend resume partial function for …` of async functions
    .replace(/^\(\d+\) (?:await|suspend) resume partial function for /, '')
    .replace(/^generic specialization <.{0,300}?> of /, '')
    .replace(
      /^(?:specialized |implicit |merged |protocol witness for |partial apply for |partial apply forwarder for |variable )+/,
      '',
    )
    .replace(/ in conformance .*$/s, '')
    .replace(/#\d+ /g, '')
  const last = phrase.lastIndexOf(' in ')
  if (last < 0) return withoutArguments(withoutBrackets(phrase, '<T>')).trim()
  return `closure in ${withoutArguments(withoutBrackets(phrase.slice(last + 4), '<T>')).trim()}`
}

/** `<A as B>::m` → `A::m`, or `B::m` where A is only a type parameter (blanket implementations). */
function rustSelf(name: string): string {
  if (!name.startsWith('<')) return name
  const end = matching(name, 0, '<', '>')
  const inside = end < 0 ? '' : name.slice(1, end)
  const at = inside.indexOf(' as ')
  if (end < 0) return name
  if (at < 0) return inside + name.slice(end + 1)
  const self = inside.slice(0, at)
  return (/^[A-Z]\d?$/.test(self) ? inside.slice(at + 4) : self) + name.slice(end + 1)
}

/** Every `<…>` after a name replaced by `stand`; `operator<` and arrows are left alone. */
export function withoutBrackets(name: string, stand: string): string {
  let out = ''
  let depth = 0
  for (let i = 0; i < name.length; i++) {
    const char = name[i] as string
    if (char === '<' && (depth > 0 || opensBrackets(name, i))) {
      if (depth++ === 0) out += stand
    } else if (char === '>' && depth > 0 && name[i - 1] !== '-') depth--
    else if (depth === 0) out += char
  }
  return depth === 0 ? out : name
}

function opensBrackets(name: string, at: number): boolean {
  return at > 0 && /[\w$:]/.test(name[at - 1] as string) && !name.slice(0, at).endsWith('operator')
}

/** Cuts at the arguments; what follows them stays only where the name goes on (`f(int)::lambda`). */
function withoutArguments(name: string): string {
  let out = ''
  let from = 0
  for (;;) {
    const open = name.indexOf('(', from)
    if (open < 0) return out + name.slice(from)
    if (name.startsWith('()', open) && name.slice(0, open).endsWith('operator')) {
      out += name.slice(from, open + 2)
      from = open + 2
      continue
    }
    out += name.slice(from, open)
    const close = matching(name, open, '(', ')')
    const rest = close < 0 ? '' : name.slice(close + 1)
    const goesOn = /^(?: const)?(?: ?&{1,2})?(?=::|\.)/.exec(rest)
    if (!goesOn) return out
    from = close + 1 + goesOn[0].length
  }
}

function withoutReturnType(name: string): string {
  const trimmed = name.trim()
  const operator = trimmed.indexOf('operator ')
  const head = operator < 0 ? trimmed : trimmed.slice(0, operator)
  return trimmed.slice(head.trimEnd().lastIndexOf(' ') + 1).replace(/^[*&]+/, '')
}

/** Index of the bracket that closes the one at `open`; -1 where none does. */
function matching(text: string, open: number, opening: string, closing: string): number {
  let depth = 0
  for (let i = open; i < text.length; i++) {
    if (text[i] === opening) depth++
    else if (text[i] === closing && text[i - 1] !== '-' && --depth === 0) return i
  }
  return -1
}
