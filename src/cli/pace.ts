// Frames at a given rate: chunks cut between frames, and given out when they are due.

import { setTimeout as wait } from 'node:timers/promises'

/** Milliseconds between two pieces, about: often enough to look steady, seldom enough to cost nothing. */
const PIECE_MS = 20
/** Milliseconds that are made up for when a piece comes late. */
const LATE_MS = 200

/** Frames that begin at or after `at`, `most` at the most: where they end, and how many they are. */
function take(view: DataView, at: number, most: number): { end: number; frames: number } {
  let end = at
  let frames = 0
  for (; frames < most && end < view.byteLength; frames++) end += view.getUint32(end)
  return { end, frames }
}

export interface Piece {
  readonly bytes: Uint8Array
  readonly frames: number
}

/** @param chunks whole frames each */
export function* unpaced(chunks: Iterable<Uint8Array>): Generator<Piece> {
  for (const bytes of chunks) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    yield { bytes, frames: take(view, 0, Number.POSITIVE_INFINITY).frames }
  }
}

/**
 * The same at `rate` frames a second at most: a reader that was slower isn't flooded
 * afterwards with what it missed.
 * @param chunks whole frames each
 * @throws AbortError when the signal is aborted
 */
export async function* paced(
  chunks: Iterable<Uint8Array>,
  rate: number,
  signal: AbortSignal,
): AsyncGenerator<Piece> {
  let lastMs = performance.now()
  // The first frame is due at once.
  let due = 1
  for (const bytes of chunks) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    let at = 0
    while (at < bytes.length) {
      if (due < 1) {
        await wait(Math.max(PIECE_MS, ((1 - due) * 1_000) / rate), undefined, { signal })
        const nowMs = performance.now()
        due += (Math.min(nowMs - lastMs, LATE_MS) * rate) / 1_000
        lastMs = nowMs
      }
      const { end, frames } = take(view, at, Math.floor(due))
      due -= frames
      yield { bytes: bytes.subarray(at, end), frames }
      at = end
    }
  }
}
