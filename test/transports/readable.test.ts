// pipeReadable, with real sockets, files, HTTP requests and standard streams.

import { once } from 'node:events'
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, type IncomingMessage, request } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable, type Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { pipeReadable } from '../../src/transports/index.js'
import { concat } from '../reference-frames.js'
import { errorOf, eventsOf, finish, microtasks } from '../support.js'
import { closeOf, describeTransport, FRAMES, gated, type Link, until } from './suite.js'
import { write } from './writing.js'

const EVENTS = ['data', 'end', 'error', 'close'] as const

/** How many more listeners than a stream had of its own. */
function listenerCount(readable: Readable): () => number {
  const count = (): number => EVENTS.reduce((sum, event) => sum + readable.listenerCount(event), 0)
  const own = count()
  return () => count() - own
}

/** A connection over loopback: the server's end, and the client's. */
async function socketPair(allowHalfOpen = false) {
  const server = createServer({ allowHalfOpen, noDelay: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen })
  // A connection that the other end resets is no error of these tests.
  client.on('error', () => {})
  const [[socket]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
    [Socket],
    unknown,
  ]
  return { server, client, socket }
}

describeTransport({
  name: 'a socket',
  holds: true,
  breaks: 'ECONNRESET',
  async open(router, options) {
    const { server, client, socket } = await socketPair()
    const closed = closeOf(client)
    const listeners = listenerCount(socket)
    const done = pipeReadable(socket, router, options)
    done.catch(() => {})
    return {
      done,
      send: (chunk) => write(client, chunk),
      end: () => void client.end(),
      cut: () => void client.resetAndDestroy(),
      closed,
      listeners,
      dispose: () => {
        client.destroy()
        socket.destroy()
        server.close()
      },
    }
  },
})

describeTransport({
  name: 'an HTTP request',
  holds: true,
  breaks: 'ECONNRESET',
  async open(router, options) {
    const server = createHttpServer({ noDelay: true }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = request({
      method: 'POST',
      port: (server.address() as AddressInfo).port,
      host: '127.0.0.1',
    })
    client.on('error', () => {})
    client.flushHeaders()
    const [incoming, response] = (await once(server, 'request')) as [IncomingMessage, Writable]
    const closed = closeOf(client)
    const listeners = listenerCount(incoming)
    const done = pipeReadable(incoming, router, options)
    done.then(
      () => response.end(),
      () => {},
    )
    return {
      done,
      send: (chunk) => write(client, chunk),
      end: () => void client.end(),
      cut: () => void client.destroy(),
      closed,
      listeners,
      dispose: () => {
        client.destroy()
        server.close()
      },
    }
  },
})

function openPassThrough(done: (readable: Readable) => Link['done']): Link {
  const stream = new PassThrough()
  const listeners = listenerCount(stream)
  const closed = closeOf(stream)
  const promise = done(stream)
  promise.catch(() => {})
  return {
    done: promise,
    send: (chunk) => write(stream, chunk),
    end: () => void stream.end(),
    cut: () => void stream.destroy(),
    closed,
    listeners,
    dispose: () => stream.destroy(),
  }
}

describeTransport({
  name: 'a stream of the same process',
  holds: true,
  breaks: 'sender-gone',
  open: async (router, options) => openPassThrough((readable) => pipeReadable(readable, router, options)),
})

describe('a file', () => {
  it('is routed whole', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'shardwire-'))
    const file = join(folder, 'frames.sbe')
    writeFileSync(file, concat(...FRAMES))
    const tested = gated()
    tested.slow.open()
    const stream = createReadStream(file, { highWaterMark: 13 })
    expect(await pipeReadable(stream, tested.router)).toMatchObject({ bytes: concat(...FRAMES).length })
    expect(eventsOf(tested.calls).length).toBe(FRAMES.length)
    await finish(tested)
    rmSync(folder, { recursive: true })
  })

  it("that isn't there rejects with the stream's own error", async () => {
    const tested = gated()
    const stream = createReadStream(join(tmpdir(), 'shardwire-no-such-file'))
    expect(await errorOf(() => pipeReadable(stream, tested.router))).toMatchObject({ code: 'ENOENT' })
    expect(await finish(tested)).toMatchObject({ received: 0, sources: 0 })
  })
})

describe('a socket whose other half is still open', () => {
  it('can be answered after its end', async () => {
    const { server, client, socket } = await socketPair(true)
    const tested = gated()
    tested.slow.open()
    const done = pipeReadable(socket, tested.router)
    client.end(FRAMES[0]!)
    await done
    expect([socket.destroyed, socket.writable]).toEqual([false, true])
    socket.end('thanks')
    expect(String((await client.toArray())[0])).toBe('thanks')
    server.close()
    await finish(tested)
  })
})

describe('a readable that is over', () => {
  const start = () => {
    const tested = gated()
    tested.slow.open()
    return tested
  }

  it('because it ended gives nothing', async () => {
    const tested = start()
    const stream = Readable.from([FRAMES[0]])
    await stream.toArray()
    expect(await pipeReadable(stream, tested.router)).toEqual({ bytes: 0, chunks: 0 })
    expect((await finish(tested)).received).toBe(0)
  })

  it('because it was destroyed rejects', async () => {
    const tested = start()
    const stream = new PassThrough()
    stream.destroy()
    expect(await errorOf(() => pipeReadable(stream, tested.router))).toMatchObject({ code: 'sender-gone' })
    await finish(tested)
  })

  it('because of an error rejects with that', async () => {
    const tested = start()
    const boom = new Error('boom')
    const stream = new PassThrough()
    stream.on('error', () => {})
    stream.destroy(boom)
    expect(await errorOf(() => pipeReadable(stream, tested.router))).toBe(boom)
    await finish(tested)
  })
})

describe('a readable', () => {
  it('of strings or objects is refused, after what came before', async () => {
    for (const chunk of ['text', { not: 'bytes' }, 7]) {
      const tested = gated()
      tested.slow.open()
      const stream = Readable.from([FRAMES[0], chunk, FRAMES[1]])
      expect(await errorOf(() => pipeReadable(stream, tested.router))).toMatchObject({
        code: 'chunk-invalid',
      })
      expect(stream.destroyed).toBe(true)
      expect(await finish(tested)).toMatchObject({ received: 1, delivered: 1 })
    }
  })

  it('that was paused is started', async () => {
    const tested = gated()
    tested.slow.open()
    const stream = new PassThrough()
    stream.pause()
    stream.end(FRAMES[0])
    await pipeReadable(stream, tested.router)
    expect((await finish(tested)).delivered).toBe(1)
  })

  it('that somebody else resumes while the source holds loses nothing, and is paused again', async () => {
    const tested = gated()
    const stream = new PassThrough({ highWaterMark: 100 })
    const done = pipeReadable(stream, tested.router)
    const feeding = (async () => {
      for (const one of FRAMES) await write(stream, one)
      stream.end()
    })()
    await until(() => stream.isPaused())
    for (let times = 0; times < 5; times++) {
      stream.resume()
      await until(() => stream.isPaused())
    }
    tested.slow.open()
    await feeding
    await done
    expect(eventsOf(tested.calls).map((event) => 'traffic' in event && event.traffic)).toEqual(
      FRAMES.map((_, index) => index),
    )
    await finish(tested)
  })

  it('whose destruction fails does not crash the process', async () => {
    const tested = gated()
    const stream = new Readable({ read() {}, destroy: (_, callback) => callback(new Error('late')) })
    const controller = new AbortController()
    const done = errorOf(() => pipeReadable(stream, tested.router, controller))
    controller.abort()
    expect(await done).toBe(controller.signal.reason)
    await until(() => stream.closed)
    await microtasks()
    expect(EVENTS.map((event) => stream.listenerCount(event))).toEqual([0, 0, 0, 0])
    await finish(tested)
  })

  it('that fails when it is to go on ends with that, and the process goes on', async () => {
    const tested = gated()
    const readable = new PassThrough()
    const done = errorOf(() => pipeReadable(readable, tested.router))
    await microtasks()
    const cause = new Error('it does not go on')
    readable.resume = () => {
      throw cause
    }
    readable.write(concat(...FRAMES, ...FRAMES))
    await until(() => readable.isPaused())
    tested.slow.open()
    expect(await done).toBe(cause)
    expect(readable.destroyed).toBe(true)
    expect((await finish(tested)).delivered).toBe(2 * FRAMES.length)
  })

  it('is read from within an observer', async () => {
    const stream = new PassThrough()
    let done: Promise<unknown> | undefined
    const tested = gated()
    tested.slow.open()
    const outer = tested.router.source()
    const { push } = tested.calls
    tested.calls.push = (...calls) => {
      if (done === undefined) {
        done = pipeReadable(stream, tested.router)
        stream.end(concat(...FRAMES))
      }
      return push.apply(tested.calls, calls)
    }
    outer.write(FRAMES[0]!)
    await done
    expect((await finish(tested)).delivered).toBe(1 + FRAMES.length)
  })

  it('that is none, and options that are none, are refused and left alone', async () => {
    const tested = gated()
    const stream = new PassThrough()
    const call = (readable: unknown, options?: unknown) =>
      errorOf(() => pipeReadable(readable as Readable, tested.router, options as object))
    expect(await call(undefined)).toMatchObject({ code: 'option-invalid' })
    expect(await call(new ReadableStream())).toMatchObject({ code: 'option-invalid' })
    expect(await call(stream, { signal: 1 })).toMatchObject({ code: 'option-invalid' })
    expect(await call(stream, { sginal: undefined })).toMatchObject({ code: 'option-unknown' })
    expect(stream.destroyed).toBe(false)
    await finish(tested)
  })
})
