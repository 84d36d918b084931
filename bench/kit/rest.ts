// What a chunk's end cut off, for formats whose messages begin with their length.

/** A message that a chunk's end cut, put together again with the next chunk. */
export class Rest {
  private rest: Buffer | undefined

  /** The chunk with what was left before it. Only that much is copied: a cut message and its chunk. */
  before(chunk: Buffer): Buffer {
    const { rest } = this
    if (rest === undefined) return chunk
    this.rest = undefined
    return Buffer.concat([rest, chunk])
  }

  keep(bytes: Buffer, from: number): void {
    this.rest = from < bytes.length ? bytes.subarray(from) : undefined
  }

  get empty(): boolean {
    return this.rest === undefined
  }
}
