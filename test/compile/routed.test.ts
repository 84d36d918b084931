// The core knows no schema but its table: what holds for mtg's frames holds for those of any
// other, whatever its header, keys, checks and null values are.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { interpretSchema } from '../../src/compile/index.js'
import { FrameError } from '../../src/frame-error.js'
import { createDecoder, createRouter } from '../../src/index.js'
import type { AnySchema } from '../../src/schema.js'
import { concat } from '../reference-frames.js'
import { assertLedger } from '../support.js'
import { kitchenSink } from './generated/kitchen-sink.gen.js'
import { cases, header, hex } from './kitchen-sink-bytes.js'

const read = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')
const interpreted = interpretSchema({
  xmlPath: 'kitchen-sink.xml',
  xml: read('kitchen-sink.xml'),
  routingPath: 'kitchen-sink.routing.json',
  routing: read('kitchen-sink.routing.json'),
})

/** A message behind its framing header. */
function framed(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(6 + message.length)
  const view = new DataView(frame.buffer)
  view.setUint32(0, frame.length)
  view.setUint16(4, 0xeb50)
  frame.set(message, 6)
  return frame
}

interface Made {
  readonly event: string
  readonly slot: number
}

/** Routes frames; gives the events of all shards, and the errors' messages. */
async function route(schema: AnySchema, frames: readonly Uint8Array[]) {
  const events: Made[] = []
  const errors: string[] = []
  const observer = Object.fromEntries(
    schema.templates.map(({ method }) => [method, (made: Made) => events.push(made)]),
  )
  const router = createRouter(schema, {
    orphans: 'deliver',
    observers: [() => observer],
    onFrameError: ({ message }) => errors.push(message),
  })
  router.write(concat(...frames))
  const stats = await router.shutdown()
  assertLedger(stats)
  return { events, errors, stats }
}

/** Its only event, or the error for which it was rejected. */
function decodeOne(schema: AnySchema, frame: Uint8Array): unknown {
  const [item, ...more] = createDecoder(schema).decode(frame)
  expect(more).toEqual([])
  return item instanceof FrameError ? `${item.reason}: ${item.message}` : item
}

describe.each([
  ['generated', kitchenSink as AnySchema],
  ['interpreted', interpreted],
])('the kitchen sink, %s', (_, schema) => {
  const frames = cases.map(({ bytes }) => framed(hex(bytes)))
  const whole = cases.map(({ input, event }) => ({ ...input, ...event, slot: expect.any(Number) }))

  it('is routed with every field as it was written', async () => {
    const { events, stats } = await route(schema, frames)
    expect(stats).toMatchObject({ received: frames.length, delivered: frames.length })
    expect(events).toHaveLength(whole.length)
    for (const event of whole) expect(events).toContainEqual(event)
    // A slot for each event with a key that isn't empty, none for the others.
    for (const { slot, ...rest } of events)
      expect(slot > 0).toBe((rest as { streamId?: string }).streamId !== '')
  })

  it.each(cases.map(({ name }, index) => [name, index] as const))('is decoded: %s', (_name, index) => {
    expect(decodeOne(schema, frames[index]!)).toStrictEqual(whole[index])
  })

  /** A case's frame with other bytes at a place of its block. */
  const spoilt = (index: number, at: number, bytes: string): Uint8Array => {
    const frame = frames[index]!.slice()
    frame.set(hex(bytes), 6 + 26 + at)
    return frame
  }
  const refused: [string, Uint8Array, RegExp][] = [
    [
      'another schema',
      framed(hex(header(1, 44, 1).replace('01020000', '02020000'))),
      /^schema-mismatch: .*schema 514 is not 513/,
    ],
    [
      'an unknown template',
      framed(hex(header(77, 0, 0))),
      /^unknown-template: .*template 77 is not in the schema/,
    ],
    ['a boolean of 2', spoilt(1, 36, '02'), /^boolean-invalid: .*Optionals\.j is neither 0 nor 1/],
    [
      'a number beyond 53 bits',
      spoilt(1, 4, '0000000000002000'),
      /^number-range: .*Optionals\.b is beyond 53 bits/,
    ],
    [
      'one just below its null value',
      spoilt(1, 68, 'faffffffffffdfff'),
      /^number-range: .*Optionals\.n is beyond/,
    ],
    [
      'a block too short for its version',
      framed(hex(`${header(4, 12, 0)} ${'00'.repeat(12)} 00 00 00000000`)),
      /^block-too-short: .*block is 12 bytes, Grown needs 13/,
    ],
    [
      'bytes beyond maxValue',
      framed(hex(`${header(4, 14, 0)} ${'00'.repeat(14)} 00 00 e9030000 ${'00'.repeat(1_001)}`)),
      /since3 is longer than the schema allows/,
    ],
    [
      'text that is not UTF-8',
      framed(hex(`${header(4, 14, 0)} ${'00'.repeat(14)} 00 01 ff 00000000`)),
      /since2 is not UTF-8/,
    ],
    [
      'a null length',
      framed(hex(`${header(4, 14, 0)} ${'00'.repeat(14)} 00 ff 00000000`)),
      /since2 has the null length/,
    ],
  ]
  it.each(refused)('is rejected with the reason: %s', async (_name, frame, message) => {
    expect(decodeOne(schema, frame)).toMatch(message)
    const { events, stats } = await route(schema, [frames[0]!, frame, frames[0]!])
    expect(events).toHaveLength(2)
    expect(stats).toMatchObject({ received: 3, rejected: 1 })
  })

  it('takes a null value where a check would refuse it', () => {
    expect(decodeOne(schema, spoilt(1, 68, 'fbffffffffffffff'))).toMatchObject({ n: null })
    expect(decodeOne(schema, spoilt(1, 36, 'ff'))).toMatchObject({ j: null })
  })
})

describe('other shapes', () => {
  const compiled = (types: string, message: string, types53: string[], header = ''): AnySchema =>
    interpretSchema({
      xmlPath: 'a.xml',
      xml: `<messageSchema package="other" id="7" ${header && 'headerType="narrow"'}><types>${header}
        <type name="flag" primitiveType="uint8"/>${types}
        <composite name="text"><type name="length" primitiveType="uint8"/>
        <type name="varData" primitiveType="uint8" length="0" characterEncoding="UTF-8"/></composite></types>
        <message name="Made" id="9">${message}<data name="key" id="90" type="text"/></message></messageSchema>`,
      routingPath: 'a.json',
      routing: JSON.stringify({
        key: 'key',
        types: { flag: 'boolean', ...Object.fromEntries(types53.map((name) => [name, 'number'])) },
      }),
    })

  it('a header of single bytes is read, and told of in errors', () => {
    const members = ['blockLength', 'templateId', 'schemaId', 'version']
    const narrow = `<composite name="narrow">${members.map((name) => `<type name="${name}" primitiveType="uint8"/>`).join('')}</composite>`
    const schema = compiled('', '<field name="on" id="1" type="flag"/>', [], narrow)
    expect(schema.header.bytes).toBe(4)
    expect(decodeOne(schema, framed(hex('01 09 07 00 01 01 6b')))).toMatchObject({ on: true, streamId: 'k' })
    expect(decodeOne(schema, framed(hex('01 08 07 00 01 01 6b')))).toMatch(/template 8 is not in the schema/)
    expect(decodeOne(schema, framed(hex('00 09 07 00 01 6b')))).toMatch(/block is 0 bytes, Made needs 1/)
  })

  it('checks that lie further apart than one comparison reaches are made all the same', () => {
    const schema = compiled(
      '<type name="wide" primitiveType="uint64"/><type name="filler" primitiveType="char" length="20"/>',
      '<field name="on" id="1" type="flag"/><field name="gap" id="2" type="filler"/><field name="most" id="3" type="wide"/>',
      ['wide'],
    )
    const made = (on: string, most: string): unknown =>
      decodeOne(schema, framed(hex(`1d00 0900 0700 0000 ${on} ${'00'.repeat(20)} ${most} 01 6b`)))
    expect(made('01', 'ffffffffffff1f00')).toMatchObject({ on: true, most: Number.MAX_SAFE_INTEGER, gap: '' })
    expect(made('02', 'ffffffffffff1f00')).toMatch(/Made\.on is neither 0 nor 1/)
    expect(made('01', '0000000000002000')).toMatch(/Made\.most is beyond 53 bits/)
  })
})
