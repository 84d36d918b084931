// One contestant in a process of its own, so that no other's types and garbage disturb it.
// It does as the harness says, in the words of protocol.ts. The contestant's name is the argument.

import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Contestant } from './contestants/contestant.js'
import type { Reply, Request } from './protocol.js'

const module: { contestant: Contestant<unknown> } = await import(`./contestants/${process.argv[2]}.js`)
const { contestant } = module
let run: (() => Promise<Reply>) | undefined

async function reply(request: Request): Promise<Reply> {
  if (request.kind === 'run') {
    if (run === undefined) throw new Error('not prepared')
    return run()
  }
  const { leadIn, timed, ...setting } = request
  const first = contestant.prepare(readFileSync(leadIn), setting, undefined)
  const rest = contestant.prepare(readFileSync(timed), setting, first)
  run = async () => {
    const opened = contestant.open(setting)
    await opened.write(first)
    // Collected before the clock starts: nobody pays for older garbage.
    globalThis.gc?.()
    const start = process.hrtime.bigint()
    await opened.write(rest)
    const tally = await opened.finish()
    const ns = Number(process.hrtime.bigint() - start)
    return { kind: 'ran', ns, tally }
  }
  return { kind: 'prepared', versions: contestant.versions?.() ?? {} }
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await reply(JSON.parse(line)).catch((error: unknown): Reply => {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { kind: 'failed', message }
  })
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
