// Every flat feature: bytes put together by hand from the standard's rules against
// the generated module and against the interpreter of the same schema.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { interpretSchema } from '../../src/compile/index.js'
import type { AnySchema } from '../../src/schema.js'
import { Flags, type Input, kitchenSink } from './generated/kitchen-sink.gen.js'

const fixtures = new URL('fixtures/', import.meta.url)
const read = (name: string): string => readFileSync(new URL(name, fixtures), 'utf8')

const interpreted = interpretSchema({
  xmlPath: 'kitchen-sink.xml',
  xml: read('kitchen-sink.xml'),
  routingPath: 'kitchen-sink.routing.json',
  routing: read('kitchen-sink.routing.json'),
})

/** Bytes from hexadecimal, spaces and all that stands behind `|` left out. */
function hex(text: string): Uint8Array {
  const digits = text.replace(/\|.*$/gm, '').replace(/\s/g, '')
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

/** The 26 bytes of the fixture's header. */
function header(id: number, block: number, data: number, version = 3): string {
  const le = (value: number, width: number): string =>
    Array.from({ length: width }, (_, byte) =>
      ((value >>> (byte * 8)) & 255).toString(16).padStart(2, '0'),
    ).join('')
  return `${le(version, 4)} ${le(id, 2)} 0000000000000000 ${le(block, 2)} 00 000000 ${le(513, 4)} ${le(data, 2)}`
}

interface Case {
  readonly name: string
  readonly template: number
  readonly input: Record<string, unknown>
  /** Where the event differs from the input. */
  readonly event?: Record<string, unknown>
  readonly bytes: string
}

const cases: Case[] = [
  {
    name: 'plain numbers',
    template: 0,
    input: {
      event: 'Numbers',
      streamId: 'ß\ufeff',
      ...{ a: -1, b: 255, c: -2, d: 65535, e: -3, f: 4294967295, g: -9007199254740991, h: 4294967297 },
      ...{ i: 0.5, j: -0.25, k: 'é'.normalize('NFD')[0], l: 200 },
    },
    bytes: `${header(1, 44, 1)}
      ff ff feff ffff fdffffff ffffffff
      01000000 0000e0ff              | -(2^53 - 1)
      01000000 01000000              | 2^32 + 1
      0000003f 000000000000d0bf 65 c8
      05 c39f efbbbf                 | the mark U+FEFF is kept`,
  },
  {
    name: 'null values',
    template: 1,
    input: {
      event: 'Optionals',
      streamId: '',
      ...{ a: null, b: null, c: null, d: null, e: null, f: 2147483647, g: null, h: null },
      ...{ i: null, j: null, k: null, l: null, m: null, n: null },
    },
    event: { note: '' },
    bytes: `${header(2, 80, 2)}
      ffffff7f 0000000000000000 000000000000f87f cdcccc3d ffff ffffff7f 00000000 00 fe ff ffff
      ffffffffffffffff
      00000000000000000000000000     | from 47 to the offset 60
      ffffffffffffff7f fbffffffffffffff
      00000000                       | from 76 to the block length 80
      00 00`,
  },
  {
    name: 'values where nulls could be',
    template: 1,
    input: {
      event: 'Optionals',
      streamId: 'k',
      ...{ a: -1, b: -1, c: Number.POSITIVE_INFINITY, d: 0.5, e: 0, f: 0, g: 'ab', h: 'Sell' },
      ...{ i: 255, j: false, k: new Uint8Array([255, 1]), l: 1, m: { mantissa: null, exponent: -7 }, n: 5 },
      note: 'n',
    },
    // The null value of its first member makes the composite null.
    event: { m: null },
    bytes: `${header(2, 80, 2)}
      ffffffff ffffffffffffffff 000000000000f07f 0000003f 0000 00000000 61620000 53 ff 00 ff01
      40420f0000000000
      00000000000000000000000000
      ffffffffffffff7f 0500000000000000
      00000000
      01 6b 01 6e`,
  },
  {
    name: 'arrays, enums, sets, constants, composites, var data',
    template: 2,
    input: {
      event: 'Shapes',
      streamId: 'id',
      timestamp: 1.5,
      class: 'abcd',
      constructor: 'né',
      address: '1.2.3.4',
      triple: new Uint16Array([1, 2, 0xffff]),
      bigs: new BigInt64Array([-1n, 1n]),
      floats: new Float32Array([0.5, Number.NEGATIVE_INFINITY]),
      ...{ answer: 42, unit: "it's", huge: 18446744073709551614n },
      side: 'Buy',
      signed: 'MinusOne',
      wide: 'Top',
      ...{ fixedSide: 'Sell', rawSide: 'B', fixedYes: true },
      flags: Flags.class + Flags.low,
      bigFlags: 1n << 63n,
      nested: {
        kind: 'Sell',
        level: 7,
        inner: { x: -1, y: 2 },
        price: { mantissa: 5n, exponent: -7 },
        later: 9,
      },
      blob: new Uint8Array([0, 255]),
      latin: 'ÿ',
    },
    bytes: `${header(3, 103, 3)}
      61626364 6ec3a9000000
      60e3160000000000               | 1,500,000 ns
      00000000000000000000ffff01020304
      0100 0200 ffff ffffffffffffffff 0100000000000000 0000003f 000080ff
      42 ff feffffffffffffff
      01000080 0000000000000080
      53 07 ffff 0000 0200 0500000000000000 09
      02000000 00ff 02 6964 0100 ff`,
  },
  {
    name: 'fields that came later',
    template: 3,
    input: {
      event: 'Grown',
      streamId: 'g',
      ...{ first: 1, second: 2, third: true, fourth: null, since2: 'é', since3: new Uint8Array([7]) },
    },
    bytes: `${header(4, 14, 3)} 0100 0000 02000000 01 ffffff7f 00 | one byte to the block length
      01 67 02 c3a9 01000000 07`,
  },
  {
    name: 'a message without anything',
    template: 4,
    input: { event: 'ShutdownNotice', streamId: '' },
    bytes: header(5, 0, 0),
  },
  {
    name: 'renamed fields, the key behind other data',
    template: 5,
    input: { event: 'Default', streamId: 'key', afterwards: 1, place: -1n, otherId: 'o' },
    bytes: `${header(65535, 9, 2)} 01 ffffffffffffffff 01 6f 03 6b6579`,
  },
]

describe.each([
  ['generated', kitchenSink as AnySchema],
  ['interpreted', interpreted],
])('%s', (_, schema) => {
  it.each(cases)('$name', ({ template, input, event, bytes }) => {
    const expected = hex(bytes)
    // Behind other bytes and before others, none of which may change.
    const out = new Uint8Array(expected.length + 8).fill(0xaa)
    const view = new DataView(out.buffer, 2, out.length - 4)
    expect(schema.encode(input, view, 2)).toBe(expected.length)
    expect(Buffer.from(out.subarray(4, -4)).toString('hex')).toBe(Buffer.from(expected).toString('hex'))
    expect([...out.subarray(0, 4), ...out.subarray(-4)].every((byte) => byte === 0xaa)).toBe(true)

    const decoded = schema.decode(template, view, 2, String(input.streamId), 3)
    expect(decoded).toStrictEqual({ ...input, slot: 3, ...event })
    expect(Object.keys(decoded).slice(0, 3)).toEqual(['event', 'streamId', 'slot'])
    // `timestamp` stands next where there is one, though third in the schema.
    if ('timestamp' in decoded) expect(Object.keys(decoded)[3]).toBe('timestamp')
  })

  it.each([
    [0, { second: null, third: null, fourth: null, since2: '' }, '0100', ''],
    [1, { second: 2, third: null, fourth: null, since2: '' }, '0100 0000 02000000', ''],
    [2, { second: 2, third: null, fourth: null, since2: 'x' }, '0100 0000 02000000 ff', '01 78'],
  ])('reads a frame of version %i', (version, event, block, data) => {
    const length = hex(block).length
    const bytes = hex(`${header(4, length, 0, version)} ${block} 00 ${data}`)
    const decoded = schema.decode(3, new DataView(bytes.buffer), 0, '', 0)
    expect(decoded).toStrictEqual({
      event: 'Grown',
      streamId: '',
      slot: 0,
      first: 1,
      ...event,
      since3: new Uint8Array(0),
    })
  })

  it('steps over what a newer producer added', () => {
    const block = '0100 0000 02000000 01 05000000 000000 ffffff'
    const bytes = hex(`${header(4, hex(block).length, 0, 9)} ${block} 00 01 78 00000000 05 ffff`)
    const decoded = schema.decode(3, new DataView(bytes.buffer), 0, '', 0)
    expect(decoded).toMatchObject({ first: 1, second: 2, third: true, fourth: 5, since2: 'x' })
  })

  it('gives values that enums do not name as they are', () => {
    const [shapes] = cases.filter(({ template }) => template === 2)
    const view = new DataView(new ArrayBuffer(200))
    const input = { ...shapes!.input, side: 90, signed: -128, wide: 3n }
    schema.encode(input, view, 0)
    expect(schema.decode(2, view, 0, '', 0)).toMatchObject({ side: 90, signed: -128, wide: 3n })
  })

  it('tells the core what to check', () => {
    const [numbers, optionals, shapes, grown] = schema.templates
    expect(schema.header).toEqual({
      bytes: 26,
      blockLength: { offset: 14, width: 2 },
      templateId: { offset: 4, width: 2 },
      schemaId: { offset: 20, width: 4 },
      version: { offset: 0, width: 4 },
    })
    expect(numbers!.role).toBe('opens')
    expect(optionals!.role).toBe('ends')
    expect(optionals!.checks).toEqual([
      { kind: 'int53', field: 'b', offset: 4, sinceVersion: 0, nullValue: 0n },
      { kind: 'boolean', field: 'j', offset: 36, sinceVersion: 0, nullValue: 255n },
      { kind: 'int53', field: 'n', offset: 68, sinceVersion: 0, nullValue: 2n ** 64n - 5n },
    ])
    expect(optionals!.required).toEqual([{ sinceVersion: 0, bytes: 76 }])
    expect(optionals!.blockLength).toBe(80)
    expect(shapes!.key).toBe(1)
    expect(grown!.required).toEqual([
      { sinceVersion: 0, bytes: 2 },
      { sinceVersion: 1, bytes: 8 },
      { sinceVersion: 3, bytes: 13 },
    ])
    expect(schema.templates).toEqual(kitchenSink.templates)
  })
})

describe.each([
  ['generated', kitchenSink as AnySchema],
  ['interpreted', interpreted],
])('%s encoder refuses', (_, schema) => {
  const of = (template: number, change: Record<string, unknown>): Record<string, unknown> => ({
    ...cases.filter((one) => one.template === template).at(-1)!.input,
    ...change,
  })
  const nested = (change: Record<string, unknown>) => ({
    nested: { ...(of(2, {}).nested as Record<string, unknown>), ...change },
  })
  const refusals: [string, number, Record<string, unknown>, RegExp][] = [
    [
      'a value out of the schema’s range',
      0,
      { l: 201 },
      /^Numbers\.l is 201; give an integer from 3 to 200$/,
    ],
    ['a string for a number', 0, { a: '1' }, /Numbers\.a is "1"; give an integer/],
    ['a number beyond float', 0, { i: 1e39 }, /Numbers\.i is 1e\+39; give a number within/],
    ['NaN', 0, { j: Number.NaN }, /j is NaN; give a number, not NaN/],
    ['two characters for one', 0, { k: 'ab' }, /k is "ab"; give at most 1 bytes/],
    [
      'the null value itself',
      1,
      { a: 2147483647 },
      /a is 2147483647; give an integer from -2147483648 to 2147483646/,
    ],
    ['a null value in the middle', 1, { n: -5 }, /n is -5; give another value or null/],
    ['a null value of float', 1, { d: 0.1 }, /d is .*; give another value or null/],
    ['the null time', 1, { l: 2n ** 64n - 1n }, /l is 18446744073709551615n; give another value or null/],
    ['a number where a boolean is due', 1, { j: 1 }, /j is 1; give true or false/],
    ['a long fixed text', 2, { class: 'abcde' }, /class is "abcde"; give at most 4 bytes, it is 5/],
    ['fixed text that is longer in UTF-8', 2, { constructor: 'ééééé' }, /at most 6 bytes, it is 10 in UTF-8/],
    ['characters beyond ASCII', 2, { class: 'é' }, /class is "é"; give characters up to U\+007f/],
    ['NUL in fixed text', 2, { class: 'a\0' }, /text without NUL/],
    ['characters beyond Latin-1', 2, { latin: '€' }, /latin is "€"; give characters up to U\+00ff/],
    ['an array of another length', 2, { triple: [1, 2] }, /triple is an array of 2; give an array of 3/],
    [
      'an element out of range',
      2,
      { triple: [1, 2, 65536] },
      /triple\[2\] is 65536; give an integer from 0 to 65535/,
    ],
    ['numbers for bigints', 2, { bigs: [1, 2] }, /bigs\[0\] is 1; give a bigint/],
    ['an unknown name', 2, { side: 'Bye' }, /side is "Bye"; give Buy, Sell or a number/],
    [
      'a number beyond the enum’s type',
      2,
      { signed: 128 },
      /signed is 128; give an integer from -128 to 127/,
    ],
    ['another constant', 2, { answer: 41 }, /answer is 41; give 42, its constant/],
    ['set bits beyond its type', 2, { flags: 2 ** 32 }, /flags is 4294967296; give an integer from 0/],
    ['no composite', 2, { nested: 5 }, /nested is 5; give an object/],
    [
      'a member’s value',
      2,
      nested({ inner: { x: 1, y: 1.5 } }),
      /^Shapes\.nested\.inner\.y is 1\.5; give an integer/,
    ],
    ['a member’s name', 2, nested({ level: 'Low' }), /nested\.level is "Low"; give High or a number/],
    ['text for bytes', 2, { blob: 'x' }, /blob is "x"; give a Uint8Array/],
    [
      'more bytes than maxValue',
      2,
      { blob: new Uint8Array(1001) },
      /blob is an object; give at most 1000 bytes/,
    ],
    ['null for a field that came later', 3, { second: null }, /second is null; give an integer/],
    [
      'a key where there is none',
      4,
      { streamId: 'x' },
      /streamId is "x"; give '' \(the message has no key\)/,
    ],
  ]
  it.each(refusals)('%s', (_, template, change, message) => {
    const view = new DataView(new ArrayBuffer(2000))
    expect(() => schema.encode(of(template, change), view, 0)).toThrowError(message)
  })

  it.each(cases)('too little room for $name', ({ input, bytes }) => {
    const { length } = hex(bytes)
    const out = new Uint8Array(length)
    for (let room = 0; room < length; room++) {
      out.fill(0xaa)
      expect(() => schema.encode(input, new DataView(out.buffer, 0, room), 0)).toThrowError(
        expect.objectContaining({ code: 'encode-space' }),
      )
      expect(out.subarray(room).every((byte) => byte === 0xaa)).toBe(true)
    }
  })
})

it('types what its encoder takes', () => {
  const input: Input = {
    event: 'Grown',
    first: 1,
    second: 2,
    third: false,
    since2: '',
    since3: new Uint8Array(0),
  }
  expect(kitchenSink.encode(input, new DataView(new ArrayBuffer(100)), 0)).toBe(26 + 14 + 1 + 1 + 4)
})
