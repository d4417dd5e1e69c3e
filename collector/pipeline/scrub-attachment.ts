// Takes secrets out of attachments that are text (logs, view hierarchies, configuration). Pictures, minidumps and
// other binary files can't be searched; who may see them is who may see the project.
import type { Item } from './event.ts'
import type { Scrubber } from './scrub.ts'

/** Longer ones are searched as well, but no SDK sends text of this size by default. */
const maxText = 8 * 1024 * 1024

const textType =
  /^(?:text\/|application\/(?:json|xml|x-ndjson|yaml|x-yaml|javascript|x-www-form-urlencoded)\b|application\/[\w.+-]{1,80}\+(?:json|xml)\b)/i
const textName =
  /\.(?:log|txt|json|ndjson|xml|ya?ml|csv|ini|conf|cfg|env|properties|plist|html?|md|toml|trace)$/i

/** @returns null: it is no text, or holds no secret */
export function scrubAttachment({ headers, payload }: Item, scrubber: Scrubber): Buffer | null {
  const { content_type: type, filename, attachment_type: kind } = headers
  const isText =
    (typeof type === 'string' && textType.test(type)) ||
    (typeof filename === 'string' && textName.test(filename)) ||
    kind === 'event.view_hierarchy' ||
    kind === 'unreal.logs'
  // What is not UTF-8 would not come back as it was.
  if (!isText || payload.length > maxText || payload.includes(0)) return null
  const text = payload.toString('utf8')
  if (text.includes('\ufffd')) return null
  const now = scrubber.scrubText(text)
  return now === text ? null : Buffer.from(now)
}
