// The action beside a dead letter: once more through the line. The relays page then shows it gone, or with the
// error of today.
import type { RequestHandler } from 'express'
import { replayDeadLetter } from '../replay-dead-letter.ts'
import type { PageDeps } from './deps.ts'

export function createLetterReplay(deps: PageDeps): RequestHandler {
  return async (req, res) => {
    await replayDeadLetter(deps, String(req.params.letter))
    res.redirect(303, '/relays')
  }
}
