// The twin's conversions: the shard's hash, and bytes to text for IDs.

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The ID's text, or undefined when it is not UTF-8. */
export function decodeId(view: DataView, b: Uint8Array, at: number, idBytes: number): string | undefined {
  if (idBytes === 22) {
    // One call with 22 arguments takes a third of a TextDecoder's time; mtg's IDs are of this length.
    let bits = view.getInt32(at + 18, true)
    for (let i = 0; i < 20; i += 4) bits |= view.getInt32(at + i, true)
    if ((bits & 0x80808080) === 0) {
      // biome-ignore format: a row of arguments
      return String.fromCharCode(
        b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!,
        b[at + 8]!, b[at + 9]!, b[at + 10]!, b[at + 11]!, b[at + 12]!, b[at + 13]!, b[at + 14]!,
        b[at + 15]!, b[at + 16]!, b[at + 17]!, b[at + 18]!, b[at + 19]!, b[at + 20]!, b[at + 21]!,
      )
    }
  }
  try {
    return utf8.decode(b.subarray(at, at + idBytes))
  } catch {
    return undefined
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

function xxRound(lane: number, word: number): number {
  return Math.imul(rotate((lane + Math.imul(word, 0x85ebca77)) | 0, 13), 0x9e3779b1)
}

/** XXH32 with seed 0, as the published algorithm says. */
export function xxHash32(view: DataView, start: number, length: number): number {
  const end = start + length
  let at = start
  let hash = 0x165667b1
  if (length >= 16) {
    let lane1 = 0x24234428
    let lane2 = 0x85ebca77
    let lane3 = 0
    let lane4 = 0x61c8864f
    for (; at <= end - 16; at += 16) {
      lane1 = xxRound(lane1, view.getInt32(at, true))
      lane2 = xxRound(lane2, view.getInt32(at + 4, true))
      lane3 = xxRound(lane3, view.getInt32(at + 8, true))
      lane4 = xxRound(lane4, view.getInt32(at + 12, true))
    }
    hash = rotate(lane1, 1) + rotate(lane2, 7) + rotate(lane3, 12) + rotate(lane4, 18)
  }
  hash = (hash + length) | 0
  for (; at <= end - 4; at += 4) {
    hash = Math.imul(rotate((hash + Math.imul(view.getInt32(at, true), 0xc2b2ae3d)) | 0, 17), 0x27d4eb2f)
  }
  for (; at < end; at++) {
    hash = Math.imul(rotate((hash + Math.imul(view.getUint8(at), 0x165667b1)) | 0, 11), 0x9e3779b1)
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca77)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae3d)
  return hash ^ (hash >>> 16)
}
