// The `module` option: the core as the platform compiled it, and nothing else.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createDecoder, createRouter } from '../../src/index.js'
import { mtg } from '../../src/mtg/index.js'
import { errorOf, opening, traffic } from '../support.js'

const BYTES = readFileSync(new URL('../../build/core.wasm', import.meta.url))

describe('module', () => {
  it('makes routers and decoders, as many as are wanted', async () => {
    const module = new WebAssembly.Module(BYTES)
    for (let times = 0; times < 2; times++) {
      const router = createRouter(mtg, { module, shards: 1 })
      router.write(opening('a'))
      expect(await router.shutdown()).toMatchObject({ accepted: 1 })
      expect(createDecoder(mtg, { module }).decode(traffic('a', 1))).toMatchObject([{ traffic: 1 }])
    }
  })

  it('may be undefined', async () => {
    await createRouter(mtg, { shards: 1, module: undefined } as object).shutdown()
  })

  it('is refused unless it is a module', async () => {
    for (const module of [null, 0, 'core.wasm', BYTES, {}, new WebAssembly.Memory({ initial: 1 })]) {
      for (const make of [createRouter, createDecoder] as const) {
        expect(await errorOf(() => make(mtg, { module } as object))).toMatchObject({
          code: 'option-invalid',
          message: expect.stringMatching(/^module is .*; give a WebAssembly.Module$/),
        })
      }
    }
  })

  it('is refused when it is another program, or the core of another build', async () => {
    const empty = BYTES.subarray(0, 8)
    const other = Uint8Array.from(BYTES)
    other[other.length - 1]! ^= 1
    for (const bytes of [empty, other]) {
      const module = new WebAssembly.Module(bytes)
      expect(await errorOf(() => createRouter(mtg, { module }))).toMatchObject({
        code: 'option-invalid',
        message: expect.stringContaining("compile this package's core.wasm"),
      })
    }
  })
})
