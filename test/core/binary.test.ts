// What the binary may hold: its memory comes from outside, and nothing in it runs or
// writes before it is called, so that a second instance leaves shared memory alone.
import { readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { asText, coreFaults, MAX_CORE_BYTES } from '../../scripts/build-core.mjs'
import { coreLetters, coreText } from '../../src/core-binary.js'
import { fromText } from '../../src/wasm.js'
import { concat } from '../../test/reference-frames.js'

const CORE = fromText(coreText, coreLetters)

// ---- Modules made by hand: magic, version, sections ---------------------------

const name = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)]

function section(id: number, ...contents: number[]): number[] {
  const size = contents.length
  const leb = size < 0x80 ? [size] : [(size & 0x7f) | 0x80, ((size >> 7) & 0x7f) | 0x80, size >> 14]
  return [id, ...leb, ...contents]
}

const module = (...sections: readonly number[][]): Uint8Array<ArrayBuffer> =>
  concat([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], ...sections)

const MEMORY = [...name('env'), ...name('memory'), 2, 0, 1]
const ABORT = [...name('env'), ...name('abort'), 0, 0]
const OTHER_MEMORY = [...name('env'), ...name('heap'), 2, 0, 1]
/** A function without parameters and results. */
const TYPE = section(1, 1, 0x60, 0, 0)
const IMPORTS = section(2, 1, ...MEMORY)
const FUNCTION = section(3, 1, 0)
const TABLE = section(4, 1, 0x70, 0, 1)
const START = section(8, 0)
const ELEMENT = section(9, 1, 0, 0x41, 0, 0x0b, 1, 0)
const CODE = section(10, 1, 2, 0, 0x0b)
const DATA = section(11, 1, 0, 0x41, 0, 0x0b, 1, 0xff)

describe('the core binary', () => {
  it('has no fault and is under 8 KiB', () => {
    expect(coreFaults(CORE)).toEqual([])
    expect(MAX_CORE_BYTES).toBe(8_192)
    expect(CORE.length).toBeLessThan(MAX_CORE_BYTES)
  })

  it('is kept as text that gives the same bytes, whichever they are', () => {
    expect(asText(CORE)).toEqual({ letters: coreLetters, text: coreText })
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    for (const bytes of [all, all.slice().reverse(), new Uint8Array(9), new Uint8Array(0xff).fill(0xff)]) {
      const { letters, text } = asText(bytes)
      expect(new Set(letters)).toHaveLength(letters.length)
      expect(letters).toMatch(/^[ -~]+$/)
      expect(letters).not.toMatch(/['"`\\\\${|]/)
      expect(fromText(text, letters)).toEqual(bytes)
    }
  })

  it('exports what core.ts declares, with as many parameters, and nothing else', () => {
    const source = readFileSync(new URL('../../src/core.ts', import.meta.url), 'utf8')
    const body = /export interface CoreExports \{\n([\s\S]*?)\n\}/.exec(source)?.[1] ?? ''
    const declared = Array.from(
      body.matchAll(/^ {2}(\w+)\(([^)]*)\): (?:number|void)$/gm),
      ([, method, parameters]) => [method, parameters === '' ? 0 : parameters!.split(',').length],
    )
    expect(declared.length).toBeGreaterThan(0)
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536 })
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(CORE), { env: { memory } })
    const found = Object.entries(exports).map(([method, value]) => [method, (value as () => void).length])
    expect(found.sort()).toEqual(declared.sort())
  })

  it('leaves a memory untouched when it is instantiated on it', () => {
    const memory = new WebAssembly.Memory({ initial: 3, maximum: 3 })
    const bytes = new Uint8Array(memory.buffer)
    bytes.fill(0xa5)
    new WebAssembly.Instance(new WebAssembly.Module(CORE), { env: { memory } })
    expect(bytes.every((byte) => byte === 0xa5)).toBe(true)
    expect(memory.buffer.byteLength).toBe(bytes.length)
  })

  it('is refused with a data segment behind it', () => {
    expect(coreFaults(concat(CORE, DATA))).toEqual(['it has a data segment'])
  })
})

describe('a doctored binary', () => {
  test.each<[string, Uint8Array, string[]]>([
    ['nothing at fault', module(IMPORTS), []],
    ['no import at all', module(), ['it imports , not just env.memory']],
    [
      'an extra import',
      module(TYPE, section(2, 2, ...MEMORY, ...ABORT)),
      ['it imports env.memory (memory), env.abort (function), not just env.memory'],
    ],
    [
      'another memory',
      module(section(2, 1, ...OTHER_MEMORY)),
      ['it imports env.heap (memory), not just env.memory'],
    ],
    ['a start function', module(TYPE, IMPORTS, FUNCTION, START, CODE), ['it has a start function']],
    ['a data segment', module(IMPORTS, DATA), ['it has a data segment']],
    [
      'an element segment',
      module(TYPE, IMPORTS, FUNCTION, TABLE, ELEMENT, CODE),
      ['it has an element segment'],
    ],
    [
      'too many bytes',
      module(IMPORTS, section(0, ...new Array<number>(MAX_CORE_BYTES).fill(0))),
      [`it is ${8 + IMPORTS.length + 4 + MAX_CORE_BYTES} bytes, the limit is ${MAX_CORE_BYTES}`],
    ],
    [
      'several faults',
      module(TYPE, IMPORTS, FUNCTION, START, CODE, DATA),
      ['it has a start function', 'it has a data segment'],
    ],
  ])('has its faults named: %s', (_what, bytes, faults) => {
    expect(coreFaults(bytes)).toEqual(faults)
  })

  it('is allowed one byte less than the limit, no more', () => {
    const padded = (bytes: number) =>
      module(IMPORTS, section(0, ...new Array<number>(bytes - 8 - IMPORTS.length - 4).fill(0)))
    expect(padded(MAX_CORE_BYTES)).toHaveLength(MAX_CORE_BYTES)
    expect(coreFaults(padded(MAX_CORE_BYTES - 1))).toEqual([])
    expect(coreFaults(padded(MAX_CORE_BYTES))).toEqual([`it is 8192 bytes, the limit is ${MAX_CORE_BYTES}`])
  })
})
