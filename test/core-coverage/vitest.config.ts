// The tests that concern the core, with the instrumented one: `npm run coverage:core`.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: '.',
    include: [
      'test/core-coverage/battery.test.ts',
      'test/core/*.test.ts',
      'test/guarantees/*.test.ts',
      'test/{differential,property,recordings}.test.ts',
    ],
    // About the binary as it ships, or about other things than what it does.
    exclude: [
      'test/core/{binary,instrument,layout,plan}.test.ts',
      'test/guarantees/{8-bounded-memory,options}.test.ts',
    ],
    setupFiles: 'test/core-coverage/setup.ts',
    testTimeout: 120_000,
  },
})
