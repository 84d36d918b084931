// Events of the kitchen sink, and their bytes put together by hand from the standard's rules.

import { Flags } from './generated/kitchen-sink.gen.js'

/** Bytes from hexadecimal, spaces and all that stands behind `|` left out. */
export function hex(text: string): Uint8Array {
  const digits = text.replace(/\|.*$/gm, '').replace(/\s/g, '')
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

/** The 26 bytes of the fixture's header. */
export function header(id: number, block: number, data: number, version = 3): string {
  const le = (value: number, width: number): string =>
    Array.from({ length: width }, (_, byte) =>
      ((value >>> (byte * 8)) & 255).toString(16).padStart(2, '0'),
    ).join('')
  return `${le(version, 4)} ${le(id, 2)} 0000000000000000 ${le(block, 2)} 00 000000 ${le(513, 4)} ${le(data, 2)}`
}

export interface Case {
  readonly name: string
  readonly template: number
  readonly input: Record<string, unknown>
  /** Where the event differs from the input. */
  readonly event?: Record<string, unknown>
  readonly bytes: string
}

export const cases: readonly Case[] = [
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
