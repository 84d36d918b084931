// An mtg-like load: frames of mtg's schema as a proxy under load would send them,
// the same bytes for the same seed on every engine (integers only, own generator).
// The bench and `shardwire generate` use it. Frames are written by hand and not by
// the schema's encoder: making the load must not take longer than routing it.
//
// Shares follow a recorded session of mtg: about 88 % traffic, 4 % each of starts,
// finishes and connects, 0.8 % fronting, the rest replays and events without an ID.

import { OptionError } from './errors.js'

/** What load to make. */
export interface LoadOptions {
  /** How many events come out in all. */
  readonly events: number
  /** Streams live at a time, once all have started. */
  readonly streams: number
  /** Only its low 32 bits count. */
  readonly seed: number
  /** Nanoseconds since the epoch, of the first event. Default: 2026-09-21T14:13:20Z. */
  readonly startTimestampNs?: bigint
}

/** Bytes of a chunk at most; a read of a socket gives as many. */
export const LOAD_CHUNK_BYTES = 65_536
/** Streams at most: each takes 23 bytes while the load is made. */
export const LOAD_MAX_STREAMS = 1 << 24

const DEFAULT_START_NS = 1_790_000_000_000_000_000n
/** mtg's stream IDs: 16 random bytes in base64url, without padding. */
const ID_BYTES = 22
const ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
/** Longest frame here: EventConnectedToDC, 14 bytes of headers, 28 of block, 23 of ID. */
const MAX_FRAME_BYTES = 65
const HEADER_BYTES = 14
const ENCODING_TYPE = 0xeb50
/** mtg reads at most this much at once: a TLS record's 16,384 bytes less its overhead. */
const MAX_TRAFFIC_BYTES = 16_379

const START = 1
const CONNECTED = 2
const TRAFFIC = 3
const FINISH = 4
const FRONTING = 5
const LIMITED = 6
const BLOCKLISTED = 7
const REPLAY = 8
const IP_LIST_SIZE = 9

// A stream's phase. Traffic comes only once there is somebody to talk to.
const STARTED = 0
const REPLAYED = 1
const TALKING = 2

// Shares of all events, in 65,536ths, drawn by the low 16 bits of a random number.
const LIMITED_BELOW = 141
const BLOCKLISTED_BELOW = LIMITED_BELOW + 182
const IP_LIST_SIZE_BELOW = BLOCKLISTED_BELOW + 80
const FINISH_BELOW = IP_LIST_SIZE_BELOW + 2_550
// What a started stream does next, in 65,536ths, by the high 16 bits.
const FRONTING_BELOW = 9_900
const REPLAY_BELOW = FRONTING_BELOW + 3_000

const DATA_CENTRES = [1, 2, 2, 2, 2, 2, 2, 3, 4, 4, 4, 4, 5, 5, 203, 2]

/** sfc32 (Doty-Humphrey's small fast counter): passes PractRand, and needs 32-bit sums only. */
function sfc32(seed: number): () => number {
  let a = 0
  let b = 0
  let c = seed | 0
  let counter = 1
  function next(): number {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  for (let i = 0; i < 12; i++) next()
  return next
}

/** Writes frames into chunks; keeps the clock and the streams' IDs. */
class LoadWriter {
  readonly random: () => number
  private readonly ids: Uint8Array
  private readonly alphabet = Uint8Array.from(ID_ALPHABET, (letter) => letter.charCodeAt(0))
  private chunk = new Uint8Array(0)
  private view = new DataView(this.chunk.buffer)
  private at = 0
  private clockHigh: number
  private clockLow: number

  constructor(streams: number, seed: number, startNs: bigint) {
    this.random = sfc32(seed)
    this.ids = new Uint8Array(streams * ID_BYTES)
    this.clockHigh = Number(startNs >> 32n)
    this.clockLow = Number(startNs & 0xffff_ffffn)
  }

  /** Whether another frame may not fit. */
  get full(): boolean {
    return this.at > this.chunk.length - MAX_FRAME_BYTES
  }

  /** Gives what was written and begins a new chunk of at most `bytes`. */
  take(bytes: number): Uint8Array {
    const written = this.chunk.subarray(0, this.at)
    this.chunk = new Uint8Array(bytes)
    this.view = new DataView(this.chunk.buffer)
    this.at = 0
    return written
  }

  start(stream: number): void {
    this.newId(stream)
    this.header(START, 24, stream)
    this.clientAddress(this.at + 22)
    this.end(24, stream)
  }

  connected(stream: number): void {
    const centre = DATA_CENTRES[this.random() & 15]!
    const at = this.header(CONNECTED, 28, stream)
    // 2001:db8:f000::a or 192.0.2.n (documentation ranges): a few addresses, as there are few data centres.
    if (this.random() & 1) {
      this.view.setUint32(at + 8, 0x20010db8)
      this.view.setUint32(at + 12, 0xf0000000 + (centre << 16))
      this.chunk[at + 23] = 0x0a
    } else this.mappedV4(at + 8, (0xc0000200 | centre) >>> 0)
    this.view.setInt32(at + 24, centre, true)
    this.end(28, stream)
  }

  traffic(stream: number): void {
    const random = this.random()
    const at = this.header(TRAFFIC, 17, stream)
    // Each power of two alike: the recorded sizes' median is 492, their mean 1,300.
    const bits = (random >>> 16) % 14
    const bytes = (1 << bits) + (random & ((1 << bits) - 1))
    this.view.setUint32(at + 8, Math.min(bytes, MAX_TRAFFIC_BYTES), true)
    this.chunk[at + 16] = random >>> 31
    this.end(17, stream)
  }

  /** An event whose block is the timestamp alone. */
  bare(template: number, stream: number): void {
    this.header(template, 8, stream)
    this.end(8, stream)
  }

  blocklisted(): void {
    const at = this.header(BLOCKLISTED, 25, -1)
    this.clientAddress(at + 8)
    this.chunk[at + 24] = this.random() & 1
    this.end(25, -1)
  }

  listSize(): void {
    const random = this.random()
    const at = this.header(IP_LIST_SIZE, 17, -1)
    this.view.setUint32(at + 8, random >>> 12, true)
    this.chunk[at + 16] = random & 1
    this.end(17, -1)
  }

  /** Both headers and the timestamp; gives the block's index. `stream` is -1 where the event has none. */
  private header(template: number, blockBytes: number, stream: number): number {
    const { view, at } = this
    view.setUint32(at, HEADER_BYTES + blockBytes + 1 + (stream < 0 ? 0 : ID_BYTES))
    view.setUint16(at + 4, ENCODING_TYPE)
    view.setUint16(at + 6, blockBytes, true)
    view.setUint16(at + 8, template, true)
    view.setUint16(at + 10, 1, true)
    // Schema version 0: the chunk is zeros.
    const random = this.random()
    const low = this.clockLow + 1 + (random & 2_047)
    this.clockLow = low >>> 0
    if (low > 0xffff_ffff) this.clockHigh = (this.clockHigh + 1) >>> 0
    // One event in 1,024 is stamped up to 16 µs ago: two goroutines of one stream overtake each other.
    const stamp = random >>> 22 === 0 ? this.clockLow - ((random >>> 8) & 16_383) : this.clockLow
    view.setUint32(at + HEADER_BYTES, stamp >>> 0, true)
    view.setUint32(at + HEADER_BYTES + 4, stamp < 0 ? this.clockHigh - 1 : this.clockHigh, true)
    return at + HEADER_BYTES
  }

  /** The stream's ID, empty where it has none; then the frame is complete. */
  private end(blockBytes: number, stream: number): void {
    const { chunk, ids } = this
    let at = this.at + HEADER_BYTES + blockBytes
    if (stream < 0) at++
    else {
      chunk[at++] = ID_BYTES
      const from = stream * ID_BYTES
      for (let i = 0; i < ID_BYTES; i++) chunk[at + i] = ids[from + i]!
      at += ID_BYTES
    }
    this.at = at
  }

  private newId(stream: number): void {
    const from = stream * ID_BYTES
    let bits = 0
    for (let i = 0; i < ID_BYTES - 1; i++) {
      if (i % 5 === 0) bits = this.random()
      this.ids[from + i] = this.alphabet[bits & 63]!
      bits >>>= 6
    }
    // 21 letters carry 126 of 128 bits; the last letter's low four bits are zeros.
    this.ids[from + ID_BYTES - 1] = this.alphabet[(bits & 3) << 4]!
  }

  /** Seven of ten IPv4, as recorded; ranges for benchmarks (198.18/15) and documentation (2001:db8::/32). */
  private clientAddress(at: number): void {
    const random = this.random()
    if (random % 10 < 7) this.mappedV4(at, (0xc6120000 | (random >>> 15)) >>> 0)
    else {
      this.view.setUint32(at, 0x20010db8)
      this.view.setUint32(at + 4, random)
      this.view.setUint32(at + 12, this.random())
    }
  }

  private mappedV4(at: number, address: number): void {
    this.view.setUint16(at + 10, 0xffff)
    this.view.setUint32(at + 12, address)
  }
}

/** Writes one event, or a finish and the start that replaces it: they come one after the other. */
function* steps(writer: LoadWriter, streams: number): Generator<undefined, never> {
  const phases = new Uint8Array(streams)
  for (let stream = 0; stream < streams; stream++) {
    writer.start(stream)
    yield
  }
  for (;;) {
    const random = writer.random()
    const draw = random & 0xffff
    if (draw < LIMITED_BELOW) writer.bare(LIMITED, -1)
    else if (draw < BLOCKLISTED_BELOW) writer.blocklisted()
    else if (draw < IP_LIST_SIZE_BELOW) writer.listSize()
    else {
      // Modulo: the bias is under 0.4 % at the most streams there are.
      const stream = writer.random() % streams
      if (draw < FINISH_BELOW) {
        writer.bare(FINISH, stream)
        yield
        writer.start(stream)
        phases[stream] = STARTED
      } else if (phases[stream] === TALKING) writer.traffic(stream)
      else if (
        phases[stream] === STARTED &&
        random >>> 16 < REPLAY_BELOW &&
        random >>> 16 >= FRONTING_BELOW
      ) {
        writer.bare(REPLAY, stream)
        phases[stream] = REPLAYED
      } else {
        // Who replays a handshake gets the fronting domain.
        if (phases[stream] === REPLAYED || random >>> 16 < FRONTING_BELOW) writer.bare(FRONTING, stream)
        else writer.connected(stream)
        phases[stream] = TALKING
      }
    }
    yield
  }
}

function checked(name: string, value: number, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value
  throw new OptionError('option-invalid', `${name} is ${value}; give an integer from ${least} to ${most}`)
}

/**
 * Makes a load in chunks that end where a frame ends. First every stream starts; from then on, when one
 * finishes, the next event starts another, so as many stay live. At the end they are left open.
 * Memory is bounded by `streams`; each chunk is the caller's to keep.
 * @throws OptionError `option-invalid`
 */
export function generateLoad(options: LoadOptions): Generator<Uint8Array, void> {
  const events = checked('events', options.events, 0, Number.MAX_SAFE_INTEGER)
  const streams = checked('streams', options.streams, 1, LOAD_MAX_STREAMS)
  const seed = checked('seed', options.seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  const startNs = options.startTimestampNs ?? DEFAULT_START_NS
  if (startNs < 1n << 32n || startNs >= 1n << 63n) {
    throw new OptionError('option-invalid', `startTimestampNs is ${startNs}; give one from 2^32 to 2^63 - 1`)
  }
  // More streams than events can't start.
  return chunks(events, Math.min(streams, Math.max(events, 1)), seed, startNs)
}

function* chunks(
  events: number,
  streams: number,
  seed: number,
  startNs: bigint,
): Generator<Uint8Array, void> {
  const writer = new LoadWriter(streams, seed, startNs)
  const step = steps(writer, streams)
  writer.take(LOAD_CHUNK_BYTES)
  for (let left = events; left > 0; left--) {
    if (writer.full) yield writer.take(LOAD_CHUNK_BYTES)
    step.next()
  }
  const last = writer.take(0)
  if (last.length > 0) yield last
}
