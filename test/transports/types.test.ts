// The platforms' own objects fit the transports' types, which name none of them. What is
// tested here is tested by tsc.

import type { ReadStream } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import type { ReadableStream as NodeStream } from 'node:stream/web'
import type { TLSSocket } from 'node:tls'
import type { MessagePort as NodePort, Worker as NodeWorker, parentPort } from 'node:worker_threads'
import { expectTypeOf, it } from 'vitest'
import type { WebSocket as WsSocket } from 'ws'
import type { Router } from '../../src/index.js'
import type { mtg } from '../../src/mtg/index.js'
import type {
  PortLike,
  ReadableLike,
  ReadableStreamLike,
  SourceMaker,
  WebSocketLike,
} from '../../src/transports/index.js'

it('what platforms have fits, and text streams do not', () => {
  type Readables = Readable | ReadStream | Socket | TLSSocket | IncomingMessage | typeof process.stdin
  expectTypeOf<Readables>().toExtend<ReadableLike>()
  type Streams = ReadableStream<Uint8Array> | NodeStream<Uint8Array> | NonNullable<Response['body']>
  expectTypeOf<Streams>().toExtend<ReadableStreamLike>()
  expectTypeOf<ReadableStream<string>>().not.toExtend<ReadableStreamLike>()
  expectTypeOf<WebSocket | WsSocket>().toExtend<WebSocketLike>()
  type Ports = MessagePort | Worker | NodePort | NodeWorker | NonNullable<typeof parentPort>
  expectTypeOf<Ports>().toExtend<PortLike>()
  expectTypeOf<Router<typeof mtg> | Router>().toExtend<SourceMaker>()
})
