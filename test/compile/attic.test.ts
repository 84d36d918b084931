// The odd corners that kitchen-sink.xml has no room for, there and back: generated and interpreted.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { interpretSchema } from '../../src/compile/index.js'
import type { AnySchema } from '../../src/schema.js'
import { attic } from './generated/attic.gen.js'

const read = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')
const interpreted = interpretSchema({
  xmlPath: 'attic.xml',
  xml: read('attic.xml'),
  routingPath: 'attic.routing.json',
  routing: read('attic.routing.json'),
})

const ARRAYS = {
  event: 'Arrays',
  streamId: 'k',
  bytes: new Int8Array([-128, 127]),
  shorts: new Int16Array([-32_768, 32_767]),
  ints: new Int32Array([-(2 ** 31), 2 ** 31 - 1]),
  words: new Uint32Array([0, 2 ** 32 - 1]),
  longs: new BigUint64Array([0n, 2n ** 64n - 1n]),
  doubles: new Float64Array([-0.1, Number.MAX_VALUE]),
  maybeFloats: new Float32Array([0.1, 0.5]),
  maybeDoubles: new Float64Array([0.5, 1]),
  latinName: 'élan',
  letter: 'x',
  pair: 'ab',
  rest: new Uint8Array([7]),
  latin: 'ÿ',
}
const NULLS = {
  event: 'Nulls',
  streamId: 'k',
  ...{ least: null, outside: null, inside: null, lowest: null, never: null, nowhere: null },
  ...{ nothing: null, tenth: null, wide: null, letters: null, tilde: null },
}
const VALUES = {
  event: 'Nulls',
  streamId: 'k',
  ...{ least: -127, outside: 9, inside: 8n, lowest: -(2n ** 63n) + 1n, never: -1, nowhere: 1 },
  ...{ nothing: 1, tenth: 0.2, wide: 'Least', letters: 'A', tilde: 'a~' },
}
const CONSTANTS = { limit: 10, letter: 'N', space: ' ', first: -(2n ** 63n), zero: 'Zero' }
const COMPOSITES = {
  event: 'Composites',
  streamId: '',
  counted: { count: Number.MAX_SAFE_INTEGER, later: 1 },
  marked: { marks: 255, pair: new Uint8Array([1, 2]), x: -1 },
  fixed: { answer: 42 },
  ...{ marks: 0, more: 3, ...CONSTANTS },
  longs: new BigUint64Array([1n, 2n]),
  big: 0,
}

describe.each([
  ['generated', attic as AnySchema],
  ['interpreted', interpreted],
])('%s', (_, schema) => {
  const thereAndBack = (template: number, input: object): unknown => {
    const view = new DataView(new ArrayBuffer(400))
    schema.encode(input, view, 0)
    return schema.decode(template, view, 0, 'streamId' in input ? String(input.streamId) : '', 1)
  }

  it.each([
    ['arrays of every type, texts and bytes', 0, ARRAYS, {}],
    ['arrays of nulls', 0, { ...ARRAYS, maybeFloats: null, maybeDoubles: null }, {}],
    ['nulls', 1, NULLS, {}],
    ['values next to nulls', 1, VALUES, {}],
    ['composites', 2, COMPOSITES, {}],
    // Whichever of its members can say so: in the second neither the set nor the array can.
    ['composites that are null', 2, { ...COMPOSITES, counted: null, marked: null }, {}],
    [
      'a composite of nothing but constants, which cannot be null',
      2,
      { ...COMPOSITES, fixed: null },
      { fixed: COMPOSITES.fixed },
    ],
  ])('%s', (_name, template, input, back) => {
    expect(thereAndBack(template, input)).toStrictEqual({ ...input, ...back, slot: 1 })
  })

  it('what may be left out is null, empty or its constant', () => {
    const { rest: _rest, latin: _latin, ...arrays } = ARRAYS
    expect(thereAndBack(0, arrays)).toStrictEqual({ ...ARRAYS, rest: new Uint8Array(0), latin: '', slot: 1 })
    const { longs, big } = COMPOSITES
    const least = { event: 'Composites', marks: 1, more: 2, longs, big }
    expect(thereAndBack(2, least)).toStrictEqual({
      ...least,
      ...CONSTANTS,
      ...{ streamId: '', counted: null, marked: null, fixed: { answer: 42 }, slot: 1 },
    })
    expect(thereAndBack(1, { event: 'Nulls', streamId: 'k' })).toStrictEqual({ ...NULLS, slot: 1 })
  })

  it.each([
    [1, { least: -128 }, /least is -128; give an integer from -127 to 127/],
    [1, { outside: -1 }, /outside is -1; give an integer from 0 to 9/],
    [1, { inside: 7n }, /inside is 7n; give another value or null/],
    [1, { lowest: -(2n ** 63n) }, /lowest is .*; give a bigint from -9223372036854775807/],
    [1, { never: Number.POSITIVE_INFINITY }, /never is Infinity; give another value or null/],
    [1, { nowhere: Number.NEGATIVE_INFINITY }, /nowhere is -Infinity; give another value or null/],
    [1, { nothing: 0 }, /nothing is 0; give another value or null/],
    [1, { wide: -1n }, /wide is -1n; give another value or null/],
    [1, { wide: 1 }, /wide is 1; give Least, Zero or a bigint/],
    [1, { letters: 'J' }, /letters is "J"; give A, B, C, D, E, F, G, H, … or a number/],
    [0, { doubles: [1, Number.NaN] }, /doubles\[1\] is NaN; give a number, not NaN/],
    [0, { letter: 'é' }, /letter is "é"; give characters up to U\+007f/],
    [2, { limit: 11 }, /limit is 11; give 10, its constant/],
  ])('template %i refuses %o', (template, change, message) => {
    const input = { ...[ARRAYS, VALUES, COMPOSITES][template]!, ...change }
    expect(() => thereAndBack(template, input)).toThrowError(message)
  })

  it('refuses an event that it has not', () => {
    expect(() => schema.encode({ event: 'Cellar' }, new DataView(new ArrayBuffer(9)), 0)).toThrowError(
      'event is "Cellar"; give the name of an event of the schema attic',
    )
  })

  it('needs no more bytes from the version on in which a member came before the end', () => {
    expect(schema.templates[2]!.required).toEqual([
      { sinceVersion: 0, bytes: schema.templates[2]!.blockLength },
    ])
    const [check] = schema.templates[2]!.checks
    expect(check).toMatchObject({ kind: 'uint53', field: 'counted.count', nullValue: 2n ** 64n - 1n })
  })
})
