// pipeWebSocket, with sockets of `ws` at both ends, with and without their pause, and with
// the platform's own WebSocket where it has one.

import { getEventListeners, once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { WebSocketServer, WebSocket as WsSocket } from 'ws'
import { pipeWebSocket, type WebSocketLike, type WebSocketOptions } from '../../src/transports/index.js'
import { concat } from '../reference-frames.js'
import { errorOf, eventsOf, finish, traffic, upTo } from '../support.js'
import { closeOf, describeTransport, FRAMES, GARBAGE, gated, quiet, until } from './suite.js'
import { assertClosed, connected, EVENTS, flooded, withoutPause } from './websockets.js'

for (const isPausable of [true, false]) {
  describeTransport({
    name: isPausable ? 'a socket of ws' : "a socket that can't be paused",
    delimited: true,
    holds: isPausable,
    breaks: 'sender-gone',
    async open(router, options) {
      const { client, socket, ...rest } = await connected()
      const closed = closeOf(client)
      const done = pipeWebSocket(isPausable ? socket : withoutPause(socket), router, options)
      done.catch(() => {})
      return { ...rest, done, closed, end: () => client.close(1000), cut: () => client.terminate() }
    },
  })
}

// Node has it from 22 on.
const PlatformSocket: typeof WebSocket | undefined = globalThis.WebSocket

if (PlatformSocket !== undefined) {
  describeTransport({
    name: "the platform's own WebSocket",
    delimited: true,
    breaks: 'sender-gone',
    async open(router, options) {
      const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
      await once(server, 'listening')
      const socket = new PlatformSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
      const [[peer]] = (await Promise.all([once(server, 'connection'), once(socket, 'open')])) as [
        [WsSocket],
        unknown,
      ]
      const closed = closeOf(peer)
      const done = pipeWebSocket(socket, router, options)
      done.catch(() => {})
      return {
        done,
        closed,
        send: (chunk) => new Promise<void>((resolve) => peer.send(chunk, () => resolve())),
        end: () => peer.close(1000),
        cut: () => peer.terminate(),
        listeners: () => EVENTS.reduce((sum, event) => sum + getEventListeners(socket, event).length, 0),
        dispose: () => {
          peer.terminate()
          server.close()
        },
      }
    },
  })
}

async function open(options: WebSocketOptions = {}) {
  const tested = gated()
  tested.slow.open()
  return flooded(options, tested)
}

async function over({ tested, listeners, dispose }: Awaited<ReturnType<typeof open>>) {
  await until(() => listeners() === 0)
  await dispose()
  return finish(tested)
}

describe('a WebSocket that ends', () => {
  for (const code of [undefined, 1000]) {
    it(`well: its close has ${code ? `code ${code}` : 'no code'}`, async () => {
      const link = await open()
      await link.send(FRAMES[0]!)
      link.client.close(code)
      expect(await link.done).toMatchObject({ messages: 1 })
      expect((await over(link)).delivered).toBe(1)
    })
  }

  for (const code of [1001, 1011, 3000, 4321]) {
    it(`badly: its close has code ${code}`, async () => {
      const link = await open()
      await link.send(FRAMES[0]!)
      link.client.close(code, `\u001b[31m${'why '.repeat(25)}`)
      const error = await errorOf(() => link.done)
      expect(error).toMatchObject({ code: 'sender-gone', closeCode: code, name: 'TransportError' })
      const { message } = error as Error
      expect(message).toContain(`code ${code} and reason "\\u001b[31mwhy`)
      expect(message.length).toBeLessThan(200)
      expect((await over(link)).delivered).toBe(1)
    })
  }

  it('badly: it breaks the protocol', async () => {
    const link = await open()
    await link.send(FRAMES[0]!)
    ;(link.client as unknown as { _socket: NodeJS.WritableStream })._socket.write(
      Buffer.from([0xff, 0xff, 0]),
    )
    expect(await errorOf(() => link.done)).toMatchObject({
      code: 'sender-gone',
      cause: expect.any(RangeError),
      message: expect.stringContaining('RSV'),
    })
    expect((await over(link)).delivered).toBe(1)
  })

  it('before the start rejects', async () => {
    const { socket, client, dispose } = await connected()
    client.close()
    await closeOf(socket)
    const tested = gated()
    expect(await errorOf(() => pipeWebSocket(socket, tested.router))).toMatchObject({ code: 'sender-gone' })
    expect(await finish(tested)).toMatchObject({ received: 0, sources: 0 })
    await dispose()
  })
})

describe('a WebSocket that is still being connected', () => {
  it('is read once it is open', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    server.on('connection', (peer) => {
      peer.send(FRAMES[0]!)
      peer.close()
    })
    const tested = gated()
    tested.slow.open()
    const socket = new WsSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
    expect(await pipeWebSocket(socket, tested.router)).toMatchObject({ messages: 1 })
    expect((await finish(tested)).delivered).toBe(1)
    server.close()
  })

  it('may be given up, and may never be', async () => {
    const tested = gated()
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const aborted = new WsSocket(`ws://127.0.0.1:${port}`)
    const controller = new AbortController()
    const done = errorOf(() => pipeWebSocket(aborted, tested.router, controller))
    controller.abort()
    expect(await done).toBe(controller.signal.reason)
    const closed = closeOf(aborted)
    await closed
    server.close()
    await once(server, 'close')
    const refused = new WsSocket(`ws://127.0.0.1:${port}`)
    expect(await errorOf(() => pipeWebSocket(refused, tested.router))).toMatchObject({
      code: 'sender-gone',
      cause: { code: 'ECONNREFUSED' },
    })
    await until(() => refused.readyState === refused.CLOSED)
    for (const socket of [aborted, refused]) {
      await until(() => EVENTS.every((event) => socket.listenerCount(event) === 0))
    }
    await finish(tested)
  })
})

describe('what the other end is told', () => {
  it('lost framing: 4002', async () => {
    const link = await open()
    await link.send(GARBAGE)
    await assertClosed(link.closing, 4002, 'framing-lost')
    await errorOf(() => link.done)
    await over(link)
  })

  it('the caller aborts: 4000', async () => {
    const controller = new AbortController()
    const link = await open(controller)
    controller.abort()
    await assertClosed(link.closing, 4000, 'aborted')
    expect(await errorOf(() => link.done)).toBe(controller.signal.reason)
    await over(link)
  })

  it('the router shuts down: 4001', async () => {
    const link = await open()
    await link.tested.router.shutdown()
    await assertClosed(link.closing, 4001, 'router-closed')
    expect(await errorOf(() => link.done)).toMatchObject({ code: 'router-closed' })
    await over(link)
  })
})

describe('text messages', () => {
  it('close the socket, with 4003, after what came before', async () => {
    const link = await open()
    await link.send(FRAMES[0]!)
    await link.send('hello')
    await link.send(FRAMES[1]!)
    await assertClosed(link.closing, 4003, 'message-invalid')
    expect(await errorOf(() => link.done)).toMatchObject({ code: 'message-invalid' })
    expect((await over(link)).delivered).toBe(1)
  })

  it('go to onText, if there is one', async () => {
    const texts: string[] = []
    const link = await open({ onText: (text) => texts.push(text) })
    for (const message of ['one', FRAMES[0]!, 'two']) await link.send(message)
    link.client.close()
    expect(await link.done).toMatchObject({ messages: 1 })
    expect(texts).toEqual(['one', 'two'])
    await over(link)
  })

  const boom = new Error('boom')
  for (const [how, onText] of [
    [
      'throws',
      () => {
        throw boom
      },
    ],
    ['rejects', () => Promise.reject(boom)],
  ] as const) {
    it(`whose onText ${how} close the socket, with 4011, and reject with that`, async () => {
      const link = await open({ onText })
      await link.send('hello')
      await assertClosed(link.closing, 4011, 'failed')
      expect(await errorOf(() => link.done)).toBe(boom)
      await over(link)
    })
  }

  it('whose onText rejects after the end, while observers hang, reject with that', async () => {
    let refuse: (error: unknown) => void = () => {}
    const onText = () =>
      new Promise((_, reject) => {
        refuse = reject
      })
    const tested = gated()
    const link = await flooded({ onText }, tested)
    await link.send('hello')
    await link.send(FRAMES[0]!)
    link.client.close()
    await until(() => tested.router.stats().sources === 1)
    refuse(boom)
    expect(await errorOf(() => link.done)).toBe(boom)
    tested.slow.open()
    expect((await over({ ...link, tested })).delivered).toBe(1)
  })

  it('and others behind one that was refused are not taken, while observers hang', async () => {
    const texts: string[] = []
    const link = await flooded({ onText: (text) => texts.push(text) })
    await link.send(concat(...FRAMES.slice(0, 20)))
    await link.send(FRAMES[20]!)
    await until(() => link.tested.router.stats().received > 1)
    await quiet(() => link.tested.router.stats().received)
    link.socket.binaryType = 'fragments'
    for (const message of [FRAMES[21]!, 'late', FRAMES[22]!]) await link.send(message)
    await assertClosed(link.closing, 4003, 'message-invalid')
    link.tested.slow.open()
    expect(await errorOf(() => link.done)).toMatchObject({ code: 'message-invalid' })
    expect(texts).toEqual([])
    expect((await over(link)).delivered).toBe(21)
  })

  it('are no way in for what is no bytes', async () => {
    const link = await open()
    await link.send(FRAMES[0]!)
    await until(() => link.tested.router.stats().received === 1)
    link.socket.binaryType = 'nodebuffer'
    await link.send(FRAMES[1]!)
    await until(() => link.tested.router.stats().received === 2)
    link.socket.binaryType = 'fragments'
    await link.send(FRAMES[2]!)
    await assertClosed(link.closing, 4003, 'message-invalid')
    expect(await errorOf(() => link.done)).toMatchObject({
      message: expect.stringContaining("gave an array of 1; leave its binaryType at 'arraybuffer'"),
    })
    expect((await over(link)).delivered).toBe(2)
  })
})

describe('messages', () => {
  it('hold whole frames: one cut off at its end is rejected, and the next is read from its start', async () => {
    const link = await open()
    await link.send(FRAMES[0]!.subarray(0, 20))
    await link.send(concat(FRAMES[1]!, FRAMES[2]!.subarray(0, 3)))
    await link.send(FRAMES[3]!)
    link.client.close()
    await link.done
    expect(eventsOf(link.tested.calls)).toMatchObject([{ traffic: 1 }, { traffic: 3 }])
    expect(await over(link)).toMatchObject({ received: 4, rejectedBy: { truncated: 2 } })
  })

  it('that ws has read already when it is paused are not lost, whatever the limit', async () => {
    const tested = gated()
    const { client, socket, dispose } = await connected()
    const done = pipeWebSocket(socket, tested.router, { maxBufferedBytes: 0 })
    for (const index of upTo(500)) client.send(traffic('a', index))
    await until(() => socket.isPaused)
    await quiet(() => tested.router.stats().received)
    tested.slow.open()
    client.close()
    expect(await done).toMatchObject({ messages: 500, droppedMessages: 0 })
    expect((await finish(tested)).delivered).toBe(500)
    await dispose()
  })
})

/** What differs elsewhere, for Node has no such socket: a browser's errors say nothing, workerd asks for a close. */
class ForeignSocket extends EventTarget {
  binaryType = 'blob'
  readyState = 1
  readonly closes: unknown[] = []

  close(code?: number): void {
    this.closes.push(code)
  }

  tell(type: string, fields: object = {}): void {
    this.dispatchEvent(Object.assign(new Event(type), fields))
  }
}

describe('a WebSocket of another platform', () => {
  it('that fails without saying why rejects all the same', async () => {
    const tested = gated()
    const socket = new ForeignSocket()
    const done = errorOf(() => pipeWebSocket(socket as unknown as WebSocketLike, tested.router))
    socket.tell('error')
    expect(await done).toMatchObject({
      code: 'sender-gone',
      message: 'the WebSocket failed; let the sender connect again',
    })
    await finish(tested)
  })

  it('whose closing is still to be completed at its close event is closed', async () => {
    const tested = gated()
    tested.slow.open()
    const socket = new ForeignSocket()
    const done = pipeWebSocket(socket as unknown as WebSocketLike, tested.router)
    socket.tell('message', { data: FRAMES[0] })
    socket.readyState = 2
    socket.tell('close', { code: 1000, reason: '' })
    expect(await done).toMatchObject({ messages: 1 })
    expect(socket.closes).toEqual([1000])
    expect((await finish(tested)).delivered).toBe(1)
  })
})

describe('options of pipeWebSocket', () => {
  it('are checked, and the socket left alone', async () => {
    const tested = gated()
    const { socket, listeners, dispose } = await connected()
    const call = (given: unknown, options?: object) =>
      errorOf(() => pipeWebSocket(given as WebSocketLike, tested.router, options))
    for (const options of [
      { maxBufferedBytes: -1 },
      { maxBufferedBytes: 1.5 },
      { maxBufferedBytes: 2 ** 31 },
      { overflow: 'block' },
      { onDrop: 1 },
      { onText: 'x' },
      { signal: null },
    ]) {
      const [name] = Object.keys(options)
      expect(await call(socket, options)).toMatchObject({
        code: 'option-invalid',
        message: expect.stringContaining(`${name} is`),
      })
    }
    expect(await call(socket, { delimited: true })).toMatchObject({ code: 'option-unknown' })
    expect(await call({})).toMatchObject({ code: 'option-invalid' })
    expect([socket.readyState, listeners()]).toEqual([socket.OPEN, 0])
    await finish(tested)
    await dispose()
  })
})
