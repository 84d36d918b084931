import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/runtimes/left-out.mjs',
    // Property tests print their seed; no test depends on time.
    testTimeout: 60_000,
    coverage: {
      provider: 'custom',
      customProviderModule: 'test/coverage/index.mjs',
      include: ['src/**/*.ts'],
      exclude: ['src/core-binary.ts'],
      reporter: [['text', { skipFull: true }], 'json'],
      // Each file by itself. What is below is told by name, and fails the run.
      thresholds: {
        perFile: true,
        branches: 95,
        'src/{batch-drain,drain,ledger,shard-ring,shutdown}.ts': { branches: 100 },
      },
    },
  },
})
