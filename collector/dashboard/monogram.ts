// Two or three letters for a platform, in place of any company's logo.

const monograms: Readonly<Record<string, string>> = {
  javascript: 'TS',
  browser: 'TS',
  'react-native': 'RN',
  android: 'Kt',
  kotlin: 'Kt',
  java: 'Jv',
  cocoa: 'Sw',
  ios: 'Sw',
  swift: 'Sw',
  'objective-c': 'Sw',
  node: 'Nd',
  python: 'Py',
  go: 'Go',
  ruby: 'Rb',
  php: 'Php',
  csharp: '.N',
  dotnet: '.N',
  dart: 'Fl',
  flutter: 'Fl',
  unity: 'Un',
  rust: 'Rs',
  react: 'TS',
  vue: 'TS',
  nextjs: 'TS',
  django: 'Py',
  flask: 'Py',
  rails: 'Rb',
  laravel: 'Php',
  spring: 'Jv',
  elixir: 'Ex',
  native: 'C',
  c: 'C',
}

/** @param platform as a project or an event names it, e.g. `javascript`, `python-django`; null: not known */
export function monogramOf(platform: string | null): string {
  if (!platform) return '–'
  const name = platform.toLowerCase()
  const known = monograms[name] ?? monograms[name.split('-')[0] ?? '']
  return known ?? (/^[a-z]/.test(name) ? `${name.charAt(0).toUpperCase()}${name.charAt(1)}` : '–')
}
