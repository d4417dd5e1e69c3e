// Pages of a list: `limit` and `cursor` in the query, the `Link` header in the answer, in Sentry's form:
// `<url>; rel="next"; results="true"; cursor="100:27:0"`. A cursor is opaque to clients. Here it is
// `value:key:0`, the sort value and the key of the last row shown, so a page costs the same however deep.
import type { Request, Response } from 'express'
import { AppError } from '../../shared/errors.ts'

const maxLimit = 100

/** Where the page before this one ended. */
export type Cursor = { readonly value: number; readonly key: string }

/** A query parameter as one string; undefined: absent. @throws AppError 'invalid_request': unstorable text */
export function queryText(req: Request, name: string): string | undefined {
  const value: unknown = req.query[name]
  const text = Array.isArray(value) ? value[0] : value
  if (typeof text !== 'string') return undefined
  if (text.includes('\0')) throw new AppError('invalid_request', `Invalid ${name}: holds a NUL character.`)
  return text
}

/** Every value of a parameter that may be repeated, `?id=1&id=2`. @throws AppError 'invalid_request' */
export function queryTexts(req: Request, name: string): string[] {
  const value: unknown = req.query[name]
  const texts = (Array.isArray(value) ? value : [value]).filter((text) => typeof text === 'string')
  if (texts.some((text) => text.includes('\0'))) {
    throw new AppError('invalid_request', `Invalid ${name}: holds a NUL character.`)
  }
  return texts
}

/** @returns rows a page, 1 to 100. @throws AppError 'invalid_request' */
export function readLimit(req: Request): number {
  const text = queryText(req, 'limit') || queryText(req, 'per_page')
  if (!text) return maxLimit
  if (!/^\d{1,6}$/.test(text) || Number(text) === 0) {
    throw new AppError(
      'invalid_request',
      `Invalid limit: "${text.slice(0, 50)}" is not a number from 1 to ${maxLimit}.`,
    )
  }
  return Math.min(Number(text), maxLimit)
}

/**
 * @param key what the key part looks like: a row's number, or an event's id
 * @returns undefined: the first page. @throws AppError 'invalid_request': not a cursor of this list
 */
export function readCursor(req: Request, key: 'number' | 'event'): Cursor | undefined {
  const text = queryText(req, 'cursor')
  if (!text) return undefined
  const form = key === 'number' ? /^(\d{1,15}):(\d{1,15}):0$/ : /^(\d{1,15}):([0-9a-f]{32}):0$/
  const [, value, id] = form.exec(text) ?? []
  if (value === undefined || id === undefined) {
    throw new AppError('invalid_request', `Invalid cursor: "${text.slice(0, 50)}" is not one of this list.`)
  }
  return { value: Number(value), key: id }
}

/**
 * Sends one page. Lists are walked forwards, so `previous` is there for tools that look for it and always
 * says that it leads nowhere.
 * @param base address of the API as clients see it, without a slash at the end
 * @param next where the next page begins; undefined: this is the last
 */
export function sendPage(
  req: Request,
  res: Response,
  base: string,
  rows: readonly unknown[],
  next: Cursor | undefined,
): void {
  const link = (rel: string, cursor: string, results: boolean) => {
    const url = new URL(base + req.url)
    url.searchParams.set('cursor', cursor)
    return `<${url.href}>; rel="${rel}"; results="${results}"; cursor="${cursor}"`
  }
  const here = queryText(req, 'cursor') || '0:0:0'
  const following = next ? `${next.value}:${next.key}:0` : here
  res.set('Link', `${link('previous', here, false)}, ${link('next', following, next !== undefined)}`)
  res.json(rows)
}

/** Cuts a list that is short as a whole (projects, keys) into pages; its cursors count rows. */
export function sendSlice(req: Request, res: Response, base: string, rows: readonly unknown[]): void {
  const limit = readLimit(req)
  const from = Number(readCursor(req, 'number')?.key ?? 0)
  const next = from + limit < rows.length ? { value: 0, key: String(from + limit) } : undefined
  sendPage(req, res, base, rows.slice(from, from + limit), next)
}
