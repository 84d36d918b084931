// IR -> functions that read values, made of closures: what the generated decoder
// does, without generating anything.

import type { HeaderMember } from '../schema.js'
import * as wire from '../wire.js'
import { type Encoding, type EnumIr, type FieldIr, type MessageIr, nullLeaf } from './ir.js'
import { isBig, type Primitive } from './primitives.js'

/** Reads at an index of a view, in a frame of this version. */
export type Read = (view: DataView, at: number, version: number) => unknown

const NUMBERS: Readonly<Record<Primitive, (view: DataView, at: number) => number | bigint>> = {
  char: (view, at) => view.getUint8(at),
  int8: (view, at) => view.getInt8(at),
  uint8: (view, at) => view.getUint8(at),
  int16: (view, at) => view.getInt16(at, true),
  uint16: (view, at) => view.getUint16(at, true),
  int32: (view, at) => view.getInt32(at, true),
  uint32: (view, at) => view.getUint32(at, true),
  int64: (view, at) => view.getBigInt64(at, true),
  uint64: (view, at) => view.getBigUint64(at, true),
  float: (view, at) => view.getFloat32(at, true),
  double: (view, at) => view.getFloat64(at, true),
}

export function readUnsigned(view: DataView, at: number, width: 1 | 2 | 4): number {
  if (width === 1) return view.getUint8(at)
  return width === 2 ? view.getUint16(at, true) : view.getUint32(at, true)
}

export function readMember(view: DataView, at: number, member: HeaderMember): number {
  return readUnsigned(view, at + member.offset, member.width)
}

/** A new array for elements of this type. */
export function newArray(primitive: Exclude<Primitive, 'char'>, length: number) {
  switch (primitive) {
    case 'int8':
      return new Int8Array(length)
    case 'uint8':
      return new Uint8Array(length)
    case 'int16':
      return new Int16Array(length)
    case 'uint16':
      return new Uint16Array(length)
    case 'int32':
      return new Int32Array(length)
    case 'uint32':
      return new Uint32Array(length)
    case 'int64':
      return new BigInt64Array(length)
    case 'uint64':
      return new BigUint64Array(length)
    case 'float':
      return new Float32Array(length)
    case 'double':
      return new Float64Array(length)
  }
}

/** The wire's null value as its type holds it. */
export function storedNull(primitive: Primitive, nullValue: number | bigint): number | bigint {
  return primitive === 'float' ? Math.fround(Number(nullValue)) : nullValue
}

function enumReader({ primitive, values }: EnumIr): Read {
  const names = new Map(values.map(({ name, value }) => [value, name]))
  const read = NUMBERS[primitive]
  return (view, at) => {
    const value = read(view, at)
    return names.get(value) ?? value
  }
}

function valueReader(encoding: Encoding): Read {
  switch (encoding.kind) {
    case 'integer':
    case 'bigint':
    case 'float':
    case 'set':
      return NUMBERS[encoding.primitive]
    case 'int53':
      return encoding.primitive === 'int64' ? wire.int53 : wire.uint53
    case 'milliseconds':
      return wire.milliseconds
    case 'ip':
      return wire.ip
    case 'char':
      return wire.char
    case 'boolean':
      return (view, at) => view.getUint8(at) === 1
    case 'text': {
      const read = encoding.charset === 'latin1' ? wire.latin1 : wire.text
      return (view, at) => read(view, at, wire.untilNul(view, at, encoding.length))
    }
    case 'array':
      return (view, at) => wire.array(view, at, newArray(encoding.primitive, encoding.length))
    case 'enum':
      return enumReader(encoding)
    case 'constant':
      return () => encoding.value
    case 'composite':
      return compositeReader(encoding.members)
  }
}

function compositeReader(members: readonly FieldIr[]): Read {
  const readers = members.map((member) => ({ name: member.name, read: fieldReader(member) }))
  return (view, at, version) => {
    const value: Record<string, unknown> = {}
    for (const { name, read } of readers) value[name] = read(view, at, version)
    return value
  }
}

/** Whether a leaf, which has a null value, holds it; nothing for what is no single value. */
function nullReader(leaf: FieldIr): ((view: DataView, at: number) => boolean) | undefined {
  const { encoding } = leaf
  const nullValue = leaf.nullValue!
  switch (encoding.kind) {
    case 'int53':
    case 'milliseconds': {
      const bits = BigInt.asUintN(64, BigInt(nullValue))
      return (view, at) => view.getBigUint64(at, true) === bits
    }
    case 'boolean':
    case 'char':
    case 'text':
      return (view, at) => view.getUint8(at) === nullValue
    case 'integer':
    case 'bigint':
    case 'float':
    case 'enum': {
      const stored = storedNull(encoding.primitive, isBig(encoding.primitive) ? BigInt(nullValue) : nullValue)
      const read = NUMBERS[encoding.primitive]
      const isNan = Number.isNaN(stored)
      return (view, at) => {
        const value = read(view, at)
        return isNan ? Number.isNaN(value) : value === stored
      }
    }
    default:
      return undefined
  }
}

/** Reads a field, null included; `at` is where its block or composite begins. */
export function fieldReader(field: FieldIr): Read {
  const { offset, sinceVersion, encoding, optional } = field
  const read = valueReader(encoding)
  if (encoding.kind === 'constant') return read
  const leaf = encoding.kind === 'composite' ? nullLeaf(field) : field
  const isNull = optional && leaf !== undefined ? nullReader(leaf) : undefined
  const leafOffset = leaf?.offset ?? 0
  const isNullableArray = optional && encoding.kind === 'array'
  return (view, at, version) => {
    if (version < sinceVersion) return null
    if (isNull?.(view, at + leafOffset)) return null
    const value = read(view, at + offset, version)
    if (!isNullableArray) return value
    const stored = storedNull(encoding.primitive, field.nullValue!)
    return wire.arrayOrNull(value as ReturnType<typeof newArray>, stored)
  }
}

/** Reads the var data beside the key into an event; `at` is where the block ends. */
export function dataReader(
  message: MessageIr,
): (view: DataView, at: number, version: number, into: Record<string, unknown>) => void {
  return (view, at, version, into) => {
    let next = at
    for (const [index, data] of message.data.entries()) {
      const isThere = version >= data.sinceVersion
      const length = isThere ? readUnsigned(view, next, data.lengthWidth) : 0
      if (index !== message.key) {
        const start = next + data.lengthWidth
        if (data.charset === undefined) into[data.name] = wire.bytes(view, start, length)
        else into[data.name] = (data.charset === 'latin1' ? wire.latin1 : wire.text)(view, start, length)
      }
      if (isThere) next += data.lengthWidth + length
    }
  }
}
