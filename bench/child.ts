// One contestant in a process of its own, so that no other's types and garbage disturb it.
// It does as the harness says: prepare, then a run a message.

import { createHash } from 'node:crypto'
import type { Contestant } from './contestants/contestant.js'
import { type LoadPlan, makeLoad } from './load.js'
import type { Tally } from './tally.js'

/** What the harness asks for. */
export type Request =
  | ({ readonly kind: 'prepare'; readonly contestant: string } & LoadPlan)
  | { readonly kind: 'run' }

/** What the child answers. */
export type Answer =
  | {
      readonly kind: 'prepared'
      readonly description: string
      readonly shards: number
      readonly loadSha256: string
    }
  | { readonly kind: 'ran'; readonly ns: number; readonly tally: Tally }
  | { readonly kind: 'failed'; readonly message: string }

let run: (() => Promise<Answer>) | undefined

async function answer(request: Request): Promise<Answer> {
  if (request.kind === 'run') {
    if (run === undefined) throw new Error('not prepared')
    return run()
  }
  const load = makeLoad(request)
  const sha256 = createHash('sha256')
  for (const chunk of load.timed) sha256.update(chunk)
  const module: { contestant: Contestant<unknown> } = await import(`./contestants/${request.contestant}.js`)
  const { contestant } = module
  const leadIn = contestant.prepare(load.leadIn)
  const timed = contestant.prepare(load.timed)
  run = async () => {
    const opened = contestant.open()
    await opened.write(leadIn)
    // Collected before the clock starts: nobody pays for older garbage.
    globalThis.gc?.()
    const start = process.hrtime.bigint()
    await opened.write(timed)
    const tally = await opened.finish()
    const ns = Number(process.hrtime.bigint() - start)
    return { kind: 'ran', ns, tally }
  }
  const { description, shards } = contestant
  return { kind: 'prepared', description, shards, loadSha256: sha256.digest('hex') }
}

process.on('message', (request: Request) => {
  answer(request).then(
    (reply) => process.send?.(reply),
    (error: unknown) => {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
      process.send?.({ kind: 'failed', message } satisfies Answer)
    },
  )
})
