// What vitest.config.ts names as the way to count coverage: V8's, and programs that tests start count, too.

import v8 from '@vitest/coverage-v8'
import { children } from './children.mjs'

export default {
  ...v8,
  // In each worker. What that starts from now on tells Node's coverage of itself when it ends.
  startCoverage(options) {
    process.env.NODE_V8_COVERAGE = children
    return v8.startCoverage(options)
  },
  // Apart, since the workers need none of it, and it loads all of Vitest.
  getProvider: async () => new (await import('./provider.mjs')).Provider(),
}
