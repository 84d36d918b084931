// Protocol Buffers by protobufjs: decoders generated at run time from the schema, which its documentation
// measures as fast as static code or faster; read in place from each chunk by one Reader.

import protobuf from 'protobufjs'
import { readEvents } from '../events.js'
import { recut } from '../kit/cut.js'
import { Delimited } from '../kit/delimited.js'
import { deliver, kindOf, type Numbered } from '../kit/kinds.js'
import { MapMeter } from '../kit/map-meter.js'
import { MESSAGE, PROTO } from '../kit/mtg.proto.js'
import { meterFor } from '../kit/observers.js'
import { Rest } from '../kit/rest.js'
import { versionOf } from '../kit/version.js'
import type { Contestant } from './contestant.js'

const Event = protobuf.parse(PROTO, { keepCase: true }).root.lookupType(MESSAGE)

export const contestant: Contestant<readonly Buffer[]> = {
  description: 'Protocol Buffers by protobufjs, state in a Map',
  oneShard: true,
  slow: true,
  versions: () => ({ protobufjs: versionOf('protobufjs') }),
  prepare(frames, { chunkBytes }) {
    function* pieces(): Generator<Uint8Array> {
      for (const event of readEvents([frames])) {
        yield Event.encodeDelimited({ ...event, kind: kindOf(event) }).finish()
      }
    }
    return recut(pieces(), chunkBytes)
  },
  open(setting) {
    const meter = meterFor(setting, () => new MapMeter())
    const delimited = new Delimited()
    const rest = new Rest()
    return {
      write(chunks) {
        for (const chunk of chunks) {
          const bytes = rest.before(chunk)
          const reader = protobuf.Reader.create(bytes)
          let at = 0
          while (delimited.find(bytes, at)) {
            reader.pos = delimited.start
            const message = Event.decode(reader, delimited.end - delimited.start) as never as Numbered
            deliver(meter, message.kind, message)
            at = delimited.end
          }
          rest.keep(bytes, at)
        }
      },
      finish() {
        if (!rest.empty) throw new Error('the last message was cut')
        return meter.tally
      },
    }
  },
}
