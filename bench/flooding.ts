// What IDs that collide in xxHash32 cost: the same load with other IDs. Whoever knows how shards are chosen can send
// all streams to one of them; what they may not do is make the stream table's search long, whose hash is keyed.

import { referenceXxHash32 } from '../test/reference-xxhash32.js'
import { collidingIds, ID_LETTERS, randomIds } from './colliding-ids.js'
import { SHARDS } from './contestants/contestant.js'

/** IDs of a load: as it comes, spread over the shards; random, all of one shard; all of one hash, so of one shard. */
export type IdKind = 'spread' | 'one-shard' | 'colliding'

const utf8 = new TextEncoder()
const hashOf = (id: string): number => referenceXxHash32(utf8.encode(id))
const collidingHash = (): number => hashOf(collidingIds().next().value)

function* idsOfOneShard(): Generator<string, never> {
  const shard = collidingHash() % SHARDS
  for (const id of randomIds()) if (hashOf(id) % SHARDS === shard) yield id
  throw new Error('random IDs never end')
}

/** Gives each stream of a load another ID of the same length, in place. @returns the IDs */
export function renameStreams(chunks: readonly Uint8Array[], kind: IdKind): string[] {
  const fresh = kind === 'colliding' ? collidingIds() : kind === 'one-shard' ? idsOfOneShard() : undefined
  const given = new Map<string, string>()
  const latin1 = new TextDecoder('latin1')
  for (const chunk of chunks) {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length)
    for (let at = 0; at < chunk.length; at += view.getUint32(at)) {
      const idAt = at + 14 + view.getUint16(at + 6, true)
      const place = chunk.subarray(idAt + 1, at + view.getUint32(at))
      if (place.length === 0) continue
      if (place.length !== ID_LETTERS) throw new Error(`an ID of ${place.length} bytes in the load`)
      const old = latin1.decode(place)
      let id = given.get(old)
      if (id === undefined) {
        id = fresh?.next().value ?? old
        given.set(old, id)
      }
      utf8.encodeInto(id, place)
    }
  }
  return [...given.values()]
}

/** Looks at IDs with a hash written from its specification. @throws Error they aren't what their kind says */
export function assertIds(ids: readonly string[], kind: IdKind): void {
  const hashes = ids.map(hashOf)
  const different = new Set(hashes).size
  const shards = new Set(hashes.map((hash) => hash % SHARDS)).size
  const isRight = {
    spread: shards === SHARDS,
    'one-shard':
      shards === 1 && hashes[0]! % SHARDS === collidingHash() % SHARDS && different > ids.length / 2,
    colliding: different === 1,
  }
  if (!isRight[kind] || new Set(ids).size !== ids.length) {
    throw new Error(`${ids.length} ${kind} IDs have ${different} hashes, and are of ${shards} shards`)
  }
}
