// IR -> functions that check and write values, made of closures: what the
// generated encoder does, without generating anything.

import * as wire from '../wire.js'
import { newArray, storedNull } from './interpret-read.js'
import { type Charset, type Encoding, type EnumIr, type FieldIr, leavesOf } from './ir.js'
import { isBig, PRIMITIVES, type Primitive, rangeOf } from './primitives.js'

/** Checks a value and writes it at an index. */
export type Write = (view: DataView, at: number, value: unknown, event: string, field: string) => void

export const MOST: Readonly<Record<Charset, number>> = { utf8: 0x10ffff, ascii: 0x7f, latin1: 0xff }

const SETTERS: Readonly<Record<Primitive, (view: DataView, at: number, value: never) => void>> = {
  char: (view, at, value: number) => view.setUint8(at, value),
  int8: (view, at, value: number) => view.setInt8(at, value),
  uint8: (view, at, value: number) => view.setUint8(at, value),
  int16: (view, at, value: number) => view.setInt16(at, value, true),
  uint16: (view, at, value: number) => view.setUint16(at, value, true),
  int32: (view, at, value: number) => view.setInt32(at, value, true),
  uint32: (view, at, value: number) => view.setUint32(at, value, true),
  int64: (view, at, value: bigint) => view.setBigInt64(at, value, true),
  uint64: (view, at, value: bigint) => view.setBigUint64(at, value, true),
  float: (view, at, value: number) => view.setFloat32(at, value, true),
  double: (view, at, value: number) => view.setFloat64(at, value, true),
}

/** The value is of the kind that the primitive type takes. */
function setNumber(view: DataView, at: number, primitive: Primitive, value: number | bigint): void {
  SETTERS[primitive](view, at, value as never)
}

/** A checker of integers of one kind, that refuses the null value where there is one. */
function integerCheck(
  min: number | bigint,
  max: number | bigint,
  nullValue: number | bigint | undefined,
): (value: unknown, event: string, field: string) => number | bigint {
  let [low, high] = [min, max]
  if (nullValue === low) low++
  else if (nullValue === high) high--
  const isInner = nullValue !== undefined && nullValue >= low && nullValue <= high
  return (value, event, field) => {
    const checked =
      typeof low === 'bigint'
        ? wire.bigInteger(value, low, high as bigint, event, field)
        : wire.integer(value, low, high as number, event, field)
    return isInner ? wire.notNull(checked, nullValue, event, field) : checked
  }
}

function wholeRange(primitive: Primitive): [number | bigint, number | bigint] {
  const [min, max] = rangeOf(primitive)
  return isBig(primitive) ? [min, max] : [Number(min), Number(max)]
}

/** What an encoder tells of an enum's names. */
export function enumNames(type: EnumIr): string {
  const shown = type.values.slice(0, 8).map(({ name }) => name)
  const raw = isBig(type.primitive) ? 'bigint' : 'number'
  return `${shown.join(', ')}${type.values.length > shown.length ? ', …' : ''} or a ${raw}`
}

function enumWriter(type: EnumIr, nullValue: number | bigint | undefined): Write {
  const numbers = new Map<unknown, number | bigint>(type.values.map(({ name, value }) => [name, value]))
  const [min, max] = wholeRange(type.primitive)
  const check = integerCheck(min, max, nullValue)
  const isRaw = (value: unknown): boolean => typeof value === (isBig(type.primitive) ? 'bigint' : 'number')
  const names = enumNames(type)
  return (view, at, value, event, field) => {
    const number = numbers.get(value) ?? value
    if (!isRaw(number)) wire.fail(value, names, event, field)
    setNumber(view, at, type.primitive, check(number, event, field))
  }
}

function numberWriter(
  primitive: Primitive,
  check: (value: unknown, event: string, field: string) => number | bigint,
): Write {
  return (view, at, value, event, field) => setNumber(view, at, primitive, check(value, event, field))
}

/** Writes a value that is there; `nullValue` is what it mustn't be. */
function valueWriter(encoding: Encoding, nullValue: number | bigint | undefined): Write {
  switch (encoding.kind) {
    case 'integer':
    case 'bigint':
      return numberWriter(encoding.primitive, integerCheck(encoding.min, encoding.max, nullValue))
    case 'int53': {
      const check = integerCheck(
        encoding.min,
        encoding.max,
        nullValue === undefined ? undefined : Number(nullValue),
      )
      return (view, at, value, event, field) => wire.putInt53(view, at, check(value, event, field) as number)
    }
    case 'float': {
      const check = encoding.primitive === 'float' ? wire.float32 : wire.float64
      const isNumber = nullValue !== undefined && !Number.isNaN(nullValue)
      return numberWriter(encoding.primitive, (value, event, field) => {
        const checked = check(value, event, field)
        return isNumber
          ? wire.notNull(checked, storedNull(encoding.primitive, nullValue) as number, event, field)
          : checked
      })
    }
    case 'boolean':
      return numberWriter('uint8', wire.flag)
    case 'ip':
      return wire.putIp
    case 'milliseconds':
      return millisecondsWriter(nullValue)
    case 'char': {
      const most = MOST[encoding.charset === 'utf8' ? 'ascii' : encoding.charset]
      return (view, at, value, event, field) => wire.putFixedText(view, at, value, 1, most, event, field)
    }
    case 'text': {
      const { length, charset } = encoding
      return (view, at, value, event, field) =>
        wire.putFixedText(view, at, value, length, MOST[charset], event, field)
    }
    case 'array':
      return arrayWriter(encoding)
    case 'enum':
      return enumWriter(encoding, nullValue)
    case 'set': {
      const [min, max] = wholeRange(encoding.primitive)
      return numberWriter(encoding.primitive, integerCheck(min, max, undefined))
    }
    case 'constant':
      return (_view, _at, value, event, field) => wire.constant(value, encoding.value, event, field)
    case 'composite': {
      const writers = encoding.members.map((member) => ({ name: member.name, write: fieldWriter(member) }))
      return (view, at, value, event, field) => {
        const members = wire.group(value, event, field) as Record<string, unknown>
        for (const { name, write } of writers) write(view, at, members[name], event, `${field}.${name}`)
      }
    }
  }
}

function millisecondsWriter(nullValue: number | bigint | undefined): Write {
  if (nullValue === undefined) return wire.putMilliseconds
  const low = Number(BigInt.asUintN(32, BigInt(nullValue)))
  const high = Number(BigInt.asUintN(64, BigInt(nullValue)) >> 32n)
  return (view, at, value, event, field) => {
    wire.putMilliseconds(view, at, value, event, field)
    wire.notNull64(view, at, low, high, value, event, field)
  }
}

function arrayWriter({ primitive, length, min, max }: Extract<Encoding, { kind: 'array' }>): Write {
  return (view, at, value, event, field) => {
    const into = newArray(primitive, length)
    if (into instanceof Float32Array || into instanceof Float64Array) {
      wire.putFloats(view, at, value, into, event, field)
    } else wire.putIntegers(view, at, value, into, min, max, event, field)
  }
}

function nullWriter(leaf: FieldIr): (view: DataView, at: number) => void {
  const { encoding, nullValue, bytes, offset } = leaf
  if (nullValue === undefined || encoding.kind === 'ip') {
    return (view, at) => wire.zeros(view, at + offset, bytes)
  }
  if (encoding.kind === 'text') {
    return (view, at) => {
      wire.zeros(view, at + offset, bytes)
      view.setUint8(at + offset, Number(nullValue))
    }
  }
  if (encoding.kind === 'array') {
    const { primitive, length } = encoding
    return (view, at) => {
      const all = newArray(primitive, length)
      for (let index = 0; index < length; index++) all[index] = nullValue
      wire.putArray(view, at + offset, all)
    }
  }
  const primitive =
    'primitive' in encoding ? encoding.primitive : encoding.kind === 'milliseconds' ? 'uint64' : 'uint8'
  const value = PRIMITIVES[primitive].bytes === 8 && primitive !== 'double' ? BigInt(nullValue) : nullValue
  return (view, at) => setNumber(view, at + offset, primitive, value)
}

/** Writes a field, null included; `at` is where its block or composite begins. */
export function fieldWriter(field: FieldIr): Write {
  const { offset, optional, encoding } = field
  const write = valueWriter(encoding, optional ? field.nullValue : undefined)
  const leaves = encoding.kind === 'composite' ? [...leavesOf(field)] : [field]
  const nulls = optional ? leaves.map(nullWriter) : []
  return (view, at, value, event, name) => {
    if (optional && (value === undefined || value === null)) for (const putNull of nulls) putNull(view, at)
    else write(view, at + offset, value, event, name)
  }
}
