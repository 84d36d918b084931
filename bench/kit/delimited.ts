// Messages with their length before them, as Protocol Buffers recommends for streams: whole ones out of chunks.

/** Bytes of a length at most: 28 bits are more than any message here has. */
const MAX_LENGTH_BYTES = 4

/** Where the message begins whose length stands at `at`, and where it ends; undefined where bytes are missing. */
export class Delimited {
  start = 0
  end = 0

  /** @returns whether a whole message is there */
  find(bytes: Uint8Array, at: number): boolean {
    let length = 0
    for (let index = 0; index < MAX_LENGTH_BYTES; index++) {
      if (at + index >= bytes.length) return false
      const byte = bytes[at + index]!
      length |= (byte & 0x7f) << (7 * index)
      if (byte >= 0x80) continue
      this.start = at + index + 1
      this.end = this.start + length
      return this.end <= bytes.length
    }
    throw new Error('a length is not one')
  }
}
