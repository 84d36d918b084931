// Every flat feature: bytes put together by hand from the standard's rules against
// the generated module and against the interpreter of the same schema.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { interpretSchema } from '../../src/compile/index.js'
import type { AnySchema, EventBatch } from '../../src/schema.js'
import { columnFault } from '../columns.js'
import { concat } from '../reference-frames.js'
import { rigOf } from '../rig.js'
import { finish } from '../support.js'
import { type Input, kitchenSink } from './generated/kitchen-sink.gen.js'
import { cases, header, hex } from './kitchen-sink-bytes.js'

const fixtures = new URL('fixtures/', import.meta.url)
const read = (name: string): string => readFileSync(new URL(name, fixtures), 'utf8')

const interpreted = interpretSchema({
  xmlPath: 'kitchen-sink.xml',
  xml: read('kitchen-sink.xml'),
  routingPath: 'kitchen-sink.routing.json',
  routing: read('kitchen-sink.routing.json'),
})

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

  it('has columns that say what events say, and of enumerations and sets the raw number', async () => {
    const rows: Record<string, unknown>[] = []
    const observer = () => ({
      eventBatch(batch: EventBatch<{ event: string }, Record<string, ArrayLike<number | bigint>>>) {
        expect(columnFault(batch, schema.templates)).toBe(undefined)
        for (let row = batch.start; row < batch.end; row++) {
          const values: Record<string, unknown> = { event: batch.event(row).event }
          for (const name in batch.fields) values[name] = batch.fields[name]![row]
          rows.push(values)
        }
      },
    })
    const tested = rigOf(schema, { shards: 1, orphans: 'deliver', observers: [observer] })
    const older = [0, 1, 2].map(
      (version) => `${header(4, 8, 0, version)} 0100 0000 02000000 00 ${version === 2 ? '00' : ''}`,
    )
    for (const message of [...cases.map(({ bytes }) => bytes), ...older]) {
      const bytes = hex(message)
      const framing = new Uint8Array(6)
      new DataView(framing.buffer).setUint32(0, bytes.length + 6)
      framing.set([0xeb, 0x50], 4)
      tested.router.write(concat(framing, bytes))
    }
    const stats = await finish(tested)
    console.log(tested.host.warnings)
    expect(stats).toMatchObject({ delivered: cases.length + older.length, rejectedBy: {} })
    const of = (event: string) => rows.filter((row) => row.event === event)
    const [shapes] = of('Shapes')
    expect(shapes).toMatchObject({
      side: 'B'.charCodeAt(0),
      flags: expect.any(Number),
      wide: expect.any(BigInt),
    })
    expect(shapes).toHaveProperty(['nested.inner.x'], expect.any(Number))
    // Of version 0, the second field isn't there yet; of the others, it is.
    expect(
      of('Grown')
        .slice(-3)
        .map(({ second }) => second),
    ).toEqual([Number.NaN, 2, 2])
    // Null as the schema has it on the wire: no number of 64 bits is left for it.
    expect(of('Optionals').map((row) => row['m.mantissa'])).toContain(9_223_372_036_854_775_807n)
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
