// Gives memory outside of the heap back at once: left to the collector of garbage, which nothing hurries, it adds up.

/** Frees a buffer that has its memory for itself; any other is left alone. Nothing may read it any more, in any thread. */
export function freeOwn({ buffer, length }: Buffer): void {
  if (buffer.byteLength === length && buffer instanceof ArrayBuffer) buffer.transfer(0)
}
