// The pages of those who aren't signed in, with canned views: nobody in a scene ever is. `/door/sign-in` and so on
// show them as a scene's people would meet them, first as they open and then (`?wrong`) with what went wrong.
import express, { type Router } from 'express'
import { loadAssets } from '../../../collector/dashboard/assets.ts'
import { createRenderer } from '../../../collector/dashboard/render.ts'
import { themeOf } from '../../../collector/dashboard/viewer.ts'
import type { Scene } from '../open-scene.ts'
import { hostileStrings } from './hostile.ts'

type Words = { readonly org: string; readonly email: string; readonly name: string; readonly problem: string }

const typical: Words = {
  org: 'perron',
  email: 'mara@perron.example',
  name: 'Mara Lindqvist',
  problem: 'Use at least 12 characters.',
}
const overfull: Words = {
  org: 'perron-international-railway-holding',
  email: `${'aiko.tanaka.of.the.rolling.stock.division.'.repeat(4)}@perron.example`,
  name: 'Wolfeschlegelsteinhausenbergerdorff '.repeat(4),
  problem:
    'This is among the passwords that are tried first, since very many people use it; choose another one.',
}
const hostile: Words = {
  org: 'perron',
  email: hostileStrings[1],
  name: hostileStrings[7],
  problem: hostileStrings[0],
}

const wordsOf = (scene: Scene): Words =>
  scene === 'hostile' ? hostile : scene === 'overfull' ? overfull : typical

/** Template and view of each door page; nothing is filled in where nothing went wrong. */
function viewsOf({ org, email, name, problem }: Words, isWrong: boolean, isEmpty: boolean) {
  const tries = 'That e-mail and password do not match. After 3 more tries, wait 15 minutes.'
  const error = isWrong ? (problem === typical.problem ? tries : problem) : null
  const problems = isWrong ? { email: problem, name: problem, password: problem } : {}
  const values = isWrong ? { email, name } : { email: '', name: '' }
  const invitation = { token: 'token', email, role: 'member', invitedBy: name, name: values.name, problems }
  const sso = isEmpty ? null : { name: `${org} single sign-on`, href: '/sign-in/sso?next=/' }
  return {
    'sign-in': { title: 'Sign in', email: values.email, next: '/', error, sso },
    'sign-in-code': { title: 'Sign in', next: '/', error },
    'set-up': { title: 'Set up', token: 'token', values, problems },
    invitation: { title: 'Join', isReset: false, ...invitation },
    error: {
      title: isWrong ? 'Postern broke on this page' : 'Not found',
      message: isWrong ? problem : 'There is no such page.',
      reference: isWrong ? '9f2c41a0b1c2' : null,
      action: { href: '/sign-in', label: 'Sign in' },
    },
  }
}

export const doorPages = ['sign-in', 'sign-in-code', 'set-up', 'invitation', 'error'] as const

export function createDoor(scene: Scene): Router {
  const renderer = createRenderer(loadAssets())
  const words = wordsOf(scene)
  const router = express.Router()
  router.get('/door/:page', (req, res, next) => {
    const page = doorPages.find((one) => one === req.params.page)
    if (!page) return next()
    const view = viewsOf(words, 'wrong' in req.query, scene === 'empty')[page]
    res.type('text/html; charset=utf-8')
    res.send(renderer.render(`pages/${page}`, { ...view, org: words.org, theme: themeOf(req) }))
  })
  return router
}
