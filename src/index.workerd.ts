// The entry for workerd, which compiles no bytes at run time: its bundlers hand the
// file over as a compiled module. Documented and typed as index.ts.

import core from './core.wasm'
import { makeDecoder } from './decoder.js'
import type * as index from './index.js'
import { makeRouter } from './router.js'

export * from './entry.js'

export const createRouter: typeof index.createRouter = (schema, options) =>
  makeRouter(() => core, schema, options)

export const createDecoder: typeof index.createDecoder = (schema, options) =>
  makeDecoder(() => core, schema, options)
