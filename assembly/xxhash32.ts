// xxHash32 with seed 0, over the bytes as they stand in memory: the hash that
// mtg shards by. Algorithm: github.com/Cyan4973/xxHash, doc/xxhash_spec.md.

const PRIME_1: u32 = 0x9e3779b1
const PRIME_2: u32 = 0x85ebca77
const PRIME_3: u32 = 0xc2b2ae3d
const PRIME_4: u32 = 0x27d4eb2f
const PRIME_5: u32 = 0x165667b1

// @ts-ignore: decorator
@inline
function round(lane: u32, word: u32): u32 {
  return rotl<u32>(lane + word * PRIME_2, 13) * PRIME_1
}

export function xxHash32(at: u32, length: u32): u32 {
  const end: u32 = at + length
  let hash: u32
  if (length >= 16) {
    let lane1: u32 = PRIME_1 + PRIME_2
    let lane2: u32 = PRIME_2
    let lane3: u32 = 0
    let lane4: u32 = 0 - PRIME_1
    do {
      lane1 = round(lane1, load<u32>(at))
      lane2 = round(lane2, load<u32>(at, 4))
      lane3 = round(lane3, load<u32>(at, 8))
      lane4 = round(lane4, load<u32>(at, 12))
      at += 16
    } while (end - at >= 16)
    hash = rotl<u32>(lane1, 1) + rotl<u32>(lane2, 7) + rotl<u32>(lane3, 12) + rotl<u32>(lane4, 18)
  } else {
    hash = PRIME_5
  }
  hash += length
  while (end - at >= 4) {
    hash = rotl<u32>(hash + load<u32>(at) * PRIME_3, 17) * PRIME_4
    at += 4
  }
  while (at < end) {
    hash = rotl<u32>(hash + <u32>load<u8>(at) * PRIME_5, 11) * PRIME_1
    at += 1
  }
  hash = (hash ^ (hash >> 15)) * PRIME_2
  hash = (hash ^ (hash >> 13)) * PRIME_3
  return hash ^ (hash >> 16)
}
