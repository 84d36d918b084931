// pipeMessagePort and portWriter, over real message channels and workers.

import { once } from 'node:events'
import { MessageChannel, Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import {
  type MessagePortOptions,
  type PortLike,
  pipeMessagePort,
  portWriter,
} from '../../src/transports/index.js'
import { concat } from '../reference-frames.js'
import { errorOf, eventsOf, finish, upTo } from '../support.js'
import { EVENTS, listenersOf, write } from './ports.js'
import { closeOf, describeTransport, FRAMES, gated, type Link, quiet, until } from './suite.js'

describeTransport({
  name: 'a portWriter',
  holds: true,
  breaks: 'sender-gone',
  async open(router, options) {
    const { port1, port2 } = new MessageChannel()
    const closed = closeOf(port1)
    const writer = portWriter(port1, { maxUnacknowledgedBytes: 1_048_576 })
    const done = pipeMessagePort(port2, router, options)
    done.catch(() => {})
    return {
      done,
      send: (chunk) => write(writer, chunk),
      end: () => void writer.end().catch(() => {}),
      cut: () => port1.close(),
      closed,
      listeners: () => listenersOf(port2),
      dispose: () => {
        port1.close()
        port2.close()
      },
    }
  },
})

for (const delimited of [false, true]) {
  describeTransport({
    name: `foreign code that posts ${delimited ? 'whole frames' : 'bytes'}`,
    delimited,
    async open(router, options): Promise<Link> {
      const { port1, port2 } = new MessageChannel()
      const closed = closeOf(port1)
      const done = pipeMessagePort(port2, router, { signal: options.signal, delimited })
      done.catch(() => {})
      return {
        done,
        send: async (chunk) => port1.postMessage(delimited ? chunk : chunk.slice().buffer),
        end: () => port1.close(),
        closed,
        listeners: () => listenersOf(port2),
        dispose: () => port1.close(),
      }
    },
  })
}

/** A transport over a channel, and what its other end hears. */
function opened(options: MessagePortOptions = {}, tested = gated()) {
  const { port1, port2 } = new MessageChannel()
  const heard: unknown[] = []
  port1.on('message', (message) => heard.push(message))
  const closed = closeOf(port1)
  const done = pipeMessagePort(port2, tested.router, options)
  done.catch(() => {})
  return { port: port1, receiver: port2, tested, heard, closed, done }
}

describe('foreign messages', () => {
  it('may be buffers, views of any kind, or shared memory; none is acknowledged', async () => {
    const { port, tested, heard, done } = opened()
    tested.slow.open()
    const two = concat(FRAMES[0]!, FRAMES[1]!)
    const even = two.slice(0, two.length & ~1)
    const shared = new Uint8Array(new SharedArrayBuffer(FRAMES[2]!.length))
    shared.set(FRAMES[2]!)
    port.postMessage(new Uint16Array(even.buffer))
    port.postMessage(new DataView(two.buffer, even.length))
    port.postMessage(shared)
    port.postMessage(Buffer.from(FRAMES[3]!))
    port.postMessage(FRAMES[4]!.buffer)
    port.postMessage({ shardwire: 'end' })
    expect(await done).toMatchObject({ messages: 5, droppedMessages: 0 })
    expect(eventsOf(tested.calls)).toMatchObject(upTo(5).map((traffic) => ({ traffic })))
    expect(heard).toEqual([])
    await finish(tested)
    port.close()
  })

  for (const [what, message] of [
    ['text', 'hello'],
    ['nothing', null],
    ['a number', 7],
    ['an array', [1, 2, 3]],
    ['bare shared memory', new SharedArrayBuffer(8)],
    ['an unknown mark', { shardwire: 'shut' }],
    ['a mark of another type', { shardwire: { toString: 'x' } }],
    ['a chunk of nothing', { shardwire: 'chunk' }],
    ['a chunk of text', { shardwire: 'chunk', bytes: 'hello' }],
    ['a chunk of wide numbers', { shardwire: 'chunk', bytes: new Uint16Array(4) }],
    ['a chunk with an odd request', { shardwire: 'chunk', bytes: new Uint8Array(1), acknowledge: 'x' }],
    ['a chunk with a negative one', { shardwire: 'chunk', bytes: new Uint8Array(1), acknowledge: -1 }],
  ] as const) {
    it(`that are ${what} are refused, after what came before`, async () => {
      const { port, receiver, tested, heard, closed, done } = opened()
      tested.slow.open()
      port.postMessage(FRAMES[0])
      port.postMessage(message)
      port.postMessage(FRAMES[1])
      expect(await errorOf(() => done)).toMatchObject({ code: 'message-invalid', name: 'TransportError' })
      await closed
      expect(heard).toEqual([])
      expect(listenersOf(receiver)).toBe(0)
      expect(await finish(tested)).toMatchObject({ delivered: 1, rejected: 0 })
    })
  }

  it('behind one that was refused are not taken, while observers hang', async () => {
    const { port, tested, done } = opened()
    port.postMessage(concat(...FRAMES.slice(0, 20)))
    port.postMessage(FRAMES[20])
    await until(() => tested.router.stats().received > 1)
    await quiet(() => tested.router.stats().received)
    for (const message of ['text', FRAMES[21], FRAMES[22]]) port.postMessage(message)
    port.postMessage({ shardwire: 'end' })
    await quiet(() => tested.router.stats().received)
    tested.slow.open()
    expect(await errorOf(() => done)).toMatchObject({ code: 'message-invalid' })
    expect((await finish(tested)).delivered).toBe(21)
    port.close()
  })

  it("that can't be read are refused", async () => {
    const { receiver, tested, done } = opened()
    receiver.dispatchEvent(new Event('messageerror'))
    expect(await errorOf(() => done)).toMatchObject({ code: 'message-invalid' })
    await finish(tested)
  })

  it('beyond the limit close the port; what came before is delivered', async () => {
    const ten = concat(...FRAMES.slice(0, 10))
    const { port, tested, heard, closed, done } = opened({ maxBufferedBytes: 7 * (ten.length + 512) })
    for (const _ of upTo(9)) port.postMessage(ten)
    await closed
    expect(heard).toEqual([])
    tested.slow.open()
    expect(await errorOf(() => done)).toMatchObject({ code: 'sender-overflow' })
    expect((await finish(tested)).delivered).toBe(80)
  })

  it('beyond the limit are dropped whole, where each holds whole frames', async () => {
    const ten = concat(...FRAMES.slice(0, 10))
    const dropped: unknown[] = []
    const { port, tested, done } = opened({
      maxBufferedBytes: 7 * (ten.length + 512),
      overflow: 'drop',
      delimited: true,
      onDrop: (so) => dropped.push(so),
    })
    for (const _ of upTo(10)) port.postMessage(ten)
    await until(() => dropped.length === 2)
    tested.slow.open()
    port.close()
    expect(await done).toMatchObject({ messages: 8, droppedMessages: 2, droppedBytes: 2 * ten.length })
    expect(await finish(tested)).toMatchObject({ delivered: 80, rejected: 0 })
  })
})

const WORKER = `
  const { parentPort, workerData } = require('node:worker_threads')
  import(workerData.module).then(async ({ portWriter }) => {
    const writer = portWriter(parentPort)
    const { frames, failing } = workerData
    for (let times = 0; times < 200; times++) if (!writer.write(frames)) await writer.ready()
    if (failing) throw new Error('boom')
    await writer.end()
  })`

describe('a worker of worker_threads', () => {
  const module = new URL('../../dist/transports/index.js', import.meta.url).href
  const run = (failing: boolean): Worker =>
    new Worker(WORKER, { eval: true, workerData: { module, frames: concat(...FRAMES), failing } })

  it('writes through its parentPort, and exits by itself', async () => {
    const tested = gated()
    const worker = run(false)
    const exited = once(worker, 'exit')
    const done = pipeMessagePort(worker, tested.router)
    await until(() => tested.calls.length > 0)
    tested.slow.open()
    expect(await done).toMatchObject({ bytes: 200 * concat(...FRAMES).length })
    expect(await exited).toEqual([0])
    expect(EVENTS.map((event) => worker.listenerCount(event))).toEqual([0, 0, 0, 0, 0])
    expect((await finish(tested)).delivered).toBe(200 * FRAMES.length)
  })

  it('that fails rejects with what it threw', async () => {
    const tested = gated()
    tested.slow.open()
    const worker = run(true)
    const error = await errorOf(() => pipeMessagePort(worker, tested.router))
    expect(error).toMatchObject({ code: 'sender-gone', cause: { message: 'boom' } })
    expect((await finish(tested)).delivered).toBe(200 * FRAMES.length)
  })

  it('that posts bytes and exits by itself has ended well', async () => {
    const tested = gated()
    tested.slow.open()
    const post = "const { parentPort, workerData } = require('node:worker_threads')"
    const worker = new Worker(`${post}\nparentPort.postMessage(workerData)`, {
      eval: true,
      workerData: concat(...FRAMES),
    })
    expect(await pipeMessagePort(worker, tested.router)).toMatchObject({ messages: 1 })
    expect((await finish(tested)).delivered).toBe(FRAMES.length)
  })

  it('that is ended from outside rejects', async () => {
    const tested = gated()
    const worker = new Worker(WORKER.replace('await writer.end()', ''), {
      eval: true,
      workerData: { module, frames: concat(...FRAMES), failing: false },
    })
    const done = errorOf(() => pipeMessagePort(worker, tested.router))
    await until(() => tested.calls.length > 0)
    await worker.terminate()
    tested.slow.open()
    expect(await done).toMatchObject({
      code: 'sender-gone',
      cause: { message: 'the worker exited with code 1' },
    })
    await finish(tested)
  })
})

/** A browser's Worker as its page sees it: Node has none. */
class PageWorker extends EventTarget {
  postMessage(): void {}
  terminate(): void {}
}

describe("a page's worker", () => {
  const boom = new Error('boom')
  for (const [what, fields, cause] of [
    ['with what it threw', { error: boom }, boom],
    ['though its script could not even be loaded', {}, { message: 'the worker failed' }],
  ] as const) {
    it(`that fails rejects, ${what}; what came before is routed`, async () => {
      const tested = gated()
      tested.slow.open()
      const worker = new PageWorker()
      const done = errorOf(() => pipeMessagePort(worker, tested.router))
      worker.dispatchEvent(new MessageEvent('message', { data: FRAMES[0]! }))
      worker.dispatchEvent(Object.assign(new Event('error'), fields))
      expect(await done).toMatchObject({ code: 'sender-gone', cause })
      expect((await finish(tested)).delivered).toBe(1)
    })
  }
})

describe('options of ports', () => {
  it('are checked, and the port left alone', async () => {
    const tested = gated()
    const { port1, port2 } = new MessageChannel()
    const pipe = (port: unknown, options?: object) =>
      errorOf(() => pipeMessagePort(port as PortLike, tested.router, options))
    for (const options of [{ delimited: 1 }, { overflow: 'drop' }, { overflow: 'drop', delimited: false }]) {
      expect(await pipe(port1, options)).toMatchObject({ code: 'option-invalid' })
    }
    expect(await pipe(port1, { onText: () => {} })).toMatchObject({ code: 'option-unknown' })
    expect(await pipe(undefined)).toMatchObject({ code: 'option-invalid' })
    expect(await pipe({ postMessage: () => {} })).toMatchObject({ code: 'option-invalid' })
    const make = (port: unknown, options?: object) => errorOf(() => portWriter(port as PortLike, options))
    expect(await make(null)).toMatchObject({ code: 'option-invalid' })
    for (const maxUnacknowledgedBytes of [0, 4_095, '1', Number.NaN]) {
      expect(await make(port1, { maxUnacknowledgedBytes })).toMatchObject({ code: 'option-invalid' })
    }
    expect(await make(port1, { most: 1 })).toMatchObject({ code: 'option-unknown' })
    expect(await errorOf(() => portWriter(port1).write('x' as never))).toMatchObject({
      code: 'chunk-invalid',
    })
    expect(listenersOf(port2)).toBe(0)
    port1.close()
    await finish(tested)
  })
})
