// What coverage, forced conditions and the simulation stand on: that an instrumented
// core is the same core, that its calls come from where the list of sites says, and
// that what a hook gives back is what the core goes on with.
import { readFileSync } from 'node:fs'
import binaryen from 'assemblyscript/binaryen'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { coreId } from '../../src/core-binary.js'
import { createRouter } from '../../src/index.js'
import { CONTROL_RECEIVED } from '../../src/layout.js'
import { mtg } from '../../src/mtg/index.js'
import { makeRouter } from '../../src/router.js'
import { type Instrumented, instrumentDebug, instrumentRelease, wrapConditions } from '../instrument.mjs'
import { concat } from '../reference-frames.js'
import { assertLedger, type Call, ending, keyless, opening, recorder, traffic } from '../support.js'
import { insteadOfCore, type TrustHooks, withTrust } from '../trust.js'

const shipped = readFileSync(new URL('../../build/core.wasm', import.meta.url))
const FRAMES = concat(opening('a'), traffic('a', 1), opening('x'.repeat(100)), ending('a'), keyless(3))

let conditions: Instrumented
let both: Instrumented
let release: Instrumented
const undo: (() => void)[] = []

beforeAll(async () => {
  conditions = await instrumentDebug({ conditions: true })
  both = await instrumentDebug({ conditions: true, stores: true })
  release = instrumentRelease()
})
afterEach(() => {
  while (undo.length > 0) undo.pop()!()
})

/** Routes the frames through a core with hooks. */
async function routed({ bytes }: { bytes: Uint8Array<ArrayBuffer> }, hooks: TrustHooks, input = FRAMES) {
  undo.push(withTrust(hooks))
  const module = new WebAssembly.Module(bytes)
  const calls: Call[] = []
  const router = makeRouter(() => module, mtg, { shards: 2, observers: [recorder(calls)] })
  router.write(input)
  const stats = await router.shutdown()
  assertLedger(stats)
  return { calls, stats }
}

const sourceLines = (file: string): string[] =>
  readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8').split('\n')

describe('an instrumented core', () => {
  it('does what the one that ships does', async () => {
    const expected = await routed({ bytes: shipped }, {})
    expect(expected.stats.delivered).toBe(5)
    for (const core of [conditions, both, release]) expect(await routed(core, {})).toEqual(expected)
  })

  it('leaves a memory untouched when it is instantiated on it', () => {
    undo.push(withTrust({}))
    for (const { bytes } of [both, release]) {
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 })
      const seen = new Uint8Array(memory.buffer).fill(0xa5)
      new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } })
      expect(seen.every((byte) => byte === 0xa5)).toBe(true)
    }
  })

  it('says once which build it is', () => {
    for (const { bytes } of [both, release]) {
      const sections = WebAssembly.Module.customSections(new WebAssembly.Module(bytes), 'id')
      expect(sections.map((section) => new DataView(section).getUint32(0))).toEqual([coreId])
    }
  })

  it('takes the place of the one that ships, for the entry too', async () => {
    const seen = new Set<number>()
    undo.push(insteadOfCore(shipped, conditions.bytes))
    const hit = (id: number, value: number): number => {
      seen.add(id)
      return value
    }
    undo.push(withTrust({ hit }))
    const module = new WebAssembly.Module(shipped)
    const router = createRouter(mtg, { module, shards: 1 })
    expect(router.write(FRAMES)).toBe(true)
    expect(seen.size).toBeGreaterThan(20)
    assertLedger(await router.shutdown())
    expect(new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))).toBeInstanceOf(
      WebAssembly.Module,
    )
  })

  it('tells when it is called, with what, and what memory holds then', async () => {
    const entered: unknown[] = []
    const leave = (memory: ArrayBuffer): void => {
      const frames = new Float64Array(memory)[CONTROL_RECEIVED / 8]
      entered.push(frames)
    }
    await routed(conditions, { enter: (...call) => entered.push(call), leave })
    expect(entered).toEqual([['ingest', expect.any(Number), expect.any(Number)], 5])
    const [[, from, end]] = entered as [[string, number, number]]
    expect(end - from).toBe(FRAMES.length)
  })
})

describe('sites', () => {
  it('stand where the source has what they are said to be', () => {
    for (const { file, line, column, text } of [...both.conditions, ...both.stores]) {
      expect(file).toMatch(/^assembly\/\w+\.ts$/)
      const rest = sourceLines(file)
        .slice(line - 1)
        .join('\n')
        .slice(column - 1)
        .replace(/\s+/g, ' ')
      expect(rest.startsWith(text), `${file}:${line}:${column} ${text}`).toBe(true)
    }
  })

  it('are in each `if`, `while`, `for`, `do`, `?:`, `&&`, `||`, assert and store of a function', () => {
    const files = new Set(both.stores.map(({ file }) => file).concat(both.conditions.map(({ file }) => file)))
    expect([...files].sort()).toEqual(
      ['frame', 'ingest', 'ring', 'rows', 'streams', 'utf8', 'xxhash32'].map((name) => `assembly/${name}.ts`),
    )
    for (const file of files) {
      const [conditionLines, storeLines] = [both.conditions, both.stores].map(
        (sites) => new Map(sites.filter((site) => site.file === file).map((site) => [site.line, site])),
      )
      sourceLines(file).forEach((line, index) => {
        const code = line.replace(/\/\/.*| \*.*|'.*'/, '')
        // At the left margin it is the compiler that decides.
        const decides = /^ +.*(\b(if|while|for) \((?!;;)|assert\(| \? | && | \|\| |\bmin\()/.test(code)
        if (decides) {
          // A condition of several lines, or of a list's lines, begins at its first one.
          const isThere = [1, 2, 3].some((further) => conditionLines!.has(index + further))
          expect(isThere, `${file}:${index + 1} ${line}`).toBe(true)
        }
        const stores = /\b(v128\.store|store<\w+>|memory\.(copy|fill))\(/.test(code)
        expect(storeLines!.has(index + 1), `${file}:${index + 1} ${line}`).toBe(stores)
      })
    }
  })

  it('are told apart by kind', () => {
    const kinds = new Set(conditions.conditions.map(({ kind }) => kind))
    expect([...kinds].sort()).toEqual(['assert', 'br_if', 'if', 'operand', 'select'])
    const texts = conditions.conditions.filter(({ kind }) => kind === 'assert').map(({ text }) => text)
    expect(texts).toContain('used <= load<u32>(CONTROL_SLOTS)')
    expect([...both.conditions, ...both.stores].map(({ id }) => id)).toEqual([
      ...both.conditions.keys(),
      ...both.stores.keys(),
    ])
  })

  /** Values of the one condition with this text. */
  const valuesOf = async (text: string, input: Uint8Array<ArrayBuffer>): Promise<number[]> => {
    const sites = conditions.conditions.filter((site) => site.text === text)
    expect(sites).toHaveLength(1)
    const values: number[] = []
    const hit = (id: number, value: number): number => {
      if (id === sites[0]!.id) values.push(value)
      return value
    }
    await routed(conditions, { hit }, input)
    return values
  }

  it('are hit by what they are about', async () => {
    // Not by the event of a stream that goes on.
    expect(await valuesOf('keyLength == 0', FRAMES)).toEqual([0, 0, 0, 1])
    expect(await valuesOf('ends && !opened', FRAMES)).toEqual([0, 0, 0])
    expect(await valuesOf('ends && !opened', concat(traffic('a', 1), ending('a')))).toEqual([0, 1])
    const bad = opening('ok')
    bad[bad.length - 1] = 0xff
    expect(await valuesOf('!isUtf8(keyAt, keyLength)', concat(opening('fine'), bad))).toEqual([0, 1])
    expect(await valuesOf('first < 0xc2', concat(opening('fine'), bad))).toEqual([0])
  })

  it('of stores are hit in the order of the stores', async () => {
    const texts: string[] = []
    const step = (id: number): void => {
      texts.push(both.stores[id]!.text)
    }
    await routed(both, { step }, opening('a'))
    const published = texts.indexOf('store<u32>(shard, position + bytes, SHARD_TAIL)')
    expect(published).toBeGreaterThan(texts.indexOf('v128.store(to, v128.load(message))'))
    expect(texts.at(-1)).toBe('store<f64>(counter, load<f64>(counter) + <f64>events)')
  })
})

describe('hooks', () => {
  it('force a condition', async () => {
    const site = conditions.conditions.find(({ text }) => text === 'keyLength == 0')!
    const hit = (id: number, value: number): number => (id === site.id ? 1 : value)
    const { calls } = await routed(conditions, { hit }, opening('a'))
    expect(calls).toMatchObject([{ method: 'event', event: { slot: 0 } }, { method: 'shutdown' }, {}])
  })

  it('stop the core at a store, which poisons it', async () => {
    for (const core of [both, release]) {
      let left = 3
      const step = (): void => {
        if (--left === 0) throw new Error('no further')
      }
      await expect(routed(core, { step })).rejects.toMatchObject({ code: 'core-poisoned' })
    }
  })

  it('are for modules that import them alone', async () => {
    const hit = (): number => {
      throw new Error('asked')
    }
    expect((await routed({ bytes: shipped }, { hit })).stats.received).toBe(5)
  })
})

describe('conditions that the core has none of', () => {
  const wrapped = (text: string) => {
    const module = binaryen.parseText(`(module (func (export "f") (param i32) (result i32) ${text}))`)
    const place = (name: string) => ({ function: name, file: '', line: 0, column: 0, text: '' })
    const sites = wrapConditions(module, { place, joins: () => false })
    const bytes = Uint8Array.from(module.emitBinary())
    module.dispose()
    const hooks: { forced?: number } = {}
    undo.push(withTrust({ hit: (_id, value) => hooks.forced ?? value }))
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {})
    return { sites, hooks, f: exports.f as (value: number) => number }
  }

  it('a br_table is wrapped, and goes where the hook says', () => {
    const { sites, hooks, f } = wrapped(
      '(block $a (block $b (br_table $a $b (local.get 0))) (return (i32.const 7))) (i32.const 9)',
    )
    expect(sites).toMatchObject([{ id: 0, kind: 'br_table', targets: 2 }])
    expect([f(0), f(1), f(5)]).toEqual([9, 7, 7])
    hooks.forced = 0
    expect(f(1)).toBe(9)
  })

  it('a select is wrapped, and takes what the hook says', () => {
    const { sites, hooks, f } = wrapped('(select (i32.const 7) (i32.const 9) (local.get 0))')
    expect(sites).toMatchObject([{ id: 0, kind: 'select', targets: 2 }])
    expect([f(0), f(1)]).toEqual([9, 7])
    hooks.forced = 0
    expect(f(1)).toBe(9)
  })
})
