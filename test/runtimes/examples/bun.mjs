// examples/bun in Bun. It has a transport of its own, so that is also tried with observers
// that are slower than the sender.

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bunRow } from '../rows/bun.mjs'
import { findBun } from '../tools.mjs'
import { example } from './example.mjs'
import { session } from './facts.mjs'
import { commandOf } from './project.mjs'
import { checkTcpService } from './tcp.mjs'

/** The same program with small rings, and an observer that is busy with each event for a turn of the loop. */
function slowed(project, file) {
  const changes = [
    ['shards: 4,', 'shards: 4, ringBytes: 4096,'],
    [
      'eventTraffic({ slot, traffic }: EventTraffic): void {',
      'async eventTraffic({ slot, traffic }: EventTraffic) {',
    ],
    ['this.bytes += traffic', 'this.bytes += traffic; await new Promise(setImmediate)'],
  ]
  const text = changes.reduce(
    (before, [from, to]) => {
      assert.ok(before.includes(from), `the example has no ${from}`)
      return before.replace(from, to)
    },
    readFileSync(join(project, file), 'utf8'),
  )
  writeFileSync(join(project, 'slow.ts'), text)
  return 'slow.ts'
}

export const bun = example({
  name: 'bun',
  tools: ['@types/bun'],
  hasTypes: true,
  platform: bunRow,
  async checks(given) {
    const { args } = commandOf(given.scripts.start)
    const { sessions, bytes, most } = session
    const wanted = { sessions, bytes, most }
    const service = { file: findBun(), args, title: 'Bun', signal: 'SIGTERM', wanted }
    await checkTcpService(given, service)
    const slow = [slowed(given.project, args.at(-1))]
    await checkTcpService(given, { ...service, args: slow, title: 'Bun, slow observers', signal: 'SIGINT' })
  },
})
