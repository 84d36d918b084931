// Which columns a schema's batches have: one for each name that a number has in some
// event, and how the core reads it from each kind of event. The compiler asks, too.

import {
  FIELD_BYTES,
  FIELD_NULL,
  FIELD_NULLABLE,
  FIELD_NUMBER,
  FIELD_OFFSET,
  FIELD_SHIFT,
  FIELD_SINCE,
  NUMBER_BITS,
  NUMBER_DOUBLE,
  NUMBER_FLOAT,
  NUMBER_MILLISECONDS,
  NUMBER_MIXED,
  NUMBER_SIGNED,
  NUMBER_UNSIGNED,
} from './layout.js'
import type { NumberField, Template } from './schema.js'

/** What a column is; the name of its class. */
export type ColumnType = 'Float64Array' | 'BigInt64Array' | 'BigUint64Array'
export type Column = Float64Array<ArrayBuffer> | BigInt64Array<ArrayBuffer> | BigUint64Array<ArrayBuffer>

/** NUMBER_…, and how many bits of 64 the field lacks. What fits 53 bits may be read as signed. */
const NUMBERS: Record<NumberField['kind'], readonly [number: number, shift: number]> = {
  int8: [NUMBER_SIGNED, 56],
  uint8: [NUMBER_UNSIGNED, 56],
  int16: [NUMBER_SIGNED, 48],
  uint16: [NUMBER_UNSIGNED, 48],
  int32: [NUMBER_SIGNED, 32],
  uint32: [NUMBER_UNSIGNED, 32],
  int64: [NUMBER_BITS, 0],
  uint64: [NUMBER_BITS, 0],
  int53: [NUMBER_SIGNED, 0],
  uint53: [NUMBER_UNSIGNED, 0],
  milliseconds: [NUMBER_MILLISECONDS, 0],
  float: [NUMBER_FLOAT, 32],
  double: [NUMBER_DOUBLE, 0],
}

const typeOf = ({ kind }: NumberField): ColumnType =>
  kind === 'int64' ? 'BigInt64Array' : kind === 'uint64' ? 'BigUint64Array' : 'Float64Array'

/**
 * The columns by name, in the order of the fields. A name that is a number in one event and a bigint in another, or
 * bigints of two kinds, has none: no array holds both.
 */
export function columnTypes(templates: readonly Pick<Template, 'numbers'>[]): Map<string, ColumnType> {
  const types = new Map<string, ColumnType | undefined>()
  for (const field of templates.flatMap(({ numbers }) => numbers)) {
    const type = typeOf(field)
    const isOther = types.has(field.field) && types.get(field.field) !== type
    types.set(field.field, isOther ? undefined : type)
  }
  return new Map([...types].filter((entry): entry is [string, ColumnType] => entry[1] !== undefined))
}

/** How the core reads one column. */
export interface ColumnPlan {
  /** The field in each kind of event, that of none first. */
  readonly words: Uint32Array<ArrayBuffer>
  /** NUMBER_…, or NUMBER_MIXED where that is not enough. */
  readonly number: number
}

export function planColumn(
  name: string,
  templates: readonly Pick<Template, 'numbers'>[],
  headerBytes: number,
): ColumnPlan {
  const bytes = new ArrayBuffer((templates.length + 1) * FIELD_BYTES)
  const view = new DataView(bytes)
  const all = new Set<number>()
  templates.forEach(({ numbers }, index) => {
    const field = numbers.find((number) => number.field === name)
    if (field === undefined) return
    const { kind, offset, sinceVersion, nullValue } = field
    const at = (index + 1) * FIELD_BYTES
    const [number, shift] = NUMBERS[kind]
    view.setBigUint64(at, (1n << BigInt(64 - shift)) - 1n, true)
    view.setBigUint64(at + FIELD_NULL, nullValue ?? 0n, true)
    view.setUint32(at + FIELD_OFFSET, headerBytes + offset, true)
    view.setUint32(at + FIELD_SINCE, sinceVersion, true)
    view.setUint8(at + FIELD_SHIFT, shift)
    view.setUint8(at + FIELD_NUMBER, number)
    view.setUint8(at + FIELD_NULLABLE, nullValue === undefined ? 0 : 1)
    all.add(nullValue === undefined && sinceVersion === 0 ? number : NUMBER_MIXED)
  })
  const [number = NUMBER_MIXED] = all
  return { words: new Uint32Array(bytes), number: all.size === 1 ? number : NUMBER_MIXED }
}
