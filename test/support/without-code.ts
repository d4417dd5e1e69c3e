// Markdown as its readers and GitHub's filters see it, without what stands in code.

/** What is left of Markdown when fenced blocks and code spans are taken out, by CommonMark's rules. */
export function withoutCode(markdown: string): string {
  const lines: string[] = []
  let fence = ''
  for (const line of markdown.split('\n')) {
    const run = /^(`{3,})/.exec(line)?.[1] ?? ''
    if (fence) {
      if (run.length >= fence.length && line.trim() === run) fence = ''
    } else if (run) fence = run
    else lines.push(line)
  }
  if (fence) throw new Error('a fence is left open')
  return lines.map((line) => line.replace(/(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)/g, '')).join('\n')
}
