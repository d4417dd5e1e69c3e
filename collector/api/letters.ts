// Dead letters: once more through the line, after what refused them was mended.
import type { Request, Response } from 'express'
import { replayDeadLetter } from '../replay-dead-letter.ts'
import { type ApiDeps, checkOrganization, pathText } from './context.ts'
import type { ApiRoute } from './routes.ts'

export function createLetterHandlers(deps: ApiDeps): { readonly replayLetter: ApiRoute['handle'] } {
  return {
    /** Answers `{"ok": true}`, or `{"ok": false, "step", "error"}` where it was set aside again. */
    async replayLetter(req: Request, res: Response): Promise<void> {
      checkOrganization(req, deps.config)
      res.json(await replayDeadLetter(deps, pathText(req, 'letter')))
    },
  }
}
