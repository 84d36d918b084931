// portWriter: backpressure over a port, and what it makes of the other end.

import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { type MessagePortOptions, pipeMessagePort, portWriter } from '../../src/transports/index.js'
import { concat } from '../reference-frames.js'
import { errorOf, finish, microtasks, upTo } from '../support.js'
import { listenersOf, write } from './ports.js'
import { FRAMES, GARBAGE, gated, quiet, until } from './suite.js'

describe('a portWriter', () => {
  const start = (options?: Parameters<typeof portWriter>[1], most?: MessagePortOptions) => {
    const { port1, port2 } = new MessageChannel()
    const tested = gated()
    const writer = portWriter(port1, options)
    const done = pipeMessagePort(port2, tested.router, most)
    done.catch(() => {})
    return { port1, port2, tested, writer, done }
  }

  it('holds the rest of a chunk however long, never overflows its receiver, and loses nothing', async () => {
    const limit = { maxUnacknowledgedBytes: 8_192 }
    const { port1, port2, tested, writer, done } = start(limit, { maxBufferedBytes: 8_192 })
    const bytes = concat(...upTo(50).flatMap(() => FRAMES))
    expect(writer.write(bytes)).toBe(false)
    expect(await errorOf(() => writer.write(FRAMES[0]!))).toMatchObject({ code: 'write-before-ready' })
    const reason = new Error('enough')
    expect(await errorOf(() => writer.ready({ signal: AbortSignal.abort(reason) }))).toBe(reason)
    await quiet(() => tested.router.stats().received)
    tested.slow.open()
    await writer.ready()
    await writer.end()
    expect(await done).toMatchObject({ bytes: bytes.length })
    expect([listenersOf(port1), listenersOf(port2)]).toEqual([0, 0])
    expect((await finish(tested)).delivered).toBe(50 * FRAMES.length)
    port1.close()
  })

  it('is held back by tiny chunks, too: each counts 512 bytes more', async () => {
    const { port1, tested, writer, done } = start()
    let chunks = 0
    const bytes = concat(...upTo(50).flatMap(() => FRAMES))
    while (writer.write(bytes.subarray(chunks, ++chunks)));
    expect(chunks).toBeLessThanOrEqual(512)
    tested.slow.open()
    await writer.ready()
    for (; chunks < bytes.length; chunks++) await write(writer, bytes.subarray(chunks, chunks + 1))
    await writer.end()
    await done
    expect(await finish(tested)).toMatchObject({ delivered: 50 * FRAMES.length, rejected: 0 })
    port1.close()
  })

  it('leaves the buffer to its owner, and posts no more of it than was written', async () => {
    const { port1, port2 } = new MessageChannel()
    const writer = portWriter(port1)
    const pool = new Uint8Array(100_000)
    pool.set([1, 2, 3], 500)
    expect(writer.write(pool.subarray(500, 503))).toBe(true)
    pool.fill(9)
    expect(await once(port2, 'message')).toEqual([{ shardwire: 'open' }])
    const [message] = await once(port2, 'message')
    expect(message).toEqual({ shardwire: 'chunk', bytes: new Uint8Array([1, 2, 3]) })
    expect(message.bytes.buffer.byteLength).toBe(3)
    port1.close()
  })

  it('whose held chunk is detached says so in place of posting what is left of it', async () => {
    const { port1, tested, writer, done } = start({ maxUnacknowledgedBytes: 4_096 })
    const bytes = concat(...upTo(50).flatMap(() => FRAMES))
    expect(writer.write(bytes)).toBe(false)
    const waits = [writer.ready(), writer.end()].map((wait) => errorOf(() => wait))
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
    tested.slow.open()
    for (const wait of waits) expect(await wait).toMatchObject({ code: 'chunk-invalid' })
    expect(await errorOf(() => writer.write(FRAMES[0]!))).toMatchObject({ code: 'chunk-invalid' })
    port1.close()
    expect(await errorOf(() => done)).toMatchObject({ code: 'sender-gone' })
    await finish(tested)
  })

  it('ends once all has settled, with what was held, however often it is asked; then takes nothing', async () => {
    const { port1, tested, writer, done } = start({ maxUnacknowledgedBytes: 4_096 })
    const bytes = concat(...upTo(10).flatMap(() => FRAMES))
    expect(writer.write(bytes)).toBe(false)
    let isEnded = false
    const ended = Promise.all([writer.end(), writer.end()]).then(() => {
      isEnded = true
    })
    await quiet(() => tested.router.stats().received)
    expect(isEnded).toBe(false)
    expect(await errorOf(() => writer.write(FRAMES[0]!))).toMatchObject({ code: 'source-ended' })
    tested.slow.open()
    await ended
    expect(tested.router.stats()).toMatchObject({ delivered: 10 * FRAMES.length, inFlight: 0 })
    await done
    await finish(tested)
    port1.close()
  })

  it('may be followed by another over the same port', async () => {
    const { port1, port2, tested, writer, done } = start()
    tested.slow.open()
    writer.write(FRAMES[0]!)
    await writer.end()
    await done
    const again = pipeMessagePort(port2, tested.router)
    const second = portWriter(port1)
    second.write(FRAMES[1]!)
    await second.end()
    expect(await again).toMatchObject({ messages: 1 })
    expect((await finish(tested)).delivered).toBe(2)
    port1.close()
  })

  it('hears of every failure at the other end, by its code, also when it waits', async () => {
    const failing = [
      ['framing-lost', ({ writer }: ReturnType<typeof start>) => writer.write(GARBAGE)],
      [
        'router-closed',
        async ({ tested, writer }: ReturnType<typeof start>) => {
          writer.write(FRAMES[0]!)
          // Before it has come, nobody knows whom to tell.
          await until(() => tested.router.stats().received === 1)
          void tested.router.shutdown()
        },
      ],
      ['while delimited is true', ({ writer }: ReturnType<typeof start>) => writer.write(FRAMES[0]!)],
    ] as const
    for (const [code, fail] of failing) {
      const link = start({}, { delimited: code.startsWith('while') })
      link.tested.slow.open()
      await fail(link)
      const ended = errorOf(() => link.writer.end())
      const error = await errorOf(() => link.done)
      expect(`${(error as { code: string }).code} ${(error as Error).message}`).toContain(code)
      expect(await ended).toMatchObject({
        code: 'receiver-gone',
        message: expect.stringContaining((error as { code: string }).code),
      })
      expect(await errorOf(() => link.writer.write(FRAMES[0]!))).toMatchObject({ code: 'receiver-gone' })
      expect(await errorOf(() => link.writer.ready())).toMatchObject({ code: 'receiver-gone' })
      expect(await errorOf(() => link.writer.end())).toMatchObject({ code: 'receiver-gone' })
      expect(listenersOf(link.port1)).toBe(0)
      await finish(link.tested)
    }
  })

  it('hears that the port is closed', async () => {
    const { port1, port2 } = new MessageChannel()
    const writer = portWriter(port1)
    writer.write(FRAMES[0]!)
    const ended = errorOf(() => writer.end())
    port2.close()
    expect(await ended).toMatchObject({ code: 'receiver-gone' })
    expect(listenersOf(port1)).toBe(0)
  })

  for (const [what, message] of [
    ['an unknown mark', { shardwire: 'open' }],
    ['an acknowledgement of nothing', { shardwire: 'taken' }],
    ['one of what was never asked for', { shardwire: 'taken', acknowledge: 2 ** 40 }],
    ['one of text', { shardwire: 'taken', acknowledge: '1' }],
    ['an end that was not asked for', { shardwire: 'ended' }],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const { port1, port2 } = new MessageChannel()
      const writer = portWriter(port1, { maxUnacknowledgedBytes: 4_096 })
      expect(writer.write(new Uint8Array(8_192))).toBe(false)
      const ready = errorOf(() => writer.ready())
      port2.postMessage(message)
      expect(await ready).toMatchObject({ code: 'message-invalid' })
      expect(listenersOf(port1)).toBe(0)
      port1.close()
    })
  }

  it('refuses the same acknowledgement twice, and escapes what a failure says', async () => {
    const { port1, port2 } = new MessageChannel()
    const writer = portWriter(port1, { maxUnacknowledgedBytes: 4_096 })
    writer.write(new Uint8Array(8_192))
    const ready = errorOf(() => writer.ready())
    await once(port2, 'message')
    const [first] = (await once(port2, 'message')) as [{ acknowledge?: number }]
    const { acknowledge } = first
    expect(acknowledge).toBeGreaterThan(0)
    for (const _ of upTo(2)) port2.postMessage({ shardwire: 'taken', acknowledge })
    expect(await ready).toMatchObject({ code: 'message-invalid' })
    const other = portWriter(port1)
    port2.postMessage({ shardwire: 'failed', code: `\u001b[31m${'x'.repeat(1_000)}` })
    const error = (await errorOf(() => other.end())) as Error
    expect(error.message).toContain('\\u001b[31mx')
    expect(error.message.length).toBeLessThan(150)
    const third = portWriter(port1)
    port2.postMessage({ shardwire: 'failed', code: { toString: 'no text' } })
    expect(await errorOf(() => third.end())).toMatchObject({
      message: expect.stringContaining('with code "unknown"'),
    })
    port1.close()
  })

  it('leaves messages alone that are not marked', async () => {
    const { port1, port2, tested, writer, done } = start()
    tested.slow.open()
    port2.postMessage('for somebody else')
    port2.postMessage(null)
    await microtasks()
    writer.write(FRAMES[0]!)
    await writer.end()
    await done
    expect((await finish(tested)).delivered).toBe(1)
    port1.close()
  })
})
