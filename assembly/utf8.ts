// Well-formed UTF-8, as Unicode's table 3-7 has it: no overlong forms, no
// surrogates, nothing above U+10FFFF, nothing cut off.

const NOT_ASCII: u64 = 0x8080808080808080

/** Looks at up to 7 bytes past the text: should they be ASCII as its last ones are, it ends well before them. */
export function isUtf8(at: u32, length: u32): bool {
  const end: u32 = at + length
  while (at < end) {
    if ((load<u64>(at) & NOT_ASCII) == 0) {
      at += 8
      continue
    }
    const first: u32 = load<u8>(at++)
    if (first < 0x80) continue
    const more: u32 = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3
    if (first < 0xc2 || first > 0xf4 || end - at < more) return false
    let point: u32 = first & (<u32>0x3f >> more)
    for (let left: u32 = more; left != 0; left--) {
      const next: u32 = load<u8>(at++)
      if ((next & 0xc0) != 0x80) return false
      point = (point << 6) | (next & 0x3f)
    }
    // Three bytes begin at U+0800, four at U+10000; two can't be overlong after 0xc2.
    if (point >> (5 * more + 1) == 0 || point >> 11 == 0xd800 >> 11 || point > 0x10ffff) return false
  }
  return true
}
