// Events to frames: for producers, without a router.

import { isBytes, refuse } from './checks.js'
import { FRAMING_BYTES } from './layout.js'
import type { AnySchema, InputOf } from './schema.js'
import { failSpace } from './wire-error.js'

/** SBE 1.0, little-endian, in the framing's big-endian u16. */
const ENCODING_TYPE = 0xeb50

/**
 * Writes one event as a whole frame: framing header, message header, block, var data.
 * @param target where to; the frame has to fit
 * @param offset index in `target` to write at
 * @returns bytes written
 * @throws EncodeError `encode-invalid` a value isn't of its field's type or range; `encode-space` `target` is too short
 * @throws OptionError `option-invalid` `target` or `offset`
 */
export function encodeFrame<S extends AnySchema>(
  schema: S,
  event: InputOf<S>,
  target: Uint8Array,
  offset = 0,
): number {
  if (!isBytes(target)) refuse('target', target, 'a Uint8Array')
  // A negative one would write in front of the target, into what else its buffer holds.
  if (!Number.isInteger(offset) || offset < 0) refuse('offset', offset, 'a whole number from 0')
  if (target.length - offset < FRAMING_BYTES) failSpace(target, offset, FRAMING_BYTES, 'a frame')
  const view = new DataView(target.buffer, target.byteOffset + offset, target.length - offset)
  const bytes = FRAMING_BYTES + schema.encode(event, view, FRAMING_BYTES)
  view.setUint32(0, bytes)
  view.setUint16(4, ENCODING_TYPE)
  return bytes
}
