// Frames that are rejected, each with its reason, and beginnings of what isn't frames: for
// the tests here and for the suite that runs in every runtime.

import { type FrameSpec, frame } from './reference-frames.js'

/** One frame for each reason, and boundaries. */
export const BAD: readonly (readonly [reason: string, spec: FrameSpec])[] = [
  ['message-too-short', { template: 3, length: 13, block: new Uint8Array(), rawStreamId: new Uint8Array() }],
  ['message-too-short', { template: 3, length: 6, block: new Uint8Array(), rawStreamId: new Uint8Array() }],
  ['schema-mismatch', { template: 3, streamId: 's', schemaId: 2 }],
  ['block-too-short', { template: 3, streamId: 's', block: new Uint8Array(16) }],
  ['block-too-short', { template: 1, streamId: 's', block: new Uint8Array() }],
  ['block-overrun', { template: 3, streamId: 's', blockLength: 1_000 }],
  ['boolean-invalid', { template: 3, streamId: 's', isRead: 2 }],
  ['boolean-invalid', { template: 9, isBlockList: 255 }],
  ['number-range', { template: 3, streamId: 's', traffic: 2n ** 53n }],
  ['number-range', { template: 3, streamId: 's', traffic: -1n }],
  ['number-range', { template: 9, size: 2n ** 53n }],
  ['number-range', { template: 9, size: -(2n ** 53n) }],
  ['data-overrun', { template: 3, rawStreamId: Uint8Array.of(9, 65) }],
  ['data-overrun', { template: 3, rawStreamId: new Uint8Array() }],
  ['data-null', { template: 3, streamId: new Uint8Array(255).fill(65) }],
  ['text-invalid', { template: 3, streamId: Uint8Array.of(0xc0, 0x80) }],
  ['text-invalid', { template: 1, streamId: Uint8Array.of(0xed, 0xa0, 0x80) }],
  ['text-invalid', { template: 1, streamId: Uint8Array.of(0xf4, 0x90, 0x80, 0x80) }],
  ['text-invalid', { template: 1, streamId: Uint8Array.of(65, 0xe2, 0x82) }],
]

/** Beginnings of what aren't frames. */
export const LOST: readonly (readonly [name: string, reason: string, head: readonly number[]])[] = [
  ['length 0', 'framing-length', [0, 0, 0, 0, 0xeb, 0x50]],
  ['length 5', 'framing-length', [0, 0, 0, 5, 0xeb, 0x50]],
  ['a length above the limit', 'framing-length', [0, 1, 0, 1, 0xeb, 0x50]],
  ['length 2^31 - 1', 'framing-length', [0x7f, 0xff, 0xff, 0xff, 0xeb, 0x50]],
  ['length 2^31', 'framing-length', [0x80, 0, 0, 0, 0xeb, 0x50]],
  ['length 2^32 - 1', 'framing-length', [0xff, 0xff, 0xff, 0xff, 0xeb, 0x50]],
  ['a byte-swapped encoding type', 'framing-encoding', [0, 0, 0, 40, 0x50, 0xeb]],
  ['big-endian SBE', 'framing-encoding', [0, 0, 0, 40, 0x5b, 0xe0]],
  ['HTTP', 'framing-length', [...new TextEncoder().encode('GET / HTTP/1.1\r\n')]],
]

/** The frame's bytes; one too short for a header really is. */
export function badFrame(spec: FrameSpec): Uint8Array<ArrayBuffer> {
  const bytes = frame(spec)
  return spec.length === undefined ? bytes : bytes.slice(0, spec.length)
}
