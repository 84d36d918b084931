// MessagePack by msgpackr, as fast as it goes: the record extension, whose structures both sides know, so that an
// event is a byte for its structure and then its values, read by code that msgpackr generates; and batches of
// events, each an array with its length before it, whose strings msgpackr bundles into one (`bundleStrings`).
// That is three to four times as fast as its stream or its `decodeIter`, which look for the end of each value.

import { isNativeAccelerationEnabled, Packr, Unpackr } from 'msgpackr'
import { readEvents } from '../events.js'
import { recut } from '../kit/cut.js'
import { deliver, kindOf, type Numbered } from '../kit/kinds.js'
import { MapMeter } from '../kit/map-meter.js'
import { meterFor } from '../kit/observers.js'
import { Rest } from '../kit/rest.js'
import { versionOf } from '../kit/version.js'
import type { Contestant } from './contestant.js'

const BATCH_EVENTS = 256
/** Of a batch, before it, little-endian. */
const LENGTH_BYTES = 4

interface Packed {
  readonly chunks: readonly Buffer[]
  /** Names of the fields of each structure, in the producer's numbering. */
  readonly structures: object[]
}

function* batches(frames: Uint8Array, packr: Packr): Generator<Uint8Array> {
  let batch: object[] = []
  const packed = (): Buffer => {
    const bytes = packr.pack(batch)
    const length = Buffer.alloc(LENGTH_BYTES)
    length.writeUInt32LE(bytes.length)
    batch = []
    return Buffer.concat([length, bytes])
  }
  for (const { event, ...fields } of readEvents([frames])) {
    batch.push({ kind: kindOf({ event }), ...fields })
    if (batch.length === BATCH_EVENTS) yield packed()
  }
  if (batch.length > 0) yield packed()
}

export const contestant: Contestant<Packed> = {
  description: 'MessagePack records by msgpackr in batches, state in a Map',
  oneShard: true,
  slow: true,
  versions: () => ({
    msgpackr: `${versionOf('msgpackr')} ${isNativeAccelerationEnabled ? 'with' : 'without'} its addon`,
  }),
  prepare(frames, { chunkBytes }, before) {
    const structures = before?.structures ?? []
    const packr = new Packr({ structures, bundleStrings: true })
    return { chunks: recut(batches(frames, packr), chunkBytes), structures }
  },
  open(setting) {
    const meter = meterFor(setting, () => new MapMeter())
    const rest = new Rest()
    let unpackr: Unpackr | undefined
    return {
      write({ chunks, structures }) {
        unpackr ??= new Unpackr({ structures: structuredClone(structures), bundleStrings: true })
        for (const chunk of chunks) {
          const bytes = rest.before(chunk)
          let at = 0
          while (at + LENGTH_BYTES <= bytes.length) {
            const end = at + LENGTH_BYTES + bytes.readUInt32LE(at)
            if (end > bytes.length) break
            const batch: Numbered[] = unpackr.unpack(bytes.subarray(at + LENGTH_BYTES, end))
            for (const event of batch) deliver(meter, event.kind, event)
            at = end
          }
          rest.keep(bytes, at)
        }
      },
      finish() {
        if (!rest.empty) throw new Error('the last batch was cut')
        return meter.tally
      },
    }
  },
}
