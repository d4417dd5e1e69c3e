// A tag as a short mark: events are asked for the marks, since their tags stand in payloads that no query reads.
// Two tags may share one, so rarely that nobody meets it. Pure.
type Tag = readonly [key: string, value: string]

/** 32 bits of FNV-1a over key and value, as text without spaces. */
export function tagMark([key, value]: Tag): string {
  let hash = 0x811c9dc5
  for (const part of [key, '\0', value]) {
    for (let index = 0; index < part.length; index += 1) {
      hash = Math.imul(hash ^ part.charCodeAt(index), 0x01000193)
    }
  }
  return (hash >>> 0).toString(36)
}

/** Marks of all tags of an event, each between spaces. */
export function tagMarks(tags: readonly Tag[]): string {
  return tags.length === 0 ? '' : ` ${tags.map(tagMark).join(' ')} `
}
