// The twin's lookup from stream IDs, as bytes, to references: open addressing over one typed array,
// whole IDs compared, nothing allocated by a search.
//
// A bucket is eight words, half a cache line. Six hold the key: the length byte and the ID's first 15
// bytes, then its last 8, which may overlap them (shorter IDs: padded with zeros). So IDs of up to
// 23 bytes are whole; longer ones are compared with a copy. Then the reference, 0 in an empty bucket,
// and a word that only `touch` writes.

const BUCKET_SHIFT = 3
const BUCKET_WORDS = 1 << BUCKET_SHIFT
const BUCKET_BYTES = 32
const REF_WORD = 6
const TOUCHED_WORD = 7
const INLINE_ID_BYTES = 23
/** Shortest ID whose key words can be read where it stands. */
const UNPADDED_ID_BYTES = 15
const LONG_ID_BYTES = 256
const CACHE_LINE_BYTES = 64
/** The allocator puts 16 bytes of its own before a large block, and starts it at a page. */
const ALLOCATOR_BYTES = 16

export class IdTable {
  /** Where the last search ended: the ID's bucket, or the empty one where it would be. */
  bucket = 0
  /** IDs in the table. */
  size = 0
  private readonly words: Int32Array
  private readonly wordMask: number
  /** Odd multipliers, secret to this instance: nobody can aim IDs at one bucket. */
  private readonly keys = crypto.getRandomValues(new Int32Array(8)).map((key) => key | 1)
  private readonly padded = new DataView(new ArrayBuffer(BUCKET_BYTES))
  /** By slot and shard: length byte and ID, in 256 bytes each. Pages that nobody touches cost nothing. */
  private readonly longIds: DataView
  private readonly shards: number

  /**
   * @param entries most IDs at a time; at most two thirds of the buckets are ever taken
   * @param shards how many there are in references
   */
  constructor(entries: number, shards: number) {
    this.shards = shards
    this.longIds = new DataView(new ArrayBuffer((entries + shards) * LONG_ID_BYTES))
    const words = BUCKET_WORDS * 2 ** Math.ceil(Math.log2(entries * 1.5))
    const offset = CACHE_LINE_BYTES - ALLOCATOR_BYTES
    this.words = new Int32Array(new ArrayBuffer(4 * words + offset), offset, words)
    this.wordMask = words - 1
  }

  /** The hash of an ID that begins, with its length, at `idAt`; 0 for short ones, which aren't worth it. */
  hash(view: DataView, idAt: number, idBytes: number): number {
    if (idBytes < UNPADDED_ID_BYTES) return 0
    const tail = idAt + idBytes - 7
    const hash = this.hashWords(
      view.getInt32(idAt, true),
      view.getInt32(idAt + 4, true),
      view.getInt32(idAt + 8, true),
      view.getInt32(idAt + 12, true),
      view.getInt32(tail, true),
      view.getInt32(tail + 4, true),
    )
    return idBytes > INLINE_ID_BYTES ? this.mixMiddle(hash, view, idAt, idBytes) : hash
  }

  /** Has the bucket fetched into the cache. A store, since the processor doesn't wait for it. */
  touch(hash: number): void {
    this.words[((hash << BUCKET_SHIFT) & this.wordMask) + TOUCHED_WORD] = 1
  }

  /**
   * Looks an ID up and sets `bucket`.
   * @param known its hash, or 0
   * @returns its reference, or 0
   */
  find(view: DataView, idAt: number, idBytes: number, known: number): number {
    const { words, wordMask } = this
    let from = view
    let at = idAt
    let tail = idAt + idBytes - 7
    if (idBytes < UNPADDED_ID_BYTES) {
      from = this.pad(view, idAt, idBytes)
      at = 0
      tail = 16
    }
    const word0 = from.getInt32(at, true)
    const word1 = from.getInt32(at + 4, true)
    const word2 = from.getInt32(at + 8, true)
    const word3 = from.getInt32(at + 12, true)
    const word4 = from.getInt32(tail, true)
    const word5 = from.getInt32(tail + 4, true)
    let hash = known
    if (hash === 0) {
      hash = this.hashWords(word0, word1, word2, word3, word4, word5)
      if (idBytes > INLINE_ID_BYTES) hash = this.mixMiddle(hash, view, idAt, idBytes)
    }
    let bucket = (hash << BUCKET_SHIFT) & wordMask
    let ref = words[bucket + REF_WORD]!
    while (ref !== 0) {
      if (
        words[bucket + 1] === word1 &&
        words[bucket] === word0 &&
        words[bucket + 2] === word2 &&
        words[bucket + 3] === word3 &&
        words[bucket + 4] === word4 &&
        words[bucket + 5] === word5 &&
        (idBytes <= INLINE_ID_BYTES || this.sameLong(ref, view, idAt, idBytes))
      ) {
        break
      }
      bucket = (bucket + BUCKET_WORDS) & wordMask
      ref = words[bucket + REF_WORD]!
    }
    this.bucket = bucket
    return ref
  }

  /** Puts the ID that was just not found into `bucket`. */
  insert(view: DataView, idAt: number, idBytes: number, ref: number): void {
    const { words, bucket } = this
    const short = idBytes < UNPADDED_ID_BYTES
    const from = short ? this.padded : view
    const tail = short ? 16 : idAt + idBytes - 7
    for (let word = 0; word < 4; word++) {
      words[bucket + word] = from.getInt32((short ? 0 : idAt) + 4 * word, true)
    }
    words[bucket + 4] = from.getInt32(tail, true)
    words[bucket + 5] = from.getInt32(tail + 4, true)
    words[bucket + REF_WORD] = ref
    if (idBytes > INLINE_ID_BYTES) {
      const to = this.placeOf(ref)
      for (let i = 0; i <= idBytes; i++) this.longIds.setUint8(to + i, view.getUint8(idAt + i))
    }
    this.size++
  }

  /** Takes out the ID that was just found, and moves back those that probing would no longer find. */
  remove(): void {
    const { words, wordMask } = this
    let hole = this.bucket
    let at = (hole + BUCKET_WORDS) & wordMask
    for (; words[at + REF_WORD] !== 0; at = (at + BUCKET_WORDS) & wordMask) {
      const home = (this.hashOf(at) << BUCKET_SHIFT) & wordMask
      if (((at - home) & wordMask) < ((at - hole) & wordMask)) continue
      words.copyWithin(hole, at, at + BUCKET_WORDS)
      hole = at
    }
    words[hole + REF_WORD] = 0
    this.size--
  }

  private hashWords(a: number, b: number, c: number, d: number, e: number, f: number): number {
    const { keys } = this
    // The products don't wait for each other; the last steps bring the high bits down.
    const sum = (Math.imul(a, keys[0]!) + Math.imul(b, keys[1]!) + Math.imul(c, keys[2]!)) | 0
    const hash = (sum + Math.imul(d, keys[3]!) + Math.imul(e, keys[4]!) + Math.imul(f, keys[5]!)) | 0
    const mixed = Math.imul(hash ^ (hash >>> 15), keys[6]!)
    return mixed ^ (mixed >>> 15)
  }

  private hashOf(bucket: number): number {
    const { words } = this
    const idBytes = words[bucket]! & 0xff
    if (idBytes > INLINE_ID_BYTES)
      return this.hash(this.longIds, this.placeOf(words[bucket + REF_WORD]!), idBytes)
    return this.hashWords(
      words[bucket]!,
      words[bucket + 1]!,
      words[bucket + 2]!,
      words[bucket + 3]!,
      words[bucket + 4]!,
      words[bucket + 5]!,
    )
  }

  private pad(view: DataView, idAt: number, idBytes: number): DataView {
    for (let i = 0; i < BUCKET_BYTES; i += 4) this.padded.setInt32(i, 0)
    for (let i = 0; i <= idBytes; i++) this.padded.setUint8(i, view.getUint8(idAt + i))
    return this.padded
  }

  /** What of a long ID no key word has, four bytes at a time; the last may be some of the tail's. */
  private mixMiddle(hash: number, view: DataView, idAt: number, idBytes: number): number {
    let mixed = hash
    for (let i = 16; i < idBytes - 7; i += 4) {
      mixed = Math.imul(mixed ^ view.getInt32(idAt + i, true), this.keys[7]!)
      mixed ^= mixed >>> 15
    }
    return mixed
  }

  private sameLong(ref: number, view: DataView, idAt: number, idBytes: number): boolean {
    const known = this.longIds
    const at = this.placeOf(ref)
    for (let i = 1; i < idBytes - 3; i += 4) {
      if (known.getInt32(at + i, true) !== view.getInt32(idAt + i, true)) return false
    }
    return known.getInt32(at + idBytes - 3, true) === view.getInt32(idAt + idBytes - 3, true)
  }

  /** A reference is a slot and, in its low 8 bits, a shard. */
  private placeOf(ref: number): number {
    return ((ref >>> 8) * this.shards + (ref & 0xff)) * LONG_ID_BYTES
  }
}
