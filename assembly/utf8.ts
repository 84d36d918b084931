// Well-formed UTF-8, as Unicode's table 3-7 has it: no overlong forms, no
// surrogates, nothing above U+10FFFF, nothing cut off.

const NOT_ASCII: u64 = 0x8080808080808080

// @ts-ignore: decorator
@inline
function continues(at: u32): bool {
  return (load<u8>(at) & 0xc0) == 0x80
}

export function isUtf8(at: u32, length: u32): bool {
  const end: u32 = at + length
  while (at < end) {
    if (end - at >= 8 && (load<u64>(at) & NOT_ASCII) == 0) {
      at += 8
      continue
    }
    const first: u32 = load<u8>(at)
    if (first < 0x80) {
      at += 1
      continue
    }
    const left: u32 = end - at
    if (first < 0xe0) {
      if (first < 0xc2 || left < 2 || !continues(at + 1)) return false
      at += 2
      continue
    }
    if (left < 3 || !continues(at + 1) || !continues(at + 2)) return false
    const second: u32 = load<u8>(at, 1)
    if (first < 0xf0) {
      if (first == 0xe0 && second < 0xa0) return false
      if (first == 0xed && second > 0x9f) return false
      at += 3
      continue
    }
    if (first > 0xf4 || left < 4 || !continues(at + 3)) return false
    if (first == 0xf0 && second < 0x90) return false
    if (first == 0xf4 && second > 0x8f) return false
    at += 4
  }
  return true
}
