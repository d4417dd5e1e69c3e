// Version 2 of grouping: what version 1 chose, without more of what builds, runtimes and browsers name anew, and told
// apart by more of what names a fault. Works on the components of version 1, which stay as they are: their hashes
// are looked up first, so that no issue made under it is split.
import { type Family, familyOf, scriptModule } from './clean-names.ts'
import type { Event, Frame, Grouping } from './event.ts'
import { httpStatus } from './group-http.ts'
import { crashFrame } from './title.ts'

type Component = Grouping['components'][number]

export function refineComponents(event: Event, components: readonly Component[]): readonly Component[] {
  const family = familyOf(event.platform)
  const refined = components.map(({ name, value }) => ({ name, value: refineValue(name, value, family) }))
  return [...refined, ...toldApart(event, components)]
}

function refineValue(name: string, value: string, family: Family): string {
  switch (name) {
    case 'frame':
    case 'stack':
    case 'thread':
      return refineFrame(value, family)
    case 'value':
    case 'message':
      return refineText(value, family)
    case 'directive':
      // `style-src-attr` of Chrome is `style-src` elsewhere.
      return value.replace(/-attr$/, '')
    case 'blocked':
      return value.replace(/^(data|blob|filesystem|mediastream):$/, '$1')
    default:
      return value
  }
}

/** As `frameComponent` writes it: place, function and line. */
function refineFrame(frame: string, family: Family): string {
  const [place = '', name = '', ...line] = frame.split('\t')
  return [refinePlace(place, family), refineName(name, family), ...line].join('\t')
}

const hexSegment = /^(?=[a-f]{0,63}\d)[0-9a-f]{7,64}$/i
const uuidSegment = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}(?:-[0-9a-f]{12})?$/i

function refinePlace(place: string, family: Family): string {
  if (family === 'csharp') return place.replace(/^(Castle\.Proxies\.\w{1,200}?)_\d+$/, '$1')
  if (family !== 'javascript') return place
  const segments = place.split('/')
  const last = segments.pop() as string
  const folders = segments.flatMap((segment) =>
    hexSegment.test(segment) ? [] : uuidSegment.test(segment) ? '<n>' : segment,
  )
  return [...folders, withoutHash(last)].join('/')
}

/** A file that a bundler named by nothing but a hash, or whose scheme version 1 takes for no URL (`capacitor:`). */
function withoutHash(file: string): string {
  if (uuidSegment.test(file) || /^(?=[a-f]{0,63}\d)[0-9a-f]{12,64}$/.test(file)) return '<n>'
  return file.replace(/[-.](?=[a-z]{0,20}\d)[a-z0-9]{8,20}(?=\.(?:[cm]?js|html)$)/, '')
}

function refineName(name: string, family: Family): string {
  switch (family) {
    case 'go':
      return name.replace(/-range\d+/g, '-range')
    case 'native':
      return (
        name
          // the spellings of a closure by Rust's mangling of before and after 2021, and by MSVC
          .replace(
            /\{\{closure(?:_env)?\}\}|\{closure(?:_env)?(?:#\d+)?\}|closure(?:_env)?\$\d+/g,
            '{{closure}}',
          )
          // parts of one asynchronous function of Swift
          .replace(/^(\$s.{1,500}?)T[QY]\d+_$/, '$1')
      )
    case 'csharp':
      return name
        .replace(/<(\.c?ctor)>b__\d+(?:_\d+)?/g, '<$1>')
        .replace(/(\bCastle\.Proxies\.\w{1,200}?)_\d+(?=\.)/, '$1')
    case 'java':
      return name.replace(/(\$\$superforward)\d+$/, '$1')
    case 'php':
      return name.replace(/^Container[A-Za-z0-9]{7}\\/, 'Container<auto>\\')
    case 'dart':
      return name.replace(/<fn>/g, '<anonymous closure>')
    default:
      return name
  }
}

type Rule = readonly [pattern: RegExp, stand: string]

/** What engines say of one fault of the network or of a request that was given up. */
const scriptRules: readonly Rule[] = [
  [
    /^(?:Failed to fetch|NetworkError when attempting to fetch resource\.|Load failed)(?= \(|$)/,
    'Failed to fetch',
  ],
  [
    /^(?:The user aborted a request\.|signal is aborted without reason|Fetch is aborted|The operation was aborted\.? ?|AbortError)$/,
    'aborted',
  ],
  [/^(?:JSON Parse error: Unrecognized token|Unexpected token) '?<(?:'|,| ).*$/s, "Unexpected token '<'"],
]

/** `foo' for nil:NilClass` of Ruby before 3.4 */
const rubyRules: readonly Rule[] = [
  [
    /undefined (local variable or method|method) [`']([^`'\n]{1,200})' for (?:an instance of |#<)?([\w:]{1,200}).*$/s,
    "undefined $1 '$2' for $3",
  ],
  [/(' for nil):NilClass$/, '$1'],
]

const familyRules: { readonly [family in Family]?: readonly Rule[] } = {
  javascript: scriptRules,
  ruby: rubyRules,
  // Flutter's short hash of an object: `_CartState#a1b2c(…)`
  dart: [[/#[0-9a-f]{5}\b/g, '#<hash>']],
  // What Android says behind it differs by its version.
  java: [[/( until OOM)\b.*$/s, '$1']],
  // The query of the address that urllib3 gave up on
  python: [[/(\burl: \/[^\s?]{0,500})\?\S{0,2000}/, '$1']],
}

/** A pod of Kubernetes by its replica set and its own five letters, of which some hashes were found already. */
const pod =
  /\b([a-z][a-z0-9-]{0,60}?)-(?:<hex>|<int>|(?=[a-z]{0,9}\d)[bcdfghjklmnpqrstvwxz2456789]{8,10})-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g

function refineText(text: string, family: Family): string {
  return (
    (familyRules[family] ?? [])
      .reduce((now, [pattern, stand]) => now.replace(pattern, stand), text)
      .replace(pod, '$1-<pod>')
      // what base64 is filled up with
      .replace(/(<id>)={1,2}/g, '$1')
  )
}

/** What is quoted there is a name of the program or its surroundings, and no value. */
const quotedNames =
  /\b(?:environment variables?|env(?:ironment)? var|requireNativeComponent:|(?:config(?:uration)?|setting|option|required (?:key|field|property|parameter|argument)|missing (?:key|field|property|parameter|argument)):?) ["'`]([\w.$-]{1,100})["'`]/gi

/** Files that a framework or the language names, one in each folder. */
const namedByPlace = /^(?:index|page|route|layout|handler|main|mod|error|loading|template)$/
/** Folders that are the same for many such files, or other ones in each build. */
const tellingNothing =
  /^(?:src|lib|dist|build|out|app|apps|server|pages|public|static|assets|chunks|js|task|tmp|srv|current|\d+|[0-9a-f]{7,64})$/i
/** Scripts that a bundler made of everything, or that nobody named. */
const ofEverything =
  /^(?:index|main|app|vendors?|bundle|chunk|common|commons|shared|framework|polyfills?|runtime|webpack|scripts?|entry|client|site|all|_app|<n>)$/i

/**
 * Node's SDK sends `page` for `cart/page.js` and `order/page.js` where the program was started by another one's
 * script; and a lone frame without a name counts for nothing in version 1, whatever its file is called.
 */
function scriptPlace(event: Event, components: readonly Component[]): Component[] {
  const exception = event.exceptions[event.mainException]
  if (!exception || exception.mechanism?.synthetic) return []
  const frame = crashFrame(exception.stacktrace?.frames ?? [], event.platform)
  const family = familyOf(event.platform)
  if (family === 'dart') return folderOfDart(frame)
  if (family !== 'javascript') return []
  const path = frame?.absPath ?? frame?.filename ?? null
  if (!frame?.inApp || path === null) return []
  if (components.some(({ name }) => name === 'frame')) return folderOf(frame, path)
  // A page's own address says which page it was, and nothing of the script in it.
  const isFile = /^https?:[^?#]{1,2000}\.[cm]?[jt]sx?(?:[?#]|$)/.test(path)
  const script = isFile ? (scriptModule(path)?.split('/').at(-1) ?? '') : ''
  return script === '' ||
    ofEverything.test(script) ||
    hexSegment.test(script) ||
    /^[A-Za-z]?\d*$/.test(script)
    ? []
    : [{ name: 'script', value: script }]
}

/** A method without its class, in one of several files of one name. */
function folderOfDart(frame: Frame | null): Component[] {
  const folder = /^package:[^/]{1,100}\/(?:[^/]{1,100}\/){0,20}([^/]{1,100})\/[^/]{1,100}$/.exec(
    frame?.absPath ?? '',
  )?.[1]
  const isNamed = frame?.function?.includes('.') ?? true
  return folder === undefined || isNamed || !frame?.inApp ? [] : [{ name: 'folder', value: folder }]
}

function folderOf({ module }: Frame, path: string): Component[] {
  if (module === null || !namedByPlace.test(module)) return []
  const folders = path.split(/[/\\]/).slice(0, -1)
  const folder = folders.at(-1) ?? ''
  // One with a number is a version or a copy, and one's home is called after its owner.
  const tells = folder !== '' && !tellingNothing.test(folder) && !/\d/.test(folder)
  return tells && !/^(?:home|Users)$/i.test(folders.at(-2) ?? '') ? [{ name: 'folder', value: folder }] : []
}

/** What version 1 did not look at where it tells two faults apart. */
function toldApart(event: Event, components: readonly Component[]): Component[] {
  const { exceptions, message } = event
  const text = exceptions.at(-1)?.value ?? message?.formatted ?? ''
  const found = scriptPlace(event, components)
  const hasText = components.some(({ name }) => name === 'value' || name === 'message')
  if (hasText) {
    for (const [, quoted = ''] of text.slice(0, 2_000).matchAll(quotedNames)) {
      // `p17` is a value, `S3_BUCKET` a name.
      if (!/\d/.test(quoted) || /^[A-Z][A-Z0-9_]*$/.test(quoted)) found.push({ name: 'named', value: quoted })
    }
  }
  const isDefault = components.some(({ name }) => name === 'exception' || name === 'message')
  if (isDefault && !components.some(({ name }) => name === 'http')) {
    const status = httpStatus(text)
    if (status !== null) found.push({ name: 'http', value: status })
  }
  return found
}
