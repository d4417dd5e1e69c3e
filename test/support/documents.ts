// Reads the project's own files for the tests that hold documents against code: sections, tables, code blocks.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')

/** @param path relative to the top of the project */
export function readRoot(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** What stands under a heading of any level, up to the next of the same or a higher one. */
export function section(markdown: string, title: string): string {
  const lines = markdown.split('\n')
  const from = lines.findIndex((line) => line.replace(/^#+ /, '') === title && line.startsWith('#'))
  if (from < 0) throw new Error(`There is no section "${title}"`)
  const level = /^#+/.exec(lines[from] ?? '')?.[0].length ?? 1
  const rest = lines.slice(from + 1)
  // A comment in a block of shell code is no heading.
  let inCode = false
  const to = rest.findIndex((line) => {
    if (line.startsWith('```')) inCode = !inCode
    return !inCode && /^#+ /.test(line) && (/^#+/.exec(line)?.[0].length ?? 0) <= level
  })
  return rest.slice(0, to < 0 ? undefined : to).join('\n')
}

/** Cells of all rows of all tables, without the headings. */
export function tableRows(markdown: string): string[][] {
  const lines = markdown.split('\n')
  return lines
    .filter(
      (line, i) => line.startsWith('|') && !/^\|[-|]+$/.test(line) && !/^\|[-|]+$/.test(lines[i + 1] ?? ''),
    )
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

/** Bodies of the fenced blocks of a language. */
export function codeBlocks(markdown: string, language: string): string[] {
  return [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter((match) => match[1] === language)
    .map((match) => match[2] ?? '')
}
