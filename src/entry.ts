// What every entry exports, given a way to get the core as a compiled module.

export type { Decoder, DecoderOptions } from './decoder.js'
export { encodeFrame } from './encoder.js'
export {
  ClosedError,
  CoreError,
  EncodeError,
  FactoryError,
  OptionError,
  ShardwireError,
  UsageError,
} from './errors.js'
export { FrameError } from './frame-error.js'
export type { DropReason, ShardStats, Stats } from './ledger.js'
export { createNoopRouter } from './noop.js'
export { ObserverError } from './observer-error.js'
export type {
  AbortSignalLike,
  ByteStream,
  ByteStreamWriter,
  CoreModule,
} from './platform-types.js'
export type { RejectReason } from './reasons.js'
export type { Router, RouterOptions, SourceOptions } from './router.js'
export type {
  AnySchema,
  EventBatch,
  EventOf,
  FieldCheck,
  HeaderLayout,
  HeaderMember,
  InputOf,
  NumberField,
  ObserverBase,
  ObserverOf,
  ReleaseReason,
  Schema,
  Template,
  VarData,
} from './schema.js'
export type { ShutdownOptions } from './shutdown.js'
export type { Source } from './source.js'
export type { WaitOptions } from './waiters.js'
