// Short ways to write down events as SDKs of many platforms send them, for the pairs of the grouping corpus.
import type { JsonObject, JsonValue } from '../../collector/pipeline/event.ts'

export type Members = { readonly [key: string]: JsonValue }
export type Frame = Members

/** Two events, and whether one bug made both. */
export type Pair = {
  readonly what: string
  readonly same: boolean
  readonly a: JsonObject
  readonly b: JsonObject
}

export const same = (what: string, a: JsonObject, b: JsonObject): Pair => ({ what, same: true, a, b })
export const different = (what: string, a: JsonObject, b: JsonObject): Pair => ({ what, same: false, a, b })

/** @param head `Type: value`, or `: value` without a type */
export function error(
  platform: string,
  head: string,
  frames: readonly Frame[] = [],
  exception: Members = {},
  event: Members = {},
): JsonObject {
  return { platform, exception: { values: [entry(head, frames, exception)] }, ...event }
}

/** A chain, oldest cause first. */
export function chain(platform: string, ...entries: readonly JsonObject[]): JsonObject {
  return { platform, exception: { values: entries } }
}

export function entry(head: string, frames: readonly Frame[] = [], more: Members = {}): JsonObject {
  const colon = head.indexOf(': ')
  const type = colon < 0 ? head : head.slice(0, colon)
  return {
    ...(type === '' ? {} : { type }),
    ...(colon < 0 ? {} : { value: head.slice(colon + 2) }),
    ...(frames.length > 0 ? { stacktrace: { frames } } : {}),
    ...more,
  }
}

export const message = (platform: string, text: string, more: Members = {}): JsonObject => ({
  platform,
  message: text,
  ...more,
})

/** A browser's frame: everything is in app there. */
export const web = (fn: string, path: string, colno = 120): Frame => ({
  function: fn,
  filename: `https://www.shop.example/${path}`,
  abs_path: `https://www.shop.example/${path}`,
  lineno: 1,
  colno,
  in_app: true,
})

/** A frame of a page after its source map was applied. */
export const mapped = (fn: string, path: string, line: string, lineno = 1): Frame => ({
  function: fn,
  filename: path,
  abs_path: path,
  context_line: line,
  lineno,
  colno: 3,
  in_app: true,
  data: { symbolicated: true },
})

export const hermes = (fn: string, colno: number, bundle = 'index.android.bundle'): Frame => ({
  function: fn,
  filename: `app:///${bundle}`,
  abs_path: `app:///${bundle}`,
  lineno: 1,
  colno,
  in_app: true,
})

export const node = (fn: string, path: string, line?: string, more: Members = {}): Frame => ({
  function: fn,
  filename: `/srv/app/${path}`,
  abs_path: `/srv/app/${path}`,
  module: path
    .replace(/\.[jt]s$/, '')
    .replaceAll('/', '.')
    .split('.')
    .slice(-2)
    .join(':'),
  ...(line === undefined ? {} : { context_line: line }),
  lineno: 10,
  colno: 5,
  in_app: !path.includes('node_modules'),
  ...more,
})

export const py = (module: string, fn: string, line: string, lineno = 1, more: Members = {}): Frame => ({
  module,
  function: fn,
  filename: `${module.replaceAll('.', '/')}.py`,
  abs_path: `/srv/app/${module.replaceAll('.', '/')}.py`,
  context_line: `    ${line}`,
  lineno,
  in_app: true,
  ...more,
})

export const rb = (path: string, fn: string, line: string, lineno = 1, inApp = true): Frame => ({
  filename: path,
  abs_path: `/srv/app/${path}`,
  function: fn,
  context_line: `  ${line}\n`,
  lineno,
  in_app: inApp,
})

export const php = (path: string, fn: string, line: string, lineno = 1, inApp = true): Frame => ({
  filename: `/${path}`,
  abs_path: `/var/www/shop/${path}`,
  function: fn,
  context_line: line,
  lineno,
  in_app: inApp,
})

export const java = (module: string, fn: string, lineno = 1, inApp = true): Frame => ({
  module,
  function: fn,
  filename: `${module.slice(module.lastIndexOf('.') + 1).split('$')[0]}.java`,
  lineno,
  in_app: inApp,
})

export const go = (module: string, fn: string, lineno = 1, inApp = true): Frame => ({
  module,
  function: fn,
  filename: 'main.go',
  abs_path: `/build/${module}/main.go`,
  lineno,
  in_app: inApp,
})

export const native = (fn: string, binary = '/srv/bin/shop', inApp = true): Frame => ({
  function: fn,
  package: binary,
  instruction_addr: '0x55d0c0001317',
  image_addr: '0x55d0c0000000',
  in_app: inApp,
})

/** A frame that is an address only. */
export const at = (binary: string, image: number, offset: number, inApp = true): Frame => ({
  package: binary,
  instruction_addr: `0x${(image + offset).toString(16)}`,
  image_addr: `0x${image.toString(16)}`,
  in_app: inApp,
})

export const ios = '/private/var/containers/Bundle/Application/6F1A2B3C/Shop.app/Shop'

export const csharp = (module: string, fn: string, lineno = 1, inApp = true): Frame => ({
  module,
  function: fn,
  package: 'Shop, Version=2.4.0.0',
  lineno,
  in_app: inApp,
})

export const dart = (path: string, fn: string, lineno = 1, inApp = true): Frame => ({
  function: fn,
  filename: path.slice(path.lastIndexOf('/') + 1),
  abs_path: `package:shop/${path}`,
  lineno,
  in_app: inApp,
})

export const elixir = (module: string, fn: string, lineno = 1): Frame => ({
  module: `Elixir.${module}`,
  function: fn,
  filename: `lib/${module.toLowerCase()}.ex`,
  lineno,
  in_app: true,
})
