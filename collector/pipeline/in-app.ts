// Whether a frame is the team's own code. What the SDK says stands, save where the path proves it wrong;
// where it says nothing (native and Java SDKs often), path, module and package decide.
// Rules after section 6.4 of the protocol reference.

export type FrameFacts = {
  readonly function: string | null
  readonly module: string | null
  readonly package: string | null
  readonly filename: string | null
  readonly absPath: string | null
  /** Language family of the frame, else of the event. */
  readonly platform: string
  /** File of the program itself, where the SDK named it; its frames are ours wherever it lies. */
  readonly mainExecutable: string | null
}

/** Folders and hosts of code that nobody in the team wrote; also overrules an SDK that says "in app". */
const foreignPath = new RegExp(
  [
    String.raw`[\\/](?:node_modules|bower_components|site-packages|dist-packages|\.pub-cache)[\\/]`,
    String.raw`[\\/]go[\\/]pkg[\\/]mod[\\/]|[\\/](?:vendor|\.local/share)[\\/]`,
    // standard libraries: sentry-sdk 1.9 for Python calls them in app
    String.raw`^/(?:usr/lib|usr/local/lib|lib|lib64)/`,
    String.raw`^https?://(?:(?:www\.)?unpkg\.com|cdnjs\.cloudflare\.com|cdn\.jsdelivr\.net|esm\.run|esm\.sh)/`,
    String.raw`^(?:node|internal):`,
    String.raw`[\\/]webpack[\\/](?:bootstrap|runtime)|^webpack[\\/](?:bootstrap|runtime)`,
  ].join('|'),
)

/** Places of the engine itself: no file at all. */
const enginePath =
  /^(?:<anonymous>|<asynchronous suspension>|\[native code\]|native code|native|\[internal\]|index \d+)$/

const systemPath = new RegExp(
  [
    String.raw`^/(?:usr/share|opt/homebrew|nix/store)/`,
    String.raw`[\\/](?:gems|rubygems-integration)[\\/]`,
    String.raw`^(?:dart:|org-dartlang-sdk:|package:(?:flutter|sentry)|third_party/dart/sdk/|lib/ui/)`,
    String.raw`^rustc/|^/rustc/|[\\/]\.cargo[\\/]registry[\\/]`,
  ].join('|'),
)

const systemPackage = new RegExp(
  [
    String.raw`^/(?:System/Library|usr/lib|lib|lib64|system|vendor/lib|vendor/lib64)/`,
    String.raw`^/apex/com\.android\.[^/]+/(?:lib|javalib|bin)`,
    String.raw`^[A-Za-z]:[\\/]Windows[\\/]`,
    String.raw`(?:^|/)(?:libobjc|libsystem|libswift|libdyld|libc\.so|libc\.musl|ld-linux|linux-vdso|libpthread|libstdc\+\+|libgcc_s)`,
    String.raw`/Frameworks/libswift[^/]*\.dylib$`,
    String.raw`(?:^|/)Flutter\.framework/|(?:^|/)libflutter\.so$`,
    String.raw`(?:^|[\\/])(?:ntdll|kernel32|kernelbase|user32|ucrtbase|vcruntime\d*|msvcp\d*)\.dll$`,
    String.raw`^(?:System|Microsoft|mscorlib|netstandard|UnityEngine|Unity)(?:\.|,|$)`,
  ].join('|'),
  'i',
)

const ownPackage =
  /^\/private\/var\/containers\/Bundle\/Application\/|\.app\/Contents\/|^\/Users\/|^\/data\/app\//

const systemFunction =
  /^(?:std::|core::|alloc::|boost::|__rust_|<?(?:std|core|alloc)::|_start$|__libc_start|start_thread$|clone3?$)/

const systemModule = new RegExp(
  `^(?:${[
    String.raw`java|javax|jdk|sun|com\.sun|android|androidx|com\.android|com\.google\.(?:android|common|gson|firebase)|dalvik|libcore`,
    String.raw`kotlin|kotlinx|scala|akka|clojure|groovy|io\.ktor|io\.netty|io\.reactivex|rx|reactor\.core`,
    String.raw`org\.(?:springframework|apache|postgresql|hibernate|eclipse|junit|slf4j|jboss|jetbrains)`,
    String.raw`com\.(?:fasterxml|squareup|facebook\.(?:react|jni|soloader|hermes))|okhttp3|okio|retrofit2|dagger|io\.opentelemetry|io\.sentry|io\.grpc`,
    String.raw`System|Microsoft|UnityEngine|Unity`,
  ].join('|')})\\.|^\\$Proxy\\d|^jdk\\.proxy|^com\\.sun\\.proxy`,
)

/** Modules that the rule above would need a dot after. */
const bareModules = new Set(['okhttp3', 'okio', 'retrofit2', 'rx', 'dagger'])

/** Further proof that nobody in the team wrote it, whatever the SDK says. */
const foreignToo = new RegExp(
  [
    String.raw`^(?:node_modules|bower_components)[\\/]`,
    // standard libraries where people install a language for themselves
    String.raw`[\\/]lib[\\/]python\d(?:\.\d{1,2})?[\\/]|[\\/]Python\d{2,3}[\\/]Lib[\\/]`,
    String.raw`[\\/]lib[\\/]ruby[\\/]\d+\.\d+`,
    String.raw`^/usr/(?:local|lib)/go[\w.-]{0,10}/src/|[\\/]hostedtoolcache[\\/]go[\\/]|[\\/]Program Files[\\/]Go[\\/]src[\\/]`,
    '^<(?:internal:|frozen )',
  ].join('|'),
)

/** Libraries of the system, in an app's bundle or in a simulator, and by their bare names. */
const applePackage =
  /\/Frameworks\/libswift[^/]{0,60}\.dylib$|\.simruntime\/|^(?:UIKit(?:Core)?|Foundation|CoreFoundation|CFNetwork|GraphicsServices|QuartzCore|SwiftUI|AttributeGraph|WebKit|JavaScriptCore|CoreData|Combine|libdispatch[\w.]{0,20}|dyld)$/

const javaLibrary =
  /^(?:jakarta|reactor|javassist|oracle|weblogic|io\.(?:micrometer|vertx|quarkus|smallrye|undertow|lettuce)|ch\.qos\.logback|com\.(?:zaxxer|mysql|microsoft\.sqlserver|mongodb|amazonaws)|software\.amazon|redis\.clients|net\.(?:bytebuddy|sf\.cglib)|org\.(?:aspectj|gradle|mockito|mongodb|reactivestreams|glassfish|codehaus))\./

const goPackage =
  /^(?:archive|bufio|bytes|compress|container|context|crypto|database\/sql|debug|embed|encoding|errors|fmt|hash|html|image|internal|io|iter|log|maps|math|mime|net|os|reflect|regexp|runtime|slices|sort|strconv|strings|sync|syscall|testing|text|time|unicode|vendor\/golang\.org)(?:\/|$)/

/**
 * @param said what the SDK sent; null: nothing
 */
export function isInApp(said: boolean | null, frame: FrameFacts): boolean {
  return inAppOfFirst(said, frame) && !isForeignToo(said, frame)
}

function isForeignToo(said: boolean | null, frame: FrameFacts): boolean {
  const { module, platform } = frame
  const path = frame.absPath ?? frame.filename
  if (path !== null && foreignToo.test(path)) return true
  if (/^(?:node|javascript)$/.test(platform) && path?.startsWith('internal/')) return true
  if (frame.package !== null && applePackage.test(frame.package)) return true
  if (said === true) return false
  const name = module ?? ''
  switch (platform) {
    case 'java':
      return javaLibrary.test(name)
    case 'go':
      return goPackage.test(name)
    case 'csharp':
      return module === null && /^(?:UnityEngine|UnityEditor|System)\./.test(frame.function ?? '')
    case 'elixir':
      return name.startsWith(':') || /^deps\/|\.erl$/.test(frame.filename ?? '')
    default:
      return false
  }
}

/** As version 1 of grouping takes it, whose issues would be split by any change here. */
export function inAppOfFirst(said: boolean | null, frame: FrameFacts): boolean {
  if (said === false) return false
  const path = frame.absPath ?? frame.filename
  if (path !== null && (foreignPath.test(path) || enginePath.test(path))) return false
  if (said === true) return true
  return byRules(frame, path)
}

function byRules(frame: FrameFacts, path: string | null): boolean {
  const { module, filename } = frame
  if (module !== null && (systemModule.test(module) || bareModules.has(module))) return false
  if (frame.package !== null) {
    if (frame.package === frame.mainExecutable || ownPackage.test(frame.package)) return true
    if (systemPackage.test(frame.package)) return false
  }
  if (path !== null && systemPath.test(path)) return false
  if (filename !== null && enginePath.test(filename)) return false
  if (frame.function !== null && systemFunction.test(frame.function)) return false
  // An address in no known binary, without any name, tells nothing.
  return !(path === null && module === null && frame.package === null && frame.function === null)
}
