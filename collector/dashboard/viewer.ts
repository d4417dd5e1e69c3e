// What the viewer's cookies say: time zone (told by app.js), theme and the density of lists (chosen with a switch).
import type { Request } from 'express'
import { isZone, type Viewer } from './format.ts'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

export const themeCookie = 'postern_theme'
export const densities = ['roomy', 'compact'] as const
export type Density = (typeof densities)[number]
export const densityCookie = 'postern_density'
const zoneCookie = 'postern_zone'

function cookie(req: Request, name: string): string | undefined {
  const pairs = (req.headers.cookie ?? '').split(';').map((pair) => pair.trim())
  const value = pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
  try {
    return value === undefined ? undefined : decodeURIComponent(value)
  } catch {
    return undefined
  }
}

/** The zone is UTC until the browser has told another. */
export function viewerOf(req: Request, now: Date): Viewer {
  const zone = cookie(req, zoneCookie)
  return { now, zone: zone && isZone(zone) ? zone : 'UTC' }
}

export function themeOf(req: Request): Theme {
  const value = cookie(req, themeCookie)
  return themes.find((theme) => theme === value) ?? 'system'
}

export function densityOf(req: Request): Density {
  const value = cookie(req, densityCookie)
  return densities.find((density) => density === value) ?? 'roomy'
}
