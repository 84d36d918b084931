// The same load with other stream IDs: longer ones, or such as somebody chose who means harm. Whoever knows how shards
// are chosen can send all streams to one of them; what they may not do is make the stream table's search long,
// whose hash is keyed.

import { referenceXxHash32 } from '../test/reference-xxhash32.js'
import { collidingIds, ID_LETTERS, randomIds } from './colliding-ids.js'

/**
 * The load's own, 22 letters as mtg's; half of them or all as UUIDs, 36 letters (for the same 16 random bytes);
 * random ones that are all of one shard; or such that all have one hash, so are of one shard, too.
 */
export type IdKind = 'mtg' | 'half-uuid' | 'uuid' | 'one-shard' | 'colliding'

/** Shards for which `one-shard` is made. */
export const FLOODED_SHARDS = 4

const ID_AT = 14
const utf8 = new TextEncoder()
const hashOf = (id: string): number => referenceXxHash32(utf8.encode(id))
const collidingHash = (): number => hashOf(collidingIds().next().value)

function* idsOfOneShard(): Generator<string, never> {
  const shard = collidingHash() % FLOODED_SHARDS
  for (const id of randomIds()) if (hashOf(id) % FLOODED_SHARDS === shard) yield id
  throw new Error('random IDs never end')
}

/** The 16 bytes of one of mtg's IDs, base64url, as a UUID. */
function uuidOf(id: string): string {
  const digits = Buffer.from(id, 'base64url').toString('hex')
  return [0, 8, 12, 16, 20].map((from, part) => digits.slice(from, [8, 12, 16, 20, 32][part])).join('-')
}

/** Fresh IDs for old ones; each time the same for the same. */
function namer(kind: IdKind): (id: string) => string {
  if (kind === 'uuid') return uuidOf
  // The first letter is as good as a coin: its six bits are random.
  if (kind === 'half-uuid') return (id) => (id.charCodeAt(0) & 1 ? uuidOf(id) : id)
  const fresh = kind === 'colliding' ? collidingIds() : idsOfOneShard()
  const given = new Map<string, string>()
  return (id) => {
    const known = given.get(id)
    if (known !== undefined) return known
    const next = fresh.next().value
    given.set(id, next)
    return next
  }
}

/** A chunk's frames with other IDs. */
function rename(chunk: Uint8Array, nameOf: (id: string) => string): Uint8Array {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
  const renamed = Buffer.alloc(2 * bytes.length)
  let to = 0
  for (let at = 0; at < bytes.length; ) {
    const end = at + bytes.readUInt32BE(at)
    const idAt = at + ID_AT + bytes.readUInt16LE(at + 6)
    const frame = to
    to += bytes.copy(renamed, to, at, idAt)
    const id = idAt + 1 === end ? '' : nameOf(bytes.toString('latin1', idAt + 1, end))
    renamed[to++] = id.length
    to += renamed.write(id, to, 'latin1')
    renamed.writeUInt32BE(to - frame, frame)
    at = end
  }
  return renamed.subarray(0, to)
}

/** Gives each stream of a load another ID. @param chunks of whole frames */
export function* renameStreams(chunks: Iterable<Uint8Array>, kind: IdKind): Generator<Uint8Array> {
  if (kind === 'mtg') {
    yield* chunks
    return
  }
  const nameOf = namer(kind)
  for (const chunk of chunks) yield rename(chunk, nameOf)
}

/** Looks at IDs with a hash written from its specification. @throws Error they aren't what their kind says */
export function assertIds(ids: readonly string[], kind: IdKind): void {
  const hashes = ids.map(hashOf)
  const different = new Set(hashes).size
  const shards = new Set(hashes.map((hash) => hash % FLOODED_SHARDS)).size
  const long = ids.filter((id) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)).length / ids.length
  const short = ids.filter((id) => id.length === ID_LETTERS).length / ids.length
  const isRight = {
    mtg: short === 1 && shards === FLOODED_SHARDS,
    'half-uuid': Math.abs(long - 0.5) < 0.1 && long + short === 1,
    uuid: long === 1,
    'one-shard':
      shards === 1 &&
      hashes[0]! % FLOODED_SHARDS === collidingHash() % FLOODED_SHARDS &&
      different > ids.length / 2,
    colliding: different === 1,
  }
  if (!isRight[kind] || new Set(ids).size !== ids.length) {
    throw new Error(`${ids.length} ${kind} IDs have ${different} hashes, and are of ${shards} shards`)
  }
}
