// IR -> a schema object at run time, for `shardwire inspect --schema FILE.xml`. No
// eval, no new Function: closures over the IR. A test holds it to the generated
// code: the same events, bytes and errors.

import type { AnySchema } from '../schema.js'
import * as wire from '../wire.js'
import { dataReader, fieldReader, readMember } from './interpret-read.js'
import { fieldWriter, MOST } from './interpret-write.js'
import type { HeaderIr, MessageIr, SchemaIr } from './ir.js'
import { templateOf } from './table.js'

type Values = Record<string, unknown>
type Decode = (view: DataView, at: number, streamId: string, slot: number) => Values & { event: string }
type Encode = (event: Values, view: DataView, at: number) => number

function decoderOf(message: MessageIr, { layout }: HeaderIr): Decode {
  const readers = message.fields.map((field) => ({ name: field.name, read: fieldReader(field) }))
  const readData = dataReader(message)
  return (view, at, streamId, slot) => {
    const version = readMember(view, at, layout.version)
    const block = at + layout.bytes
    const event: Values & { event: string } = { event: message.name, streamId, slot }
    for (const { name, read } of readers) event[name] = read(view, block, version)
    readData(view, block + readMember(view, at, layout.blockLength), version, event)
    return event
  }
}

function writeHeader(schema: SchemaIr, message: MessageIr, view: DataView, at: number): void {
  const { layout, numGroups, numVarDataFields, hasOtherBytes } = schema.header
  wire.room(view, at, layout.bytes + message.blockLength, message.name)
  if (hasOtherBytes) wire.zeros(view, at, layout.bytes)
  const members = [
    [layout.blockLength, message.blockLength],
    [layout.templateId, message.id],
    [layout.schemaId, schema.id],
    [layout.version, schema.version],
    [numGroups, 0],
    [numVarDataFields, message.data.length],
  ] as const
  for (const [member, value] of members) {
    if (member === undefined) continue
    if (member.width === 1) view.setUint8(at + member.offset, value)
    else if (member.width === 2) view.setUint16(at + member.offset, value, true)
    else view.setUint32(at + member.offset, value, true)
  }
}

function encoderOf(schema: SchemaIr, message: MessageIr): Encode {
  const writers = message.fields.map((field) => ({ name: field.name, write: fieldWriter(field) }))
  const { bytes } = schema.header.layout
  return (event, view, at) => {
    const { name } = message
    writeHeader(schema, message, view, at)
    // Bytes between fields and behind them stay zero.
    wire.zeros(view, at + bytes, message.blockLength)
    for (const writer of writers) writer.write(view, at + bytes, event[writer.name], name, writer.name)
    if (message.key === -1) wire.constant(event.streamId, '', name, 'streamId')
    let next = at + bytes + message.blockLength
    for (const [index, data] of message.data.entries()) {
      const mayMiss = data.optional || (index === message.key && message.keyless)
      const given = event[data.name]
      const value = mayMiss && (given === undefined || given === null) ? emptyOf(data.charset) : given
      const { lengthWidth: width, maxLength } = data
      next =
        data.charset === undefined
          ? wire.putBytes(view, next, value, width, maxLength, name, data.name)
          : data.charset === 'utf8'
            ? wire.putText(view, next, value, width, maxLength, name, data.name)
            : wire.putPlainText(view, next, value, width, maxLength, MOST[data.charset], name, data.name)
    }
    return next - at
  }
}

function emptyOf(charset: string | undefined): string | Uint8Array {
  return charset === undefined ? new Uint8Array(0) : ''
}

export function interpretIr(schema: SchemaIr): AnySchema {
  const decoders = schema.messages.map((message) => decoderOf(message, schema.header))
  const encoders = new Map(schema.messages.map((message) => [message.name, encoderOf(schema, message)]))
  const methods = schema.messages.map((message) => message.method)
  const decode: AnySchema['decode'] = (template, view, at, streamId, slot) => {
    const decoder = decoders[template]
    if (decoder === undefined)
      throw new RangeError(`template ${template}: ${schema.name} has ${decoders.length}`)
    return decoder(view, at, streamId, slot)
  }
  return {
    name: schema.name,
    id: schema.id,
    version: schema.version,
    header: schema.header.layout,
    templates: schema.messages.map(templateOf),
    decode,
    dispatch(observer: Record<string, ((event: unknown) => unknown) | null | undefined>, template, record) {
      for (let calls = 1; ; calls++) {
        const { view, at, ids, slot } = record
        const result = observer[methods[template]!]?.(decode(template, view, at, ids[slot]!, slot))
        if (result !== undefined || !record.next()) {
          record.calls = calls
          return result
        }
      }
    },
    encode(event: Values, view, at) {
      const encode = encoders.get(event?.event as string)
      return encode === undefined ? wire.unknownEvent(event, schema.name) : encode(event, view, at)
    },
  }
}
