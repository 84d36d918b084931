// The standard's primitive types: sizes, ranges, null values, how DataView calls them.

export type SmallInteger = 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32'
export type BigInteger = 'int64' | 'uint64'
export type Float = 'float' | 'double'
export type Primitive = 'char' | SmallInteger | BigInteger | Float

interface Facts {
  readonly bytes: 1 | 2 | 4 | 8
  /** What DataView's get… and set… are called. */
  readonly access: string
  /** Its typed array. */
  readonly array: string
}

export const PRIMITIVES: Readonly<Record<Primitive, Facts>> = {
  char: { bytes: 1, access: 'Uint8', array: 'Uint8Array' },
  int8: { bytes: 1, access: 'Int8', array: 'Int8Array' },
  uint8: { bytes: 1, access: 'Uint8', array: 'Uint8Array' },
  int16: { bytes: 2, access: 'Int16', array: 'Int16Array' },
  uint16: { bytes: 2, access: 'Uint16', array: 'Uint16Array' },
  int32: { bytes: 4, access: 'Int32', array: 'Int32Array' },
  uint32: { bytes: 4, access: 'Uint32', array: 'Uint32Array' },
  int64: { bytes: 8, access: 'BigInt64', array: 'BigInt64Array' },
  uint64: { bytes: 8, access: 'BigUint64', array: 'BigUint64Array' },
  float: { bytes: 4, access: 'Float32', array: 'Float32Array' },
  double: { bytes: 8, access: 'Float64', array: 'Float64Array' },
}

export function isPrimitive(name: string): name is Primitive {
  return Object.hasOwn(PRIMITIVES, name)
}

export function isBig(primitive: Primitive): primitive is BigInteger {
  return primitive === 'int64' || primitive === 'uint64'
}

export function isFloat(primitive: Primitive): primitive is Float {
  return primitive === 'float' || primitive === 'double'
}

/** Lowest and highest value of an integer type's bits. */
export function rangeOf(primitive: Primitive): readonly [bigint, bigint] {
  const bits = BigInt(PRIMITIVES[primitive].bytes * 8)
  if (primitive.startsWith('int')) return [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n]
  return [0n, 2n ** bits - 1n]
}

/** The standard's null value, unless `nullValue` says otherwise: signed lowest, unsigned highest, char 0, NaN. */
export function defaultNull(primitive: Primitive): number | bigint {
  if (isFloat(primitive)) return Number.NaN
  if (primitive === 'char') return 0
  const [min, max] = rangeOf(primitive)
  const value = primitive.startsWith('int') ? min : max
  return isBig(primitive) ? value : Number(value)
}
