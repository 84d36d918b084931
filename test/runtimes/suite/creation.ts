// Making a router: anywhere, at module scope too, with what options, from which module.
// What is wrong with a call is told by an error with a stable code.

import { ClosedError, createDecoder, createRouter, OptionError, ShardwireError, UsageError } from 'shardwire'
import { type EventTraffic, mtg } from 'shardwire/mtg'
import { cases, equal, isTrue, matches, throwsCode } from './harness.js'
import { rig, traffic } from './rig.js'

// workerd has no random, no timers and no clock while modules are loaded.
const seenByEarly: number[] = []
const early = createRouter(mtg, {
  observers: [() => ({ eventTraffic: ({ traffic: bytes }: EventTraffic) => void seenByEarly.push(bytes) })],
})
const earlyDecoder = createDecoder(mtg)

export const creation = cases('creation', {
  'a router and a decoder that were made at module scope work': async () => {
    equal(early.write(traffic('a', 7)), true)
    equal(early.send({ event: 'EventTraffic', streamId: 'a', timestamp: 0, traffic: 8, isRead: true }), true)
    equal(seenByEarly, [7, 8])
    equal(earlyDecoder.decode(traffic('a', 1)).length, 1)
    matches(await early.shutdown(), { delivered: 2 })
  },

  'is synchronous, and as often as one likes': async () => {
    const routers = Array.from({ length: 20 }, () => createRouter(mtg, { shards: 2, ringBytes: 4_096 }))
    for (const router of routers) equal(router.write(traffic('a', 1)), true)
    for (const router of routers) matches(await router.shutdown(), { ignored: 1 })
  },

  'takes the core as a compiled module': async ({ core }) => {
    const tested = rig({ module: core })
    tested.router.write(traffic('a', 1))
    equal(createDecoder(mtg, { module: core }).decode(traffic('a', 1)).length, 1)
    matches(await tested.finish(), { delivered: 1 })
  },

  'refuses what is no module': async () => {
    for (const module of [{}, null, 'core.wasm', new Uint8Array(8)]) {
      await throwsCode('option-invalid', () => createRouter(mtg, { module: module as never }))
    }
  },

  'refuses options that are out of range, unknown or of another type': async () => {
    const invalid: readonly object[] = [
      { shards: 0 },
      { shards: 257 },
      { shards: 1.5 },
      { shards: '4' },
      { streams: 0 },
      { ringBytes: 1_000 },
      { ringBytes: 128 },
      { maxFrameBytes: 31 },
      { ringBytes: 1_024, maxFrameBytes: 129 },
      { orphans: 'keep' },
      { observers: () => ({}) },
      { observers: [{}] },
      { onFrameError: 1 },
    ]
    for (const options of invalid) {
      const error = await throwsCode('option-invalid', () => createRouter(mtg, options))
      isTrue(error instanceof OptionError && error instanceof ShardwireError, 'it is another class')
      isTrue(error.message.includes(Object.keys(options).at(-1)!), `it doesn't say which: ${error.message}`)
    }
    await throwsCode('option-unknown', () => createRouter(mtg, { observer: [] } as never))
    await throwsCode('option-invalid', () => createRouter({} as never))
  },

  'refuses observers that are none, or that would never be called': async () => {
    const make = (observer: unknown) => () => createRouter(mtg, { observers: [() => observer as never] })
    for (const observer of [undefined, null, 5, Promise.resolve({})]) {
      await throwsCode('observer-invalid', make(observer))
    }
    const error = await throwsCode('method-unknown', make({ eventTrafic: () => {} }))
    isTrue(String(error.message).includes('eventTraffic'), `it doesn't say what was meant: ${error.message}`)
  },
})

export const errors = cases('errors', {
  'have classes, names and codes of their own': async () => {
    const tested = rig()
    const usage = await throwsCode('chunk-invalid', () => tested.router.write('text' as never))
    isTrue(usage instanceof UsageError && usage instanceof Error, 'it is another class')
    equal(usage.name, 'UsageError')
    await tested.finish()
    const closed = await throwsCode('router-closed', () => tested.router.write(traffic('a', 1)))
    isTrue(closed instanceof ClosedError, 'it is another class')
    equal(closed.name, 'ClosedError')
  },
})
