// Preloaded into a relay (`node --import`), it weakens the spool as a wrong pragma would: commits are not synced.
// For the test that shows that such a relay is found out.
import Database from 'better-sqlite3'

const pragma = Database.prototype.pragma
Database.prototype.pragma = function weakened(text, options) {
  return pragma.call(this, text.replace('synchronous = FULL', 'synchronous = NORMAL'), options)
}
