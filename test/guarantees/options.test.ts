// createRouter says what is wrong with an option, before anything happens: its name,
// its value, and what to give instead.

import { describe, expect, it } from 'vitest'
import { createRouter } from '../../src/index.js'
import { mtg } from '../../src/mtg/index.js'
import { errorOf, finish, idsOfShard, type MtgOptions, microtasks, rig, traffic, upTo } from '../support.js'

/** The error of a creation with options that TypeScript would refuse. */
function refusal(options: Record<string, unknown>): Promise<unknown> {
  return errorOf(() => createRouter(mtg, options as MtgOptions))
}

/** What a router was made of. */
async function planOf(options: MtgOptions) {
  const tested = rig(options)
  await finish(tested)
  return tested.engine.core.plan
}

const LIMITS: readonly [option: string, low: number, high: number, beside: MtgOptions][] = [
  ['shards', 1, 256, { streams: 1, ringBytes: 256 }],
  ['streams', 1, 4_194_304, { shards: 256, ringBytes: 256 }],
  ['maxFrameBytes', 32, 32_768, { shards: 1, streams: 1, ringBytes: 262_144 }],
]

describe('a number among the options', () => {
  for (const [option, low, high, beside] of LIMITS) {
    it(`${option} goes from ${low} to ${high}`, async () => {
      for (const value of [low, high]) {
        const plan = await planOf({ ...beside, [option]: value })
        if (option !== 'streams') expect(plan).toMatchObject({ [option]: value })
      }
      for (const value of [low - 1, high + 1]) {
        const error = await refusal({ ...beside, [option]: value })
        expect(error).toMatchObject({ name: 'OptionError', code: 'option-invalid' })
        expect((error as Error).message).toContain(`${option} is ${value}`)
      }
    })

    it(`${option} is a whole number, and no text, bigint, null or object`, async () => {
      for (const value of [
        low + 0.5,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        -low,
        `${low}`,
        BigInt(low),
        null,
        {},
        [low],
        true,
      ]) {
        const error = await refusal({ ...beside, [option]: value })
        expect(error).toMatchObject({ code: 'option-invalid' })
        expect((error as Error).message).toMatch(new RegExp(`^${option} is .*; give`))
      }
    })
  }

  it('ringBytes is a power of two from 256 to 256 MiB', async () => {
    const beside = { shards: 1, streams: 1 }
    for (const ringBytes of [256, 512, 2 ** 28]) {
      expect(await planOf({ ...beside, ringBytes })).toMatchObject({ ringBytes })
    }
    for (const ringBytes of [
      0,
      128,
      257,
      1_000,
      2 ** 28 + 1,
      2 ** 29,
      2 ** 31,
      2 ** 32 + 256,
      256.5,
      '256',
    ]) {
      const error = await refusal({ ...beside, ringBytes })
      expect(error).toMatchObject({ code: 'option-invalid' })
      expect((error as Error).message).toContain('ringBytes is ')
    }
  })

  it('maxFrameBytes is an eighth of the ring at most', async () => {
    expect(await planOf({ ringBytes: 256 })).toMatchObject({ maxFrameBytes: 32 })
    expect(await planOf({ ringBytes: 4_096, maxFrameBytes: 512 })).toMatchObject({ maxFrameBytes: 512 })
    const error = await refusal({ ringBytes: 4_096, maxFrameBytes: 513 })
    expect((error as Error).message).toMatch(
      /^maxFrameBytes is 513; give at most an eighth of ringBytes, 512/,
    )
  })

  it('has the documented default', async () => {
    expect(await planOf({})).toMatchObject({
      shards: 4,
      ringBytes: 1_048_576,
      maxFrameBytes: 65_536,
      slots: Math.ceil((1.25 * 65_536) / 4) + 64,
      startPosition: 0,
    })
    expect(await planOf({ shards: undefined, streams: undefined } as unknown as MtgOptions)).toMatchObject({
      shards: 4,
    })
  })
})

describe('an option', () => {
  it('that does not exist is refused by name, with those that do', async () => {
    for (const option of ['observer', 'shard', 'maxframebytes', 'onError', 'slots', 'sizes']) {
      const error = await refusal({ [option]: 1 })
      expect(error).toMatchObject({ name: 'OptionError', code: 'option-unknown' })
      expect((error as Error).message).toMatch(new RegExp(`"${option}".*observers.*onFrameError`))
    }
    const tested = rig({ shards: 1 })
    expect(await errorOf(() => tested.router.source({ signal: 1 } as object))).toMatchObject({
      code: 'option-unknown',
    })
    await finish(tested)
  })

  it("orphans is 'drop' or 'deliver'", async () => {
    for (const orphans of ['keep', '', true, null, 0]) {
      expect(await refusal({ orphans })).toMatchObject({ code: 'option-invalid' })
    }
    await planOf({ orphans: 'drop' })
    await planOf({ orphans: 'deliver' })
  })

  it('onObserverError and onFrameError are functions', async () => {
    for (const name of ['onObserverError', 'onFrameError']) {
      for (const handler of [null, 'log', {}, []]) {
        const error = await refusal({ [name]: handler })
        expect(error).toMatchObject({ code: 'option-invalid' })
        expect((error as Error).message).toContain(`${name} is `)
      }
    }
  })

  it('observers is an array of functions', async () => {
    for (const observers of [null, {}, 'x', () => ({}), new Set()]) {
      expect(await refusal({ observers })).toMatchObject({ code: 'option-invalid' })
    }
    for (const factory of [null, undefined, {}, 'x']) {
      const error = await refusal({ observers: [() => ({}), factory] })
      expect(error).toMatchObject({ code: 'option-invalid' })
      expect((error as Error).message).toContain('observers[1]')
    }
    const hole = new Array<() => object>(1)
    expect(await refusal({ observers: hole })).toMatchObject({ code: 'option-invalid' })
  })

  it('that is wrong is refused before any factory is called', async () => {
    let made = 0
    const observers = [() => ({ eventStart: () => made++ })]
    for (const wrong of [
      { shards: 0 },
      { orphans: 'x' },
      { onFrameError: 1 },
      { nothing: 1 },
      { streams: 1e9 },
    ]) {
      await refusal({ ...wrong, observers: [...observers, () => made++] })
    }
    expect(made).toBe(0)
  })
})

describe('a factory', () => {
  for (const [name, made, got] of [
    ['a promise', () => Promise.resolve({}), 'a promise'],
    ['a promise that rejects', () => Promise.reject(new Error('late')), 'a promise'],
    ['a thenable', () => Object.defineProperty({}, 'then', { value: () => {} }), 'a promise'],
    ['null', () => null, 'null'],
    ['nothing', () => undefined, 'undefined'],
    ['a number', () => 5, '5'],
    ['a function', () => () => {}, 'a function'],
  ] as const) {
    it(`that gives ${name} is refused, and the instances before it are shut down`, async () => {
      let over = 0
      const error = await refusal({ shards: 2, observers: [() => ({ shutdown: () => over++ }), made] })
      expect(error).toMatchObject({ name: 'FactoryError', code: 'observer-invalid' })
      expect((error as Error).message).toContain(`observers[1] gave ${got}`)
      expect(over).toBe(1)
      await microtasks()
    })
  }

  for (const [wrong, right] of [
    ['eventTrafic', 'eventTraffic'],
    ['EventTraffic', 'eventTraffic'],
    ['eventtraffic', 'eventTraffic'],
    ['eventTraffics', 'eventTraffic'],
    ['evnetTraffic', 'eventTraffic'],
    ['eventConnectedToDc', 'eventConnectedToDC'],
    ['eventIpBlocklisted', 'eventIPBlocklisted'],
    ['shutDown', 'shutdown'],
    ['streamRelease', 'streamReleased'],
    ['onShutdown', 'shutdown'],
  ] as const) {
    it(`whose observer has a method ${wrong} is told of ${right}`, async () => {
      let over = 0
      const error = await refusal({
        shards: 1,
        observers: [() => ({ shutdown: () => over++ }), () => ({ [wrong]: () => {} })],
      })
      expect(error).toMatchObject({ name: 'FactoryError', code: 'method-unknown' })
      expect((error as Error).message).toContain(`did you mean ${right}?`)
      expect(over).toBe(1)
    })
  }

  it('is told of a misspelt method of a class, inherited, private-looking or an arrow', async () => {
    class Base {
      eventTrafik(): void {}
    }
    class Meter extends Base {
      eventStart(): void {}
    }
    class Arrow {
      eventFinsh = (): void => {}
    }
    for (const observer of [new Meter(), new Arrow()]) {
      expect(await refusal({ observers: [() => observer] })).toMatchObject({ code: 'method-unknown' })
    }
  })

  it('may give an observer with helpers, fields and methods of other names', async () => {
    class Meter {
      events = 0
      eventTrafficTotal = 5
      helpers = { eventTrafic: (): void => {} }
      static eventTrafic(): void {}
      eventTraffic(): void {
        this.count()
      }
      count(): void {
        this.events++
      }
      toString(): string {
        return 'meter'
      }
      flushEverything(): void {}
    }
    const meters: Meter[] = []
    const tested = rig({
      shards: 1,
      observers: [
        () => {
          meters.push(new Meter())
          return meters[0]!
        },
      ],
    })
    tested.router.write(traffic('a', 1))
    expect(meters[0]!.events).toBe(1)
    await finish(tested)
  })

  it('whose observer’s getter throws fails the creation as its own fault, and the others are shut down', async () => {
    let over = 0
    const cause = new Error('no')
    for (const name of ['then', 'eventTraffic']) {
      const odd = Object.defineProperty({}, name, {
        get: () => {
          throw cause
        },
      })
      const error = await refusal({ shards: 1, observers: [() => ({ shutdown: () => over++ }), () => odd] })
      expect(error).toMatchObject({ name: 'FactoryError', code: 'factory-failed', cause })
    }
    expect(over).toBe(2)
  })

  it('whose observer is a proxy that fails when it is looked at fails the creation, too', async () => {
    const cause = new Error('no')
    const fails = (): never => {
      throw cause
    }
    for (const handler of [
      { ownKeys: fails },
      { getPrototypeOf: fails },
      { getOwnPropertyDescriptor: fails },
    ]) {
      const error = await refusal({ observers: [() => new Proxy({ eventTraffic() {} }, handler)] })
      expect(error).toMatchObject({ name: 'FactoryError', code: 'factory-failed', cause })
    }
  })

  it('may give an observer with getters: each is asked once, and may fail later, event by event', async () => {
    let reads = 0
    let over = 0
    const observer = {
      get eventTraffic() {
        if (++reads === 2) throw new Error('no more')
        return () => {}
      },
      shutdown: () => over++,
    }
    const tested = rig({ shards: 1, observers: [() => observer], onObserverError: () => {} })
    expect(reads).toBe(1)
    for (const number of upTo(3)) tested.router.write(traffic('a', number))
    expect(await finish(tested)).toMatchObject({ delivered: 2, failed: 1 })
    expect(over).toBe(1)
  })

  it('is called once a shard even if the same observers listen on some shards only', async () => {
    const shards: number[] = []
    const heard: number[] = []
    const tested = rig({
      shards: 3,
      observers: [
        (shard) => {
          shards.push(shard)
          return shard === 1 ? {} : { eventTraffic: () => void heard.push(shard) }
        },
      ],
    })
    for (const shard of [0, 1, 2]) tested.router.write(traffic(idsOfShard(shard, 3, 1)[0]!, 1))
    expect([shards, heard]).toEqual([
      [0, 1, 2],
      [0, 2],
    ])
    expect((await finish(tested)).ignored).toBe(1)
  })
})

describe('types', () => {
  it('are refused by name when the schema or the options themselves are not what they should be', () => {
    for (const schema of [undefined, null, {}, 'mtg']) {
      expect(() => createRouter(schema as unknown as typeof mtg)).toThrow(
        /schema is .*; give a compiled schema/,
      )
    }
    for (const options of [null, 5]) {
      expect(() => createRouter(mtg, options as unknown as object)).toThrow(/options is .*; give an object/)
    }
  })

  it('know events by the name of their method, and refuse misspelt ones', async () => {
    const seen: string[] = []
    const tested = rig({
      shards: 1,
      observers: [
        () => ({
          eventTraffic: (event) => {
            const number: number = event.traffic
            const flag: boolean = event.isRead
            seen.push(`${event.event} ${event.streamId} ${number} ${flag} ${event.slot}`)
          },
          // @ts-expect-error: a traffic event has no remoteIP
          eventFinish: (event) => event.remoteIP,
        }),
      ],
    })
    tested.router.send({ event: 'EventTraffic', streamId: 'a', timestamp: 1n, traffic: 3, isRead: false })
    // @ts-expect-error: no such event
    expect(() => tested.router.send({ event: 'EventNone', streamId: 'a', timestamp: 1 })).toThrow(/EventNone/)
    // @ts-expect-error: remoteIP is missing
    expect(() => tested.router.send({ event: 'EventStart', streamId: 'a', timestamp: 1 })).toThrow(/remoteIP/)
    expect(seen).toEqual(['EventTraffic a 3 false 1'])
    await finish(tested)
  })
})
