// Protocol Buffers by protobuf-es, version 2: `fromBinary` a message, without keeping unknown fields. Its own
// `sizeDelimitedDecodeStream` would await each message, and `sizeDelimitedPeek` makes an object and a reader for
// each; so their lengths are read here.

import { create, createFileRegistry, fromBinary } from '@bufbuild/protobuf'
import { sizeDelimitedEncode } from '@bufbuild/protobuf/wire'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import protobuf from 'protobufjs'
import descriptor from 'protobufjs/ext/descriptor.js'
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

/**
 * The message's description, which protobuf-es gets from a compiler as bytes: its generated code is no more
 * than those. Here another library's parser makes them, so that no compiler is needed.
 */
function describe() {
  const { root } = protobuf.parse(PROTO, { keepCase: true })
  const set = descriptor.FileDescriptorSet.encode(
    (root as protobuf.Root & { toDescriptor(edition: string): protobuf.Message }).toDescriptor('proto3'),
  ).finish()
  const found = createFileRegistry(fromBinary(FileDescriptorSetSchema, set)).getMessage(MESSAGE)
  if (found === undefined) throw new Error(`${MESSAGE} is not described`)
  return found
}

const EventSchema = describe()
const OPTIONS = { readUnknownFields: false }

export const contestant: Contestant<readonly Buffer[]> = {
  description: 'Protocol Buffers by protobuf-es, state in a Map',
  oneShard: true,
  slow: true,
  versions: () => ({ '@bufbuild/protobuf': versionOf('@bufbuild/protobuf') }),
  prepare(frames, { chunkBytes }) {
    function* pieces(): Generator<Uint8Array> {
      for (const { event, ...fields } of readEvents([frames])) {
        const kind = kindOf({ event })
        yield sizeDelimitedEncode(EventSchema, create(EventSchema, { ...fields, kind }))
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
          let at = 0
          while (delimited.find(bytes, at)) {
            const bytesOf = bytes.subarray(delimited.start, delimited.end)
            const message = fromBinary(EventSchema, bytesOf, OPTIONS) as never as Numbered
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
