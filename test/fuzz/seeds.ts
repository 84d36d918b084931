// One seed decides a run: every input's own seed is made from it, by kind and number,
// so that any input can be made again alone, whoever made it and in whatever order.

import { KINDS, type Kind } from './failure.js'

/** Bits of a number spread over all 32: the finalizer of MurmurHash3. */
function spread(value: number): number {
  let bits = value | 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

/** The seed, a uint32, of one input. */
export function seedOf(seed: number, kind: Kind, input: number): number {
  return spread(spread(spread(seed) ^ (KINDS.indexOf(kind) + 1)) + input)
}
