// Connections of `ws` over loopback, as the WebSocket tests have them.

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect } from 'vitest'
import { WebSocketServer, WebSocket as WsSocket } from 'ws'
import { pipeWebSocket, type WebSocketLike, type WebSocketOptions } from '../../src/transports/index.js'
import { concat } from '../reference-frames.js'
import { FRAMES, gated } from './suite.js'

export const EVENTS = ['message', 'close', 'error'] as const

/** The same socket without `pause`, as a browser's is. */
export function withoutPause(socket: WsSocket): WebSocketLike {
  return new Proxy(socket, {
    get(target, name) {
      if (name === 'pause' || name === 'resume') return undefined
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
    set: (target, name, value) => Reflect.set(target, name, value, target),
  }) as WebSocketLike
}

/** Both ends of a connection over loopback, open. */
export async function connected() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = new WsSocket(url)
  client.on('error', () => {})
  const [[socket]] = (await Promise.all([once(server, 'connection'), once(client, 'open')])) as [
    [WsSocket],
    unknown,
  ]
  const own = EVENTS.map((event) => socket.listenerCount(event)).reduce((a, b) => a + b)
  return {
    server,
    client,
    socket,
    /** Resolves when the kernel has the message, or the socket has closed. */
    send: (message: Uint8Array | string) =>
      new Promise<void>((resolve) => client.send(message, () => resolve())),
    listeners: () => EVENTS.reduce((sum, event) => sum + socket.listenerCount(event), 0) - own,
    dispose: () => {
      client.terminate()
      server.close()
    },
  }
}

/** A connection whose transport can't pause it, and whose observers hang until `slow` opens. */
export async function flooded(options: WebSocketOptions = {}, tested = gated()) {
  const link = await connected()
  const closing = once(link.client, 'close') as Promise<[code: number, reason: Buffer]>
  const done = pipeWebSocket(withoutPause(link.socket), tested.router, options)
  done.catch(() => {})
  return { ...link, tested, done, closing }
}

/** Ten frames, more than the small ring holds: 400 bytes. */
export const TEN = concat(...FRAMES.slice(0, 10))
export const COST = TEN.length + 512

export async function assertClosed(
  closing: Promise<[number, Buffer]>,
  code: number,
  reason: string,
): Promise<void> {
  const [given, text] = await closing
  expect([given, String(text)]).toEqual([code, reason])
}
