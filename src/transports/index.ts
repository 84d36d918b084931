// shardwire/transports: from where bytes come to a router, one adapter a platform's source.

export { TransportError } from './error.js'
export type { DroppedMessages, MessageOptions, MessageReport } from './inbox.js'
export { type MessagePortOptions, pipeMessagePort } from './port.js'
export type { PortEmitterLike, PortEventLike, PortLike, PortTargetLike } from './port-message.js'
export { type PortWriter, type PortWriterOptions, portWriter } from './port-writer.js'
export { pipeReadable, type ReadableLike } from './readable.js'
export { pipeStream, type ReadableStreamLike, type StreamReaderLike } from './stream.js'
export type { SourceMaker, TransportOptions, TransportReport } from './transport.js'
export {
  pipeWebSocket,
  type WebSocketEventLike,
  type WebSocketLike,
  type WebSocketOptions,
} from './websocket.js'
