// xxHash32 written from its specification (doc/xxhash_spec.md of Cyan4973/xxHash),
// with BigInt and explicit reduction mod 2^32, so that no trick of 32-bit
// arithmetic in JavaScript can be wrong here and in the product alike.

const PRIME1 = 0x9e3779b1n
const PRIME2 = 0x85ebca77n
const PRIME3 = 0xc2b2ae3dn
const PRIME4 = 0x27d4eb2fn
const PRIME5 = 0x165667b1n

const u32 = (value: bigint): bigint => BigInt.asUintN(32, value)
const rotateLeft = (value: bigint, bits: bigint): bigint => u32((value << bits) | (value >> (32n - bits)))
const round = (acc: bigint, lane: bigint): bigint => u32(rotateLeft(u32(acc + lane * PRIME2), 13n) * PRIME1)

/** The 32-bit hash, unsigned. */
export function referenceXxHash32(bytes: Uint8Array, seed = 0): number {
  const start = BigInt(seed)
  const lane = (at: number): bigint =>
    BigInt(bytes[at]!) |
    (BigInt(bytes[at + 1]!) << 8n) |
    (BigInt(bytes[at + 2]!) << 16n) |
    (BigInt(bytes[at + 3]!) << 24n)
  let at = 0
  let hash: bigint
  if (bytes.length < 16) {
    hash = start + PRIME5
  } else {
    let acc1 = u32(start + PRIME1 + PRIME2)
    let acc2 = u32(start + PRIME2)
    let acc3 = u32(start)
    let acc4 = u32(start - PRIME1)
    for (; at + 16 <= bytes.length; at += 16) {
      acc1 = round(acc1, lane(at))
      acc2 = round(acc2, lane(at + 4))
      acc3 = round(acc3, lane(at + 8))
      acc4 = round(acc4, lane(at + 12))
    }
    hash = rotateLeft(acc1, 1n) + rotateLeft(acc2, 7n) + rotateLeft(acc3, 12n) + rotateLeft(acc4, 18n)
  }
  hash = u32(hash + BigInt(bytes.length))
  for (; at + 4 <= bytes.length; at += 4) hash = u32(rotateLeft(u32(hash + lane(at) * PRIME3), 17n) * PRIME4)
  for (; at < bytes.length; at++) {
    hash = u32(rotateLeft(u32(hash + BigInt(bytes[at]!) * PRIME5), 11n) * PRIME1)
  }
  hash = u32((hash ^ (hash >> 15n)) * PRIME2)
  hash = u32((hash ^ (hash >> 13n)) * PRIME3)
  return Number(hash ^ (hash >> 16n))
}
