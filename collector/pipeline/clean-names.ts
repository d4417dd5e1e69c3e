// Names of functions and modules without what compilers, bundlers and runtimes put into them anew for
// each build: generated numbers, hashes, receivers, arguments. Names that mean "unknown" become null.
// Rules after section 6.7 of the protocol reference. Every pattern is linear: names are hostile.
import { cleanNativeFunction, withoutBrackets } from './clean-native.ts'

export type Family =
  | 'javascript'
  | 'java'
  | 'ruby'
  | 'php'
  | 'python'
  | 'go'
  | 'native'
  | 'csharp'
  | 'dart'
  | 'elixir'
  | 'other'

const families: { readonly [platform: string]: Family } = {
  javascript: 'javascript',
  node: 'javascript',
  java: 'java',
  android: 'java',
  kotlin: 'java',
  scala: 'java',
  groovy: 'java',
  clojure: 'java',
  ruby: 'ruby',
  php: 'php',
  python: 'python',
  go: 'go',
  native: 'native',
  c: 'native',
  cocoa: 'native',
  objc: 'native',
  swift: 'native',
  rust: 'native',
  csharp: 'csharp',
  dotnet: 'csharp',
  dart: 'dart',
  elixir: 'elixir',
  erlang: 'elixir',
}

export function familyOf(platform: string): Family {
  return Object.hasOwn(families, platform) ? (families[platform] as Family) : 'other'
}

const unknownNames = new Set(['', '?', '??', '<anonymous>', '<anonymous function>', 'Anonymous function'])
const unknownInScript = new Set([
  'anonymous',
  'global',
  '<computed>',
  'null',
  'undefined',
  // WebKit
  'global code',
  'module code',
  'eval code',
])
const unknownInNative = new Set(['<redacted>', '<unknown>', 'unknown', '<unsymbolicated>'])

/** @returns null where the name says nothing */
export function cleanFunction(name: string | null, family: Family): string | null {
  if (name === null) return null
  const trimmed = name.trim()
  if (unknownNames.has(trimmed)) return null
  const cleaned = cleanByFamily(trimmed, family)
  return cleaned === '' ? null : cleaned
}

function cleanByFamily(name: string, family: Family): string | null {
  switch (family) {
    case 'javascript':
      return cleanScriptFunction(name)
    case 'java':
      return cleanJavaFunction(name)
    case 'ruby':
      return cleanRubyFunction(name)
    case 'php':
      return cleanPhpFunction(name)
    case 'go':
      return name
        .replace(/\.(func|gowrap|deferwrap|init)\.?\d+(?:\.\d+)*(?=\.|-|$)/g, '.$1')
        .replace(/-fm$/, '')
    case 'native':
      return unknownInNative.has(name) ? null : cleanNativeFunction(name)
    case 'csharp':
      return cleanCsharpFunction(name)
    case 'elixir':
      return name.replace(/-fun-\d+-/g, '-fun-').replace(/-\d+-$/, '-')
    default:
      return name
  }
}

function cleanScriptFunction(name: string): string | null {
  if (name.endsWith('/<')) return null
  const bare = name
    .replace(/ \[as [^\]]*\]$/, '')
    // Firefox: `async*pay`, `promise callback*pay`, `setTimeout handler*pay`
    .replace(/^(?:[\w. ]{0,60}\*)+/, '')
    .replace(/^(?:async |new |get |set |static )+/, '')
  const last = bare.slice(bare.lastIndexOf('.') + 1)
  if (unknownNames.has(last) || unknownInScript.has(last) || /^\?anon_\d+_/.test(last)) return null
  return last
}

function cleanJavaFunction(name: string): string {
  return (
    name
      // with the class behind it where D8 moved it
      .replace(/^(lambda\$.{1,200}?)\$\d+(?:\$[\w-]{1,300})?$/, '$1')
      .replace(/^\$r8\$lambda\$.*/s, '$$r8$$lambda')
      .replace(/(\$anonfun\$[\w$]{1,200}?)\$\d+(?:\$adapted)?$/, '$1')
      .replace(/^lambda\$\d+$/, 'lambda')
      .replace(/(\$lambda)(?:[$-]\d+)+$/, '$1')
  )
}

function cleanRubyFunction(name: string): string {
  if (name.startsWith('block ')) return 'block'
  const bare = name.replace(/_{2,3}\d+_\d+$/, '')
  return bare.slice(bare.lastIndexOf('#') + 1)
}

function cleanPhpFunction(name: string): string | null {
  if (name.startsWith('[Anonymous')) return null
  if (/^(?:.{0,200}\\)?__TwigTemplate_[0-9a-f]{32}/.test(name))
    return name.replace(/(__TwigTemplate_)[0-9a-f]+(?:___\d+)?/, '$1<auto>')
  const method = name.includes('class@anonymous') ? name.slice(name.lastIndexOf('::') + 2) : name
  // PHP 8.4 says which function it stands in, those before which class: the file and the line tell more.
  if (method.includes('{closure')) return '{closure}'
  return method.includes('class@anonymous') ? null : method
}

function cleanCsharpFunction(name: string): string {
  const named = name
    .replace(/(?:<>c(?:__DisplayClass\d+_\d+)?\.)?<(\w+)>b__\d+(?:_\d+)?/g, '<$1>')
    .replace(/^lambda_method\d*/, 'lambda_method')
    .replace(/<(\w+)>d__\d+\.MoveNext/g, '$1')
    .replace(/<(\w+)>g__(\w+)\|\d+(?:_\d+)?/g, '$1.$2')
    .replace(/`\d+/g, '')
  const parens = named.indexOf('(')
  const head = (parens < 0 ? named : named.slice(0, parens)).trim()
  const bare = withoutBrackets(head, '')
  return bare.slice(bare.lastIndexOf(' ') + 1)
}

/** Class name of a .NET frame, without the numbers of what the compiler made (`+<PayAsync>d__14`). */
export function cleanCsharpModule(module: string): string {
  return module
    .replace(/<>c__DisplayClass\d+(?:_\d+)?/g, '<>c')
    .replace(/<(\w{0,200})>([a-z])__[\w|]{0,200}/g, '<$1>$2')
    .replace(/(<>f__AnonymousType)\d+/g, '$1')
    .replace(/`\d+(?:\[\[.*\]\])?/gs, '')
}

/** Class name of a Java, Kotlin or Scala frame; null for lambdas' generated classes. */
export function cleanJavaModule(module: string): string | null {
  if (module.includes('$$Lambda')) return null
  if (!/[$/]|Generated|_closure/.test(module)) return module
  return module
    .replace(/\/0x[0-9a-f]+$/, '')
    .replace(/(sun\.reflect\.Generated\w{0,40}Accessor)\d+/, '$1<auto>')
    .replace(/(jdk\.internal\.reflect\.Generated\w{0,40}Accessor)\d+/, '$1<auto>')
    .replace(/\$\$(?:EnhancerBy|FastClassBy|SpringCGLIB|BySpringCGLIB|ByCGLIB)[\w$]*/, '$$$$<auto>')
    .replace(/_\$\$_javassist(?:_seam)?(?:_\d+)?/, '_$$$$_javassist<auto>')
    .replace(/\$HibernateProxy\$\w*/, '$$HibernateProxy$$<auto>')
    .replace(/_\$\$_jvst\w+/, '_$$$$_javassist<auto>')
    .replace(/\$(fn|eval|reify|iter)__?\d+/g, '$$$1__<auto>')
    .replace(/\$\$(?:ExternalSynthetic|InternalSynthetic|Synthetic)[\w$]*/, '$$$$<auto>')
    .replace(/\$ByteBuddy\$\w+/, '$$ByteBuddy$$<auto>')
    .replace(/(_closure|\$lambda-)\d+/g, '$1<n>')
    .replace(/^(?:(?:jdk\.proxy|com\.sun\.proxy)\d*\.)?\$Proxy\d+$/, '$$Proxy<auto>')
    .replace(/\$\$Proxy\d+/, '$$$$Proxy<auto>')
    .replace(/\$\d+/g, '$$<n>')
}

const bundleExtension = /\.(?:[cm]?jsx?|tsx?|vue|svelte|html?|bundle|jsbundle|php|aspx?|hbc)$/i
const leadingFolder =
  /^(?:js|javascripts?|scripts?|build|static|node_modules|bower_components|_\w{0,20}|\.\w{0,20}|~[^/]*|v?\d+(?:\.\d+)*|[0-9a-f]{7,8})$/i
/** What React Native calls its one bundle. */
const wholeAppBundles = new Set(['main', 'index.android', 'index.ios', 'index.windows', 'index', 'native'])

/**
 * Name of a script from its URL or path: no host, query, extension, build hash or folder that only says
 * how files are served. null where nothing telling is left.
 */
export function scriptModule(url: string): string | null {
  const isAppBundle = /^(?:app:|~\/)/.test(url) || url.startsWith('address at ')
  const path = url
    .slice(url.lastIndexOf('!') + 1)
    .replace(/[?#].*$/s, '')
    // Next.js names the layer that a module was built for: `webpack-internal:///(rsc)/./src/…`
    .replace(
      /^(?:webpack(?:-internal)?:\/\/[^/]{0,200}\/(?:\([\w-]{1,40}\)\/)?|app:\/\/\/?|file:\/\/|blob:)/,
      '',
    )
    .replace(/^(?:https?|applewebdata):\/\/[^/]*/, '')
    .replace(/^(?:~?\/|\.{1,2}\/)+/, '')
  const segments = path.split('/').filter((segment) => segment !== '')
  const hashed = segments.findLastIndex((segment) => /^(?:[0-9a-f]{32}|[0-9a-f]{40})$/i.test(segment))
  if (hashed >= 0) segments.splice(0, hashed + 1)
  while (segments.length > 1 && leadingFolder.test(segments[0] as string)) segments.shift()
  const last = segments.pop()
  if (last === undefined) return null
  const name = stripBuildHash(last.replace(bundleExtension, '').replace(/(?:\.(?:min|chunk|bundle))+$/i, ''))
  if (isAppBundle && (segments.length === 0 || segments[0] === 'CodePush') && wholeAppBundles.has(name))
    return null
  return name === '' ? null : [...segments, name].join('/')
}

/** `main-X62FP25K`, `index.B7dQ3f`, `app.0123abcd`, `0123abcd-app` → the part that is no hash. */
function stripBuildHash(name: string): string {
  const bare = name.replace(/^[0-9a-f]{8,64}[-.](?=[A-Za-z])/, '')
  // webpack's chunks without a name have a number, another one in each build
  if (/^\d{1,8}$/.test(bare)) return '<n>'
  const vite = /^(.+)-([\w-]{8})$/.exec(bare)
  if (vite?.[2] && vite[1] && /[-_]/.test(vite[2]) && isMixed(vite[2].replace(/[-_]/g, ''))) return vite[1]
  const match = /^(.*)[-.~]([0-9A-Za-z_]{6,64})$/.exec(bare)
  if (!match) return bare
  const [, before, tail] = match as unknown as [string, string, string]
  const isHash =
    /^[0-9a-f]{7,64}$/i.test(tail) ||
    (/\d/.test(tail) && /[A-Za-z]/.test(tail)) ||
    // esbuild and Rollup: one in four of their hashes has no digit in it
    /^[A-Z2-7]{8}$/.test(tail) ||
    (tail.length === 8 && /[a-z][A-Z]|^[A-Z].*[A-Z]/.test(tail))
  return isHash && before !== '' ? (/^\d{1,8}$/.test(before) ? '<n>' : before) : bare
}

/** Capitals and small letters in no order of words, or digits among letters. */
function isMixed(text: string): boolean {
  return /\d/.test(text) || /[a-z][A-Z]+[a-z]*[A-Z]|[A-Z]{2}[a-z]/.test(text)
}
