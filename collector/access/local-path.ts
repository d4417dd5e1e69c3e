// Where somebody goes on to after signing in: within our own pages only.
export const signInPath = '/sign-in'

/**
 * A path within our own pages; anything else becomes '/'. Browsers read `//host`, `/\host` and tabs within as
 * other sites, so only plain paths pass.
 */
export function localPath(next: unknown): string {
  if (typeof next !== 'string' || !/^\/(?![/\\])[\x21-\x7e]*$/.test(next) || next.includes('\\')) return '/'
  return next.startsWith(signInPath) ? '/' : next
}
