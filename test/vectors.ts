// The recordings of test/vectors, loaded: real frames of mtg, the same events as mtg's
// own structs held them, the shard that mtg chose for each, and hashes of its library.
import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'

/** One line of an `.ndjson`: an event as users see it, and its time exactly. */
export interface RecordedEvent {
  readonly event: string
  readonly streamId: string
  readonly timestamp: number
  /** Nanoseconds since the epoch, in decimal. */
  readonly timestampNs: string
  readonly [field: string]: string | number | boolean
}

/** The moduli of `xxhash32.tsv`, in the order of its columns. */
export const XXHASH32_MODULI = [1, 2, 4, 7, 16, 64] as const

export interface XxHash32Row {
  readonly bytes: Uint8Array
  readonly hash: number
  /** `hash` mod each of `XXHASH32_MODULI`. */
  readonly shards: readonly number[]
}

/** Shards of the mtg that was recorded, in both recordings. */
export const RECORDED_SHARDS = 2

/** 17,241 frames of a real proxy's session. A fresh copy each time, as from all of these. */
export const sessionFrames = (): Uint8Array<ArrayBuffer> => load('mtg-session.sbe.br')
export const sessionEvents = (): RecordedEvent[] => events('mtg-session.ndjson.br')
/** Shard by frame; the random choice of mtg where there is no stream ID. */
export const sessionShards = (): number[] => lines('mtg-session.shards.txt.br').map(Number)

/** 255 frames of odd sequences and values. */
export const edgeFrames = (): Uint8Array<ArrayBuffer> => load('mtg-edge.sbe')
export const edgeEvents = (): RecordedEvent[] => events('mtg-edge.ndjson')
export const edgeShards = (): number[] => lines('mtg-edge.shards.txt').map(Number)

export function xxhash32Rows(): XxHash32Row[] {
  return lines('xxhash32.tsv.br').map((line) => {
    const [hex, hash, ...shards] = line.split('\t')
    return { bytes: new Uint8Array(Buffer.from(hex!, 'hex')), hash: Number(hash), shards: shards.map(Number) }
  })
}

function load(name: string): Uint8Array<ArrayBuffer> {
  const stored = readFileSync(new URL(`vectors/${name}`, import.meta.url))
  // A copy of its own: Node's small buffers are views of a shared pool.
  return new Uint8Array(name.endsWith('.br') ? brotliDecompressSync(stored) : stored)
}

/** Split at line feeds alone: text inside the lines holds other line separators. */
function lines(name: string): string[] {
  // ignoreBOM, so that nothing is taken away from what was recorded.
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    .decode(load(name))
    .replace(/\n$/, '')
    .split('\n')
}

const events = (name: string): RecordedEvent[] => lines(name).map((line) => JSON.parse(line) as RecordedEvent)
