// What the recorded session holds, as mtg's own structs say it and not as this package
// decodes it; and the two equations that every ledger has to satisfy.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { root } from '../project.mjs'

const load = (name) => brotliDecompressSync(readFileSync(join(root, 'test', 'vectors', name)))

/** 17,241 whole frames. */
export const sessionFrames = new Uint8Array(load('mtg-session.sbe.br'))

/** No frames at all: as one, it would be 1.2 GB long. */
export const garbage = new TextEncoder().encode('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')

const events = load('mtg-session.ndjson.br')
  .toString()
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line))

function measure() {
  const bytes = new Map()
  const facts = {
    events: events.length,
    sessions: 0,
    bytes: 0,
    most: 0,
    traffic: 0,
    finished: 0,
    finishedBytes: 0,
  }
  let busiest = { streamId: '', bytes: -1 }
  for (const { event, streamId, traffic } of events) {
    if (event === 'EventStart') {
      facts.sessions++
      bytes.set(streamId, 0)
    } else if (event === 'EventTraffic') {
      facts.traffic++
      facts.bytes += traffic
      bytes.set(streamId, (bytes.get(streamId) ?? 0) + traffic)
      facts.most = Math.max(facts.most, bytes.get(streamId))
    } else if (event === 'EventFinish') {
      const own = bytes.get(streamId) ?? 0
      facts.finished++
      facts.finishedBytes += own
      if (own > busiest.bytes) busiest = { streamId, bytes: own }
      bytes.delete(streamId)
    }
  }
  return { ...facts, busiest }
}

export const session = measure()

/** Pieces as a network may cut them, at places that no frame knows. */
export function cut(bytes, lengths = [1, 1_400, 7, 16_384, 100_003]) {
  const pieces = []
  for (let from = 0, index = 0; from < bytes.length; index++) {
    const to = from + lengths[index % lengths.length]
    pieces.push(bytes.subarray(from, to))
    from = to
  }
  return pieces
}

/** Nothing is lost unseen, and nothing is left when a router is over. */
export function assertLedger(stats) {
  const { received, accepted, rejected, delivered, failed, ignored, dropped, inFlight } = stats
  assert.equal(received, accepted + rejected, 'received = accepted + rejected')
  assert.equal(accepted, delivered + failed + ignored + dropped + inFlight, 'accepted = the sum of its fates')
}
