// The entry for Node: as index.ts, but that random bits come from the kernel's own
// file. Node loads its crypto at first use, which takes 5 to 10 milliseconds: more
// than everything else up to the first event. Documented and typed as index.ts.

import { coreModule } from './wasm.js'
// Above the others, as in index.ts.

import { closeSync, openSync, readSync } from 'node:fs'
import { makeDecoder } from './decoder.js'
import { type Host, platformHost } from './host.js'
import type * as index from './index.js'
import { makeRouter } from './router.js'

export * from './entry.js'

const host: Host = {
  ...platformHost,
  fillRandom: (words) => {
    try {
      const file = openSync('/dev/urandom', 'r')
      try {
        /* v8 ignore else -- only a signal, or another system, cuts a read of so few bytes short */
        if (readSync(file, words) === words.byteLength) return
      } finally {
        closeSync(file)
      }
    } catch {
      // No such file, or no permission to read it.
    }
    platformHost.fillRandom(words)
  },
}

export const createRouter: typeof index.createRouter = (schema, options) =>
  makeRouter(coreModule, schema, options, { host })

export const createDecoder: typeof index.createDecoder = (schema, options) =>
  makeDecoder(coreModule, schema, options, host)
