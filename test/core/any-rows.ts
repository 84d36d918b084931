// Rings with records of any schema, put together by hand, and columns of any numbers in them. Beside the core a
// judge that reads each field as plainly as can be.
import { type ColumnType, columnTypes, planColumn } from '../../src/columns.js'
import { Core } from '../../src/core.js'
import * as layout from '../../src/layout.js'
import { planMemory } from '../../src/plan.js'
import type { NumberField, Template } from '../../src/schema.js'
import { coreModule } from '../../src/wasm.js'
import { milliseconds } from '../../src/wire.js'
import type { Random } from '../mutate.js'
import { TestHost } from '../rig.js'
import { drawSchema } from './any-schema.js'

type Kind = NumberField['kind']
type Value = number | bigint

const BYTES: Readonly<Record<Kind, number>> = {
  ...{ int8: 1, uint8: 1, int16: 2, uint16: 2, int32: 4, uint32: 4, int64: 8, uint64: 8 },
  ...{ int53: 8, uint53: 8, milliseconds: 8, float: 4, double: 8 },
}
const KINDS = Object.keys(BYTES) as Kind[]
const RING_BYTES = 4_096
const NAMES = ['a', 'b', 'c', 'd', 'e']
const SAFE = 2n ** 53n

const READERS: Readonly<Record<Kind, (view: DataView, at: number) => Value>> = {
  int8: (view, at) => view.getInt8(at),
  uint8: (view, at) => view.getUint8(at),
  int16: (view, at) => view.getInt16(at, true),
  uint16: (view, at) => view.getUint16(at, true),
  int32: (view, at) => view.getInt32(at, true),
  uint32: (view, at) => view.getUint32(at, true),
  int64: (view, at) => view.getBigInt64(at, true),
  uint64: (view, at) => view.getBigUint64(at, true),
  int53: (view, at) => Number(view.getBigInt64(at, true)),
  uint53: (view, at) => Number(view.getBigUint64(at, true)),
  milliseconds,
  float: (view, at) => view.getFloat32(at, true),
  double: (view, at) => view.getFloat64(at, true),
}

/** The bits of a field, as a number without sign. */
function bitsOf(view: DataView, at: number, kind: Kind): bigint {
  let bits = 0n
  for (let byte = BYTES[kind] - 1; byte >= 0; byte--) bits = bits * 256n + BigInt(view.getUint8(at + byte))
  return bits
}

const doubleOf = (bits: bigint): number => new Float64Array(new BigUint64Array([bits]).buffer)[0]!
const bitsOfDouble = (value: number): bigint => new BigUint64Array(new Float64Array([value]).buffer)[0]!

/** Bits that such a field may have: what the core accepts, edges among them. */
function drawBits(random: Random, kind: Kind): bigint {
  const any = (BigInt(random.below(2 ** 32)) << 32n) | BigInt(random.below(2 ** 32))
  const width = BigInt(BYTES[kind] * 8)
  if (random.below(4) === 0)
    return random.pick([0n, 1n, (1n << width) - 1n, 1n << (width - 1n)] as const) % SAFE
  if (kind === 'int53') return BigInt.asUintN(64, (any % (2n * SAFE - 1n)) - SAFE + 1n)
  if (kind === 'uint53') return any % SAFE
  // A few hours of nanoseconds are converted otherwise than years are; of a millisecond, each bit can be seen.
  if (kind === 'milliseconds' && random.below(2) === 0) return any % random.pick([2n ** 44n, 2n ** 20n])
  return BigInt.asUintN(Number(width), any)
}

/** What such a field has on the wire for null; 0, which may be any value, where it has no null. */
function nullBits({ kind, nullValue = 0n }: NumberField): bigint {
  if (kind !== 'float') return nullValue
  return BigInt(new Uint32Array(new Float32Array([doubleOf(nullValue)]).buffer)[0]!)
}

function drawNumbers(
  random: Random,
  version: number,
  uniform: Readonly<Record<string, Kind>>,
): NumberField[] {
  let offset = random.below(3)
  return NAMES.filter(() => random.below(3) > 0).map((field): NumberField => {
    const kind = uniform[field] ?? random.pick(KINDS)
    const sinceVersion = random.below(3) === 0 ? random.below(version + 1) : 0
    const at = offset
    offset += BYTES[kind] + random.below(3)
    if (random.below(3) > 0) return { kind, field, offset: at, sinceVersion }
    const isFloat = kind === 'float' || kind === 'double'
    const nullValue = isFloat ? bitsOfDouble(random.pick([0, -0, 0.5, -2])) : drawBits(random, kind)
    return { kind, field, offset: at, sinceVersion, nullValue }
  })
}

/** What a column has for a field: its value, what stands for null, or 0 where there is no such field. */
function judgedValue(view: DataView, message: number, version: number, field: NumberField): Value | null {
  const { kind, offset, sinceVersion, nullValue } = field
  const at = message + offset
  if (version < sinceVersion) return null
  const value = READERS[kind](view, at)
  if (nullValue === undefined) return value
  const isFloat = kind === 'float' || kind === 'double'
  const isNull = isFloat ? value === doubleOf(nullValue) : bitsOf(view, at, kind) === nullValue
  return isNull ? null : value
}

function asColumn(value: Value | null, type: ColumnType, nullValue: bigint | undefined): Value {
  if (value !== null) return value
  if (type === 'Float64Array') return Number.NaN
  const bits = nullValue ?? 0n
  return type === 'BigInt64Array' ? BigInt.asIntN(64, bits) : bits
}

/** The columns that there have to be: names whose fields all become the same kind of array. */
function judgedTypes(templates: readonly Pick<Template, 'numbers'>[]): Map<string, ColumnType> {
  const types = new Map<string, ColumnType>()
  for (const name of NAMES) {
    const kinds = templates.flatMap(({ numbers }) =>
      numbers.filter(({ field }) => field === name).map(({ kind }) => kind),
    )
    if (kinds.length === 0) continue
    if (kinds.every((kind) => kind === 'int64')) types.set(name, 'BigInt64Array')
    else if (kinds.every((kind) => kind === 'uint64')) types.set(name, 'BigUint64Array')
    else if (kinds.every((kind) => kind !== 'int64' && kind !== 'uint64')) types.set(name, 'Float64Array')
  }
  return types
}

/** A record as it was put into the ring. */
interface Put {
  readonly message: number
  readonly template: number
  readonly slot: number
  readonly version: number
}

/** Lists a ring of drawn records and makes their columns; throws where the judge disagrees. */
export function exerciseRows(random: Random): void {
  const drawn = drawSchema(random)
  const uniform = Object.fromEntries(
    NAMES.slice(random.below(NAMES.length)).map((name) => [name, random.pick(KINDS)]),
  )
  const templates = drawn.templates.map((template) => ({
    ...template,
    numbers: drawNumbers(random, random.below(2) * 3, uniform),
  }))
  const schema = { ...drawn, templates } as unknown as Parameters<typeof planMemory>[0]
  const sizes = {
    shards: 2,
    slots: 4,
    ringBytes: RING_BYTES,
    maxFrameBytes: 256,
    startPosition: 0,
    batchRows: 8,
  }
  const core = new Core(coreModule(), schema, planMemory(schema, sizes), new TestHost(), false)
  const { plan, view, words, reader, bytes } = core
  const ring = plan.rings.address + plan.ringStride
  const rows = plan.rows.address + layout.ROWS_BYTES
  const start = random.pick([0, 2 ** 31, 2 ** 32 - RING_BYTES]) + 8 * random.below(RING_BYTES / 8)
  const puts: Put[] = []
  let position = start
  const put = (length: number, flags: number): number => {
    const at = ring + (position & (RING_BYTES - 1))
    words[at >>> 2] = length | flags
    position = (position + length) >>> 0
    return at
  }
  for (let left = random.below(40); left > 0; left--) {
    const index = position & (RING_BYTES - 1)
    if (RING_BYTES - index < 128) put(RING_BYTES - index, layout.RECORD_PADDING)
    const slot = random.below(5)
    const isRelease = random.below(5) === 0
    const at = put(isRelease ? layout.RECORD_HEADER_BYTES : 96, isRelease ? layout.RECORD_RELEASE : 0)
    const message = at + layout.RECORD_HEADER_BYTES
    const template = isRelease ? random.below(3) : random.below(templates.length)
    words[(at + layout.RECORD_TEMPLATE) >>> 2] = template | (random.below(200) << 16)
    words[(at + layout.RECORD_SLOT) >>> 2] = slot
    const version = random.below(5)
    if (isRelease) {
      puts.push({ message, template: layout.ROW_RELEASE, slot, version })
      continue
    }
    for (let byte = 0; byte < 80; byte++) bytes[message + byte] = random.below(256)
    const { offset, width } = drawn.header.version
    for (let byte = 0; byte < width; byte++) bytes[message + offset + byte] = byte === 0 ? version : 0
    for (const field of templates[template]!.numbers) {
      const bits = random.below(3) === 0 ? nullBits(field) : drawBits(random, field.kind)
      const fieldAt = message + drawn.header.bytes + field.offset
      for (let byte = 0; byte < BYTES[field.kind]; byte++)
        bytes[fieldAt + byte] = Number((bits >> BigInt(8 * byte)) & 255n)
    }
    puts.push({ message, template, slot, version })
  }
  const most = 1 + random.below(48)
  const count = reader.readRows(ring, RING_BYTES - 1, start, position, rows, most)
  const same = (what: string, row: number, got: unknown, expected: unknown): void => {
    if (!Object.is(got, expected)) throw new Error(`${what} of row ${row} is ${got}, not ${expected}`)
  }
  same('the number', -1, count, Math.min(most, puts.length))
  const after = puts[count]
  // Padding before the next record is left to the next listing, or passed over with the last one.
  const end = words[(rows + layout.ROWS_END) >>> 2]!
  if (after === undefined) same('the end', -1, end, position)
  else {
    const next = ring + (end & (RING_BYTES - 1))
    const isPadding = (words[next >>> 2]! & layout.RECORD_PADDING) !== 0
    same('the next record', -1, isPadding ? ring : next, after.message - layout.RECORD_HEADER_BYTES)
  }
  puts.slice(0, count).forEach(({ message, template, slot }, row) => {
    same('message', row, words[(rows + layout.ROWS_MESSAGES + 4 * row) >>> 2], message)
    same('slot', row, words[(rows + layout.ROWS_SLOTS + 4 * row) >>> 2], slot)
    same('kind', row, view.getUint16(rows + layout.ROWS_KINDS + 2 * row, true), template)
  })

  const types = columnTypes(templates)
  same('columns', -1, JSON.stringify([...types].sort()), JSON.stringify([...judgedTypes(templates)].sort()))
  for (const [name, type] of types) {
    const { words: fields, number } = planColumn(name, templates, drawn.header.bytes)
    words.set(fields, plan.fields.address >>> 2)
    const from = random.below(count + 1)
    const canary = 0xa5
    bytes.fill(canary, plan.column.address, plan.column.address + plan.column.bytes)
    reader.fillColumn(number, rows, from, count, plan.fields.address, plan.column.address)
    const column = new { Float64Array, BigInt64Array, BigUint64Array }[type](
      bytes.buffer,
      plan.column.address,
    )
    for (let row = from; row < count; row++) {
      const { message, template, version } = puts[row]!
      const field = templates[template]?.numbers.find((one) => one.field === name)
      const value = field === undefined ? 0 : judgedValue(view, message + drawn.header.bytes, version, field)
      const isNone = field === undefined && type !== 'Float64Array'
      same(name, row, column[row], isNone ? 0n : asColumn(value, type, field?.nullValue))
    }
    const isLeft = (at: number): boolean => bytes[plan.column.address + at] === canary
    if (from > 0) same('what stands before', from, isLeft(8 * from - 1), true)
    same('what stands behind', count, isLeft(8 * count), true)
  }
}
