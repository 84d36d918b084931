// A Durable Object: all clients of one name are routed here, by one router.

import { DurableObject } from 'cloudflare:workers'
import { pipeWebSocket } from 'shardwire/transports'
import { described, json, refusal } from './answers.js'
import { open } from './meter.js'

/** Sockets of one room at once: each is a source, which keeps a part of a frame at most. */
const MAX_SOCKETS = 64
/** An isolate has 128 MB for all its rooms. */
const STREAMS = 4_096

export class Room extends DurableObject {
  /** There while somebody is connected. */
  #live: ReturnType<typeof open> | undefined
  #sockets = 0
  /** What the last router said at its end. */
  #last: object | undefined

  override async fetch(request: Request): Promise<Response> {
    if (request.headers.get('upgrade') !== 'websocket') return json(this.#report())
    if (this.#sockets >= MAX_SOCKETS) return refusal(503, 'room-full', `${MAX_SOCKETS} sockets are open here`)
    const { 0: client, 1: server } = new WebSocketPair()
    // Not the hibernation API: a router is state in memory, and lives as long as a socket does.
    server.accept()
    // The runtime keeps the object for as long as this goes on.
    this.ctx.waitUntil(this.#serve(server))
    return new Response(null, { status: 101, webSocket: client })
  }

  async #serve(socket: WebSocket): Promise<void> {
    this.#live ??= open(STREAMS)
    this.#sockets++
    const { router, report } = this.#live
    try {
      // Each message holds whole frames. When the framing is lost, this closes the socket;
      // when a shard is full, messages wait in a buffer of 1 MiB, and then it closes it, too.
      await pipeWebSocket(socket, router, {
        onText: (text) => {
          if (text === 'stats') socket.send(JSON.stringify(this.#report()))
        },
      })
    } catch (error) {
      console.log(JSON.stringify(described(error)))
    }
    this.#sockets--
    if (this.#sockets > 0) return
    // Before the wait: who comes in the meantime gets a new router.
    this.#live = undefined
    this.#last = report(await router.shutdown())
    console.log(JSON.stringify(this.#last))
  }

  #report(): object {
    return { sockets: this.#sockets, ...(this.#live?.report() ?? this.#last) }
  }
}
