// POSTERN_PROJECTS: projects given by the environment, `id:public_key:slug[:owner/repo]`, comma-separated.
// The relay takes ids and keys until a collector has pushed projects, the collector creates what is missing.
import { z } from 'zod'
import { parseProjectId } from './dsn.ts'

export type ProjectSeed = {
  readonly id: number
  readonly publicKey: string
  readonly slug: string
  /** GitHub repository as `owner/name`; null: the collector's default. */
  readonly repository: string | null
}

/** The setting as a zod schema; absent is no project, and each seed that is wrong is named with its fault. */
export const projectSeeds = z
  .string()
  .default('')
  .transform((text, context): readonly ProjectSeed[] => {
    const { seeds, problems } = parseProjectSeeds(text)
    if (problems.length === 0) return seeds
    context.addIssue({ code: 'custom', message: problems.join('; ') })
    return z.NEVER
  })

/** Parses the setting's text; pure, and complete in its complaints. */
export function parseProjectSeeds(text: string): { seeds: ProjectSeed[]; problems: string[] } {
  const seeds: ProjectSeed[] = []
  const problems: string[] = []
  for (const part of text.split(',').map((entry) => entry.trim())) {
    if (part === '') continue
    const [idText = '', publicKey = '', slug = '', repository, ...rest] = part.split(':')
    const id = parseProjectId(idText)
    const faults: string[] = []
    if (id === null) faults.push('the id is not a positive number')
    if (!/^[A-Za-z0-9_-]{1,128}$/.test(publicKey)) faults.push('the public key is not letters and digits')
    if (!/^[a-z0-9][a-z0-9_-]{0,99}$/.test(slug))
      faults.push('the slug is not lower-case letters, digits, - and _')
    if (repository !== undefined && !/^[\w.-]+\/[\w.-]+$/.test(repository))
      faults.push('the repository is not owner/name')
    if (rest.length > 0) faults.push('it has more than four parts')
    if (seeds.some((seed) => seed.id === id)) faults.push('the id is given twice')
    if (seeds.some((seed) => seed.publicKey === publicKey)) faults.push('the public key is given twice')
    if (seeds.some((seed) => seed.slug === slug)) faults.push('the slug is given twice')
    if (faults.length > 0 || id === null)
      problems.push(`"${part}" is not id:public_key:slug[:owner/repo]: ${faults.join(', ')}`)
    else seeds.push({ id, publicKey, slug, repository: repository ?? null })
  }
  return { seeds, problems }
}
