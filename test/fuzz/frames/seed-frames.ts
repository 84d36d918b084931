// The whole frames that mutations start from: every template with IDs of all kinds of
// lengths and values at edges, newer producers' frames, one frame for each reason of a
// rejection, and all that the corpus holds.

import { BAD, badFrame } from '../../malformed-frames.js'
import { type FrameSpec, frame } from '../../reference-frames.js'

const IDS = ['', 'a', 'seven77', 'eight888', 'x'.repeat(15), 'y'.repeat(16), 'AAAAAAAAAAAAAAAAAAAAAA']
const LONG_IDS = ['z'.repeat(23), 'é'.repeat(12), '\ufeffmark', '𝒳'.repeat(6), 'q'.repeat(254)]
const NUMBERS = [0n, 1n, 1_500n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n - 1n]
const ADDRESSES = ['192.0.2.7', '::', '::ffff:0:0', '2001:db8::7', 'fe80::1:0:0:1', '255.255.255.255']
const TIMES = [0n, 1_790_000_000_123_456_789n, 2n ** 63n, 2n ** 64n - 1n, 999_999n, 8_199_999_999n]

function good(): Uint8Array[] {
  const frames: Uint8Array[] = []
  let turn = 0
  for (let template = 1; template <= 9; template++) {
    for (const streamId of [...IDS, ...IDS, ...LONG_IDS]) {
      turn++
      const number = NUMBERS[turn % NUMBERS.length]!
      const spec: FrameSpec = {
        ...{ template, streamId, timestamp: TIMES[turn % TIMES.length]! },
        ...{ remoteIP: ADDRESSES[turn % ADDRESSES.length]!, dc: (turn % 11) - 5, isRead: turn % 2 === 0 },
        ...{ traffic: number, size: turn % 3 === 0 ? -number : number, isBlockList: turn % 2 },
      }
      frames.push(frame(spec))
    }
    const extra = Uint8Array.of(2, 3, 255)
    frames.push(
      frame({ template, streamId: 'newer', version: 1, extraBlockBytes: extra, extraVarData: extra }),
    )
  }
  return frames
}

/** Frames in a row, cut apart where their lengths make sense. */
export function framesIn(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const frames: Uint8Array[] = []
  for (let at = 0; at + 6 <= bytes.length; ) {
    const length = view.getUint32(at)
    if (length < 6 || at + length > bytes.length || view.getUint16(at + 4) !== 0xeb50) break
    frames.push(bytes.subarray(at, at + length))
    at += length
  }
  return frames
}

/** Longest seed frame: it fits the smallest configuration's limit. */
const MAX_SEED_BYTES = 384

/** @param corpus inputs of the corpus, whole streams of bytes */
export function seedFrames(corpus: readonly Uint8Array[]): Buffer[] {
  const bad = BAD.map(([, spec]) => badFrame(spec))
  const all = [...good(), ...bad, ...corpus.flatMap(framesIn)]
  return all.filter(({ length }) => length <= MAX_SEED_BYTES).map((one) => Buffer.from(one))
}
