// The entry for every runtime that may compile the core from bytes.

import { coreModule } from './wasm.js'
// Above the others, so that bundles begin with the core: amid code, both compress worse.

import { type Decoder, type DecoderOptions, makeDecoder } from './decoder.js'
import { makeRouter, type Router, type RouterOptions } from './router.js'
import type { AnySchema } from './schema.js'

export * from './entry.js'

/**
 * Makes a router: frames of `schema` in, calls of the observers' methods out.
 * Synchronous; all memory is taken here and never grows.
 * @throws OptionError `option-invalid`, `option-unknown`, `memory-limit`
 * @throws FactoryError `factory-failed`, `observer-invalid`, `method-unknown`
 */
export function createRouter<S extends AnySchema>(schema: S, options?: RouterOptions<S>): Router<S> {
  return makeRouter(coreModule, schema, options)
}

/**
 * Makes a decoder: frames of `schema` in, events out, without a router.
 * @throws OptionError `option-invalid`, `memory-limit`
 */
export function createDecoder<S extends AnySchema>(schema: S, options?: DecoderOptions): Decoder<S> {
  return makeDecoder(coreModule, schema, options)
}
