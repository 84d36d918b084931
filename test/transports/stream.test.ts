// pipeStream, with streams of this process and bodies that fetch reads over loopback.

import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { pipeStream } from '../../src/transports/index.js'
import { concat } from '../reference-frames.js'
import { errorOf, finish, gate } from '../support.js'
import { closeOf, describeTransport, FRAMES, GARBAGE, gated, quiet, until } from './suite.js'
import { write } from './writing.js'

const boom = Object.assign(new Error('boom'), { code: 'boom' })

/** A stream that wants a chunk only when it is read. */
function pulled() {
  let controller!: ReadableStreamDefaultController<Uint8Array>
  let cancelled: (reason: unknown) => void = () => {}
  let isOver = false
  const closed = new Promise<unknown>((resolve) => {
    cancelled = resolve
  })
  let wanted = gate()
  const stream = new ReadableStream<Uint8Array>(
    {
      start: (given) => {
        controller = given
      },
      pull: () => wanted.open(),
      cancel: (reason) => {
        isOver = true
        wanted.open()
        cancelled(reason)
      },
    },
    { highWaterMark: 0 },
  )
  const send = async (chunk: Uint8Array): Promise<void> => {
    await wanted.promise
    if (isOver) return
    wanted = gate()
    controller.enqueue(chunk)
  }
  return { stream, closed, send, end: () => controller.close(), cut: () => controller.error(boom) }
}

describeTransport({
  name: 'a stream of the same process',
  holds: true,
  async open(router, options) {
    const { stream, closed, send, end } = pulled()
    const done = pipeStream(stream, router, options)
    done.catch(() => {})
    return { done, send, end, closed, listeners: () => Number(stream.locked), dispose: () => {} }
  },
})

describeTransport({
  name: 'a fetched body',
  holds: true,
  async open(router, options) {
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const fetching = fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    const [, response] = (await once(server, 'request')) as [unknown, ServerResponse]
    response.on('error', () => {})
    response.flushHeaders()
    const body = (await fetching).body!
    const closed = closeOf(response)
    const done = pipeStream(body, router, options)
    done.catch(() => {})
    return {
      done,
      send: (chunk) => write(response, chunk),
      end: () => void response.end(),
      closed,
      listeners: () => Number(body.locked),
      dispose: () => {
        response.destroy()
        server.closeAllConnections()
        server.close()
      },
    }
  },
})

describe('a stream', () => {
  it('that fails rejects with its own error; what came before is routed', async () => {
    const tested = gated()
    tested.slow.open()
    const { stream, send, cut } = pulled()
    const done = errorOf(() => pipeStream(stream, tested.router))
    await send(concat(...FRAMES))
    await until(() => tested.router.stats().received === FRAMES.length)
    cut()
    expect(await done).toBe(boom)
    expect(stream.locked).toBe(false)
    expect(await finish(tested)).toMatchObject({ delivered: FRAMES.length })
  })

  it('that has failed or ended before is told so, or gives nothing', async () => {
    const tested = gated()
    const failed = new ReadableStream({ start: (controller) => controller.error(boom) })
    expect(await errorOf(() => pipeStream(failed, tested.router))).toBe(boom)
    const ended = new ReadableStream({ start: (controller) => controller.close() })
    expect(await pipeStream(ended, tested.router)).toEqual({ bytes: 0, chunks: 0 })
    expect([failed.locked, ended.locked]).toEqual([false, false])
    expect(await finish(tested)).toMatchObject({ received: 0, sources: 0 })
  })

  it('whose connection breaks rejects', async () => {
    const server = createServer((_, response) => {
      response.write(FRAMES[0])
      response.flushHeaders()
      answer = response
    }).listen(0, '127.0.0.1')
    let answer: ServerResponse | undefined
    await once(server, 'listening')
    const { body } = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    const tested = gated()
    tested.slow.open()
    const done = errorOf(() => pipeStream(body!, tested.router))
    await until(() => tested.router.stats().received === 1)
    answer!.destroy()
    expect(await done).toBeInstanceOf(TypeError)
    expect((await finish(tested)).delivered).toBe(1)
    server.close()
  })

  for (const [wrong, what] of [
    ['text', 'a value of type string'],
    [null, 'null'],
  ]) {
    it(`that gives ${what} is refused, and cancelled, after what came before`, async () => {
      const tested = gated()
      tested.slow.open()
      let reason: unknown
      const stream = new ReadableStream({
        start: (controller) => {
          for (const chunk of [FRAMES[0], wrong, FRAMES[1]]) controller.enqueue(chunk)
        },
        cancel: (given) => {
          reason = given
        },
      })
      const error = await errorOf(() => pipeStream(stream, tested.router))
      expect(error).toMatchObject({
        code: 'chunk-invalid',
        message: expect.stringContaining(`the stream gave ${what};`),
      })
      expect([reason, stream.locked]).toEqual([error, false])
      expect((await finish(tested)).delivered).toBe(1)
    })
  }

  it('that gives a chunk just as the signal aborts: the chunk is not routed', async () => {
    const tested = gated()
    tested.slow.open()
    const abort = new AbortController()
    const stream = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          controller.enqueue(FRAMES[0]!)
          abort.abort(boom)
        },
      },
      { highWaterMark: 0 },
    )
    expect(await errorOf(() => pipeStream(stream, tested.router, abort))).toBe(boom)
    expect(stream.locked).toBe(false)
    await quiet(() => tested.router.stats().received)
    expect((await finish(tested)).received).toBe(0)
  })

  it('is cancelled with the cause, even if its own cancel fails', async () => {
    const tested = gated()
    tested.slow.open()
    let reason: unknown
    const stream = new ReadableStream({
      start: (controller) => controller.enqueue(GARBAGE),
      cancel: (given) => {
        reason = given
        throw boom
      },
    })
    const error = await errorOf(() => pipeStream(stream, tested.router))
    expect(error).toMatchObject({ code: 'framing-lost', source: expect.anything() })
    expect(reason).toBe(error)
    await finish(tested)
  })

  it('is not read while the source holds', async () => {
    const tested = gated()
    let pulls = 0
    const stream = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          pulls++
          controller.enqueue(concat(...FRAMES))
        },
      },
      { highWaterMark: 0 },
    )
    const controller = new AbortController()
    const done = errorOf(() => pipeStream(stream, tested.router, controller))
    await until(() => tested.calls.length > 0)
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(pulls).toBe(1)
    controller.abort(boom)
    expect(await done).toBe(boom)
    tested.slow.open()
    await finish(tested)
  })

  it('that is none, or is read by somebody else, and options that are none, are refused', async () => {
    const tested = gated()
    const stream = new ReadableStream<Uint8Array>()
    const call = (given: unknown, options?: unknown) =>
      errorOf(() => pipeStream(given as ReadableStream<Uint8Array>, tested.router, options as object))
    expect(await call(null)).toMatchObject({ code: 'option-invalid' })
    expect(await call(stream, { highWaterMark: 1 })).toMatchObject({ code: 'option-unknown' })
    expect(await call(stream, { signal: 'now' })).toMatchObject({ code: 'option-invalid' })
    expect(stream.locked).toBe(false)
    stream.getReader()
    expect(await call(stream)).toMatchObject({ code: 'option-invalid' })
    expect(await finish(tested)).toMatchObject({ sources: 0 })
  })
})
