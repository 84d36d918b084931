// Frames to events without a router: every event of every frame, in order, and
// every rejection, unlimited. For tools and tests; it uses the same core.

import { assertBytes, knownOptions } from './checks.js'
import { Core } from './core.js'
import { type FrameError, FrameFault } from './frame-error.js'
import { type Host, platformHost } from './host.js'
import { Input } from './input.js'
import { keyText } from './key-text.js'
import {
  RECORD_FLAGS,
  RECORD_HEADER_BYTES,
  RECORD_KEY_OFFSET,
  RECORD_LENGTH_MASK,
  RECORD_SLOT,
  RECORD_TEMPLATE,
  SHARD_SETTLED,
  SHARD_TAIL,
  STATUS_LOST,
  STATUS_REJECTED,
} from './layout.js'
import { DEFAULT_MAX_FRAME_BYTES } from './limits.js'
import { moduleOption, readSizes } from './options.js'
import { planMemory } from './plan.js'
import type { CoreModule } from './platform-types.js'
import type { AnySchema, EventOf } from './schema.js'

export interface DecoderOptions {
  /** Longest frame, bytes, 64 KiB by default. */
  readonly maxFrameBytes?: number
  /** The core, compiled from `shardwire/core.wasm`, as `createRouter` takes it. */
  readonly module?: CoreModule
}

/** Reads frames into events. Slots are the decoder's own, of a table of a few streams. */
export interface Decoder<S extends AnySchema> {
  /**
   * @param chunk any bytes, cut anywhere
   * @returns for each frame that is whole now, in order, its event, or the error for which it was rejected. After one
   * with code `framing-lost` nothing more comes
   * @throws UsageError `chunk-invalid`
   */
  decode(chunk: Uint8Array): (EventOf<S> | FrameError)[]
  /** The error of a frame that was cut off at the end of the bytes, if one was. */
  end(): FrameError | undefined
}

class CoreDecoder<S extends AnySchema> implements Decoder<S> {
  readonly #core: Core
  readonly #schema: S
  readonly #input: Input
  #lost = false

  constructor(coreModule: () => CoreModule, schema: S, options: DecoderOptions, host: Host) {
    knownOptions('createDecoder', options, ['maxFrameBytes', 'module'])
    const { maxFrameBytes = DEFAULT_MAX_FRAME_BYTES } = options
    // A piece of input and all its records fit: a record is at most 18 bytes longer than its frame.
    const ringBytes = Math.max(1_048_576, 2 ** Math.ceil(Math.log2(Math.max(1, maxFrameBytes) * 8)))
    const plan = planMemory(schema, readSizes({ shards: 1, streams: 64, ringBytes, maxFrameBytes }))
    this.#schema = schema
    this.#core = new Core(moduleOption(options) ?? coreModule(), schema, plan, host, true)
    schema.templates.forEach((_, index) => {
      this.#core.listen(index, 0)
    })
    this.#input = new Input(this.#core)
  }

  decode(chunk: Uint8Array): (EventOf<S> | FrameError)[] {
    assertBytes('decode', chunk)
    const items: (EventOf<S> | FrameError)[] = []
    if (this.#lost) return items
    const core = this.#core
    const input = this.#input
    input.give(chunk)
    while (input.chunk !== undefined) {
      const status = input.step()
      this.#take(items)
      if (status === STATUS_LOST) {
        items.push(new FrameFault(core, this.#schema, input, input.offset).error(undefined))
        input.discard()
        this.#lost = true
      } else if (status === STATUS_REJECTED) {
        items.push(new FrameFault(core, this.#schema, input, input.offset - core.frameBytes).error(undefined))
      }
    }
    return items
  }

  #take(items: (EventOf<S> | FrameError)[]): void {
    const { words, bytes, view, plan } = this.#core
    const header = this.#core.shardAddress(0) >>> 2
    const tail = words[header + (SHARD_TAIL >>> 2)]!
    let position = words[header + (SHARD_SETTLED >>> 2)]!
    while (position !== tail) {
      const at = plan.rings.address + (position & (plan.ringBytes - 1))
      const word = at >>> 2
      const first = words[word]!
      position = (position + (first & RECORD_LENGTH_MASK)) >>> 0
      if ((first & RECORD_FLAGS) !== 0) continue
      const message = at + RECORD_HEADER_BYTES
      const second = words[word + (RECORD_TEMPLATE >>> 2)]!
      const keyAt = message + words[word + (RECORD_KEY_OFFSET >>> 2)]!
      const streamId = keyText(view, bytes, keyAt, second >>> 16)
      const slot = words[word + (RECORD_SLOT >>> 2)]!
      items.push(this.#schema.decode(second & 0xffff, view, message, streamId, slot))
    }
    words[header + (SHARD_SETTLED >>> 2)] = tail
  }

  end(): FrameError | undefined {
    if (this.#input.partialBytes === 0) return undefined
    const fault = new FrameFault(this.#core, this.#schema, this.#input, this.#input.offset, true)
    this.#input.discard()
    return fault.error(undefined)
  }
}

/** `createDecoder`, given how to get the core's module where no option gives it. */
export function makeDecoder<S extends AnySchema>(
  coreModule: () => CoreModule,
  schema: S,
  options: DecoderOptions = {},
  host = platformHost,
): Decoder<S> {
  return new CoreDecoder(coreModule, schema, options, host)
}
