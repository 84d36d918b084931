// Cuts bytes as a socket would.

/** Views of the bytes, every one full but the last, whatever stands at its end. */
export function cut(bytes: Uint8Array, chunkBytes: number): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += chunkBytes) chunks.push(bytes.subarray(at, at + chunkBytes))
  return chunks
}

/** Pieces of any lengths as chunks of one. */
export function recut(pieces: Iterable<Uint8Array>, chunkBytes: number): Buffer[] {
  const chunks: Buffer[] = []
  let current = Buffer.allocUnsafeSlow(chunkBytes)
  let used = 0
  for (const piece of pieces) {
    for (let from = 0; from < piece.length; ) {
      const taken = Math.min(chunkBytes - used, piece.length - from)
      current.set(piece.subarray(from, from + taken), used)
      from += taken
      used += taken
      if (used === chunkBytes) {
        chunks.push(current)
        current = Buffer.allocUnsafeSlow(chunkBytes)
        used = 0
      }
    }
  }
  if (used > 0) chunks.push(current.subarray(0, used))
  return chunks
}
