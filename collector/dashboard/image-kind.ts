// Whether bytes are a picture that may be shown: by their own first bytes, never by what the sender called them.
// SVG is none: it is a document that can carry scripts.

/** @returns content type, or null for anything that is only to be saved */
export function imageKind(body: Buffer): 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp' | null {
  const head = body.subarray(0, 12)
  if (head.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])))
    return 'image/png'
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return 'image/jpeg'
  const text = head.toString('latin1')
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'image/gif'
  return text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP' ? 'image/webp' : null
}
