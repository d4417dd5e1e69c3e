// The one error class of both programs, and the closed list of its codes. Each program has one table
// from code to HTTP status; anything that is not an AppError is 'internal' there, logged whole and
// shown as a reference id only.

export type ErrorCode =
  // wire
  | 'invalid_envelope'
  | 'invalid_event'
  | 'invalid_encoding'
  | 'too_large'
  | 'rate_limited'
  | 'missing_key'
  | 'unknown_key'
  | 'project_mismatch'
  | 'invalid_project'
  | 'unsupported_version'
  | 'method_not_allowed'
  | 'not_found'
  // handover
  | 'unauthorized'
  | 'invalid_request'
  | 'stale_projects'
  | 'lease_lost'
  | 'sealing_key_missing'
  // stores
  | 'spool_unavailable'
  | 'spool_damaged'
  | 'spool_full'
  | 'database_unavailable'
  | 'data_dir_locked'
  | 'schema_too_new'
  | 'invalid_backup'
  | 'store_not_empty'
  // collector calling out
  | 'relay_unreachable'
  | 'relay_refused'
  | 'tracker_unreachable'
  | 'tracker_refused'
  // people
  | 'forbidden'
  | 'conflict'
  | 'too_many_attempts'
  | 'sign_in_refused'
  | 'sign_in_unavailable'
  | 'invalid_settings'
  | 'internal'

/** An error with a code from the closed list; `message` is fit to be shown to whoever caused it. */
export class AppError extends Error {
  readonly code: ErrorCode
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'AppError'
    this.code = code
  }
}
