// The conformance suite in the Node that runs the tests, against dist/. The other
// runtimes are `npm run test:runtimes`.

import { readFileSync } from 'node:fs'
import { test } from 'vitest'
import { sessionFrames, sessionShards } from '../vectors.js'
import { type Given, suite } from './suite/index.js'

const binary = readFileSync(new URL('../../dist/core.wasm', import.meta.url))
const given: Given = {
  recording: { frames: sessionFrames(), shards: sessionShards() },
  core: new WebAssembly.Module(binary),
}

for (const { name, run } of suite) test(name, () => run(given))
