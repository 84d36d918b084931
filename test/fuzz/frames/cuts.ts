// Where a source's bytes are cut: anywhere, in many ways.

import { Random } from '../../mutate.js'

/** Longest input that is given byte by byte. */
const MOST_SINGLE = 4_096

/**
 * Gives each piece in turn, and where it ends, until it is told that no more is wanted.
 * @param seed decides the cuts; 0: none
 */
export function cut(
  bytes: Buffer,
  length: number,
  seed: number,
  give: (piece: Uint8Array, to: number) => boolean,
): void {
  // Pieces of a Buffer are dearer to make.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, length)
  const random = new Random(seed)
  const kind = seed === 0 ? 0 : random.below(8)
  // Whole; pieces of about a frame; of many; single bytes.
  const most = kind < 2 ? length : kind < 5 ? 120 : kind < 7 || length > MOST_SINGLE ? 5_000 : 1
  if (length === 0) return
  for (let from = 0; from < length; ) {
    const to = Math.min(length, kind < 2 ? length : from + 1 + random.below(most))
    if (!give(plain.subarray(from, to), to)) return
    from = to
  }
}
