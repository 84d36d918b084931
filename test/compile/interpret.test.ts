// The interpreter and the generated code are two ways from one IR: the same events,
// the same bytes, the same errors, whatever they are given.

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { interpretSchema } from '../../src/compile/index.js'
import { mtg } from '../../src/mtg/index.js'
import type { AnySchema, Template } from '../../src/schema.js'
import { attic } from './generated/attic.gen.js'
import { kitchenSink } from './generated/kitchen-sink.gen.js'

const root = new URL('../../', import.meta.url)

function interpret(xmlPath: string, routingPath: string): AnySchema {
  const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')
  return interpretSchema({ xmlPath, xml: read(xmlPath), routingPath, routing: read(routingPath) })
}

const pairs: [string, AnySchema, AnySchema][] = [
  ['mtg', mtg, interpret('schema/mtg.xml', 'schema/mtg.routing.json')],
  [
    'the kitchen sink',
    kitchenSink,
    interpret('test/compile/fixtures/kitchen-sink.xml', 'test/compile/fixtures/kitchen-sink.routing.json'),
  ],
  [
    'the attic',
    attic,
    interpret('test/compile/fixtures/attic.xml', 'test/compile/fixtures/attic.routing.json'),
  ],
]

/** A result, or the error in its place. */
function outcome(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`
  }
}

/** Frames whose var data fits, and otherwise arbitrary bytes. */
function frameOf(schema: AnySchema, index: number, noise: Uint8Array, version: number): DataView {
  const { header } = schema
  const { blockLength, data } = schema.templates[index]!
  const bytes = new Uint8Array(header.bytes + blockLength + 100)
  for (let at = 0; at < bytes.length; at++) bytes[at] = noise[at % noise.length]!
  const view = new DataView(bytes.buffer)
  const put = (offset: number, width: number, value: number): void => {
    for (let byte = 0; byte < width; byte++)
      view.setUint8(offset + byte, Math.floor(value / 2 ** (byte * 8)) & 255)
  }
  put(header.blockLength.offset, header.blockLength.width, blockLength)
  put(header.version.offset, header.version.width, version)
  let at = header.bytes + blockLength
  for (const { lengthWidth, sinceVersion } of data) {
    if (version < sinceVersion) continue
    put(at, lengthWidth, noise[0]! % 20)
    at += lengthWidth + (noise[0]! % 20)
  }
  return view
}

it.each(pairs)('%s: tables', (_, generated, interpreted) => {
  expect(interpreted.templates).toEqual(generated.templates)
  expect(interpreted.header).toEqual(generated.header)
  expect([interpreted.name, interpreted.id, interpreted.version]).toEqual([
    generated.name,
    generated.id,
    generated.version,
  ])
})

it.each(pairs)('%s: any bytes give the same event, and that the same bytes', (_, generated, interpreted) => {
  const cases = fc.record({
    index: fc.nat(generated.templates.length - 1),
    noise: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 200 }),
      // Nulls of all kinds are made of these.
      fc
        .array(fc.constantFrom(0, 0xff, 0x7f, 0x80), { minLength: 1, maxLength: 200 })
        .map((all) => Uint8Array.from(all)),
    ),
    version: fc.nat(4),
  })
  fc.assert(
    fc.property(cases, ({ index, noise, version }) => {
      const view = frameOf(generated, index, noise, version)
      const event = generated.decode(index, view, 0, 'key', 5)
      expect(interpreted.decode(index, view, 0, 'key', 5)).toStrictEqual(event)
      expect(Object.keys(interpreted.decode(index, view, 0, 'key', 5))).toEqual(Object.keys(event))
      const [one, other] = [new DataView(new ArrayBuffer(400)), new DataView(new ArrayBuffer(400))]
      const written = outcome(() => generated.encode(event, one, 0))
      expect(outcome(() => interpreted.encode(event, other, 0))).toEqual(written)
      if (typeof written === 'number') expect(other).toEqual(one)
    }),
    { numRuns: 500 },
  )
})

it.each(pairs)('%s: any values give the same bytes or the same error', (_, generated, interpreted) => {
  const value = fc.oneof(
    fc.constantFrom(
      undefined,
      null,
      true,
      Number.NaN,
      -0,
      2 ** 53,
      2n ** 64n - 1n,
      'Buy',
      'constructor',
      '',
      'a\0',
    ),
    fc.integer({ min: -200, max: 70_000 }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n }),
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.array(fc.nat(300), { maxLength: 3 }),
    fc.uint8Array({ maxLength: 16 }),
    fc.dictionary(fc.constantFrom('mantissa', 'kind', 'x'), fc.integer()),
  )
  const cases = fc.nat(generated.templates.length - 1).chain((index) => {
    const { event, blockLength } = generated.templates[index]!
    const view = frameOf(generated, index, new Uint8Array([0]), generated.version)
    const fields = Object.keys(generated.decode(index, view, 0, '', 0)).filter((name) => name !== 'event')
    return fc.record({
      input: fc.record(Object.fromEntries(fields.map((name) => [name, value])), { requiredKeys: [] }),
      base: fc.constant({ ...generated.decode(index, view, 0, '', 0), event }),
      room: fc.oneof(fc.constant(400), fc.nat(blockLength + 40)),
    })
  })
  fc.assert(
    fc.property(cases, ({ input, base, room }) => {
      // One wrong value at most, so that not only the first field is tried.
      for (const [name, one] of Object.entries(input)) {
        const given = { ...base, [name]: one }
        const [a, b] = [new DataView(new ArrayBuffer(room)), new DataView(new ArrayBuffer(room))]
        const written = outcome(() => generated.encode(given, a, 0))
        expect(outcome(() => interpreted.encode(given, b, 0))).toEqual(written)
        if (typeof written === 'number') expect(b).toEqual(a)
      }
    }),
    { numRuns: 200 },
  )
})

it.each(pairs)(
  '%s: dispatch goes on as long as calls return nothing and there is another record',
  (_, ...schemas) => {
    for (const schema of schemas) {
      const [{ method }] = schema.templates as [Template]
      const view = frameOf(schema, 0, new Uint8Array([1]), schema.version)
      const heard: number[] = []
      const observer = {
        [method]({ slot }: { slot: number }) {
          heard.push(slot)
          return slot === 3 ? 'done' : undefined
        },
      }
      const record = {
        view,
        at: 0,
        ids: ['', 'k', 'k', 'k', 'k', 'k', 'k'],
        slot: 1,
        calls: 0,
        next: () => ++record.slot < 6,
      }
      expect(schema.dispatch(observer, 0, record)).toBe('done')
      expect(heard).toEqual([1, 2, 3])
      expect(record.calls).toBe(3)
      expect(schema.dispatch(observer, 0, record)).toBe('done')
      record.slot = 4
      expect(schema.dispatch(observer, 0, record)).toBe(undefined)
      expect(heard).toEqual([1, 2, 3, 3, 4, 5])
    }
  },
)

it.each(pairs)('%s: dispatch calls the method on its observer, or none', (_, generated, interpreted) => {
  for (const schema of [generated, interpreted]) {
    schema.templates.forEach(({ method, event }, index) => {
      const view = frameOf(schema, index, new Uint8Array([1]), schema.version)
      const observer = {
        calls: 0,
        [method](this: { calls: number }, given: { event: string }) {
          this.calls++
          return given.event
        },
      }
      const record = {
        view,
        at: 0,
        ids: ['', 'k', 'k', 'k', 'k', 'k', 'k'],
        slot: 1,
        calls: 0,
        next: () => false,
      }
      expect(schema.dispatch(observer, index, record)).toBe(event)
      expect(observer.calls).toBe(1)
      expect(schema.dispatch({}, index, record)).toBe(undefined)
    })
    expect(() => schema.decode(99, new DataView(new ArrayBuffer(0)), 0, '', 0)).toThrowError(RangeError)
  }
})

it('an ID of -0 is 0, as generated code has it', () => {
  const xml = readFileSync(new URL('schema/mtg.xml', root), 'utf8')
  const routing = readFileSync(new URL('schema/mtg.routing.json', root), 'utf8')
  const { templates } = interpretSchema({
    xmlPath: 'a.xml',
    xml: xml.replace('name="EventStart" id="1"', 'name="EventStart" id="-0"'),
    routingPath: 'a.json',
    routing,
  })
  expect(templates[0]).toMatchObject({ event: 'EventStart', id: 0 })
  expect(Object.is(templates[0]!.id, 0)).toBe(true)
})
