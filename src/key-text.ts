// The text of stream IDs. Made once a stream, yet it is among the dearest things
// that happen in one's life.

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
const NOT_ASCII = 0x8080_8080 | 0
/** mtg's IDs: 16 bytes in base64url. One call with as many arguments takes a third of a TextDecoder's time. */
const USUAL_BYTES = 22

/** The text of `length` bytes that are known to be UTF-8. `view` and `bytes` are of the same memory. */
export function keyText(view: DataView, bytes: Uint8Array, at: number, length: number): string {
  if (length === USUAL_BYTES) {
    let bits = view.getInt32(at + 18, true)
    for (let offset = 0; offset < 20; offset += 4) bits |= view.getInt32(at + offset, true)
    if ((bits & NOT_ASCII) === 0) {
      // biome-ignore format: a row of arguments
      return String.fromCharCode(
        bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!, bytes[at + 4]!, bytes[at + 5]!,
        bytes[at + 6]!, bytes[at + 7]!, bytes[at + 8]!, bytes[at + 9]!, bytes[at + 10]!, bytes[at + 11]!,
        bytes[at + 12]!, bytes[at + 13]!, bytes[at + 14]!, bytes[at + 15]!, bytes[at + 16]!, bytes[at + 17]!,
        bytes[at + 18]!, bytes[at + 19]!, bytes[at + 20]!, bytes[at + 21]!,
      )
    }
  }
  return utf8.decode(bytes.subarray(at, at + length))
}
