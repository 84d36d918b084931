// The example in one file compiles against what is published, and does what its head says.
// Those that are projects of their own are installed and run by test/runtimes/examples/.

import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { edgeEvents } from '../vectors.js'
import { EDGE } from './run.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const TSC = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')

function node(...args: string[]): string {
  return execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' })
}

test('meter tells the busiest sessions', () => {
  node(TSC, '-p', 'examples')
  const output = node('build/examples/meter.js', EDGE)
  const bytes = new Map<string, number>()
  const finished: { streamId: string; bytes: number }[] = []
  for (const { event, streamId, traffic } of edgeEvents()) {
    if (event === 'EventStart') bytes.set(streamId, 0)
    if (event === 'EventTraffic') bytes.set(streamId, (bytes.get(streamId) ?? 0) + Number(traffic))
    // A finish without its start isn't delivered.
    if (event !== 'EventFinish' || !bytes.has(streamId)) continue
    finished.push({ streamId, bytes: bytes.get(streamId)! })
    bytes.delete(streamId)
  }
  const most = finished.sort((one, other) => other.bytes - one.bytes)[0]!
  const lines = output.split('\n')
  expect(lines[0]).toBe(`${most.bytes} bytes  ${JSON.stringify(most.streamId)}`)
  expect(lines).toHaveLength(7)
  expect(lines[5]).toBe('255 frames: 156 events delivered, 96 ignored, 3 dropped; 0 frames rejected')
})
