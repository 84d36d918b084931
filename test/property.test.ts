// Random loads against the model: whatever the sizes, the cuts, the number of shards and
// the observers, each stream's calls and releases come in its order, to its shard, one at
// a time, and the ledger counts each event once. fast-check shrinks what fails, and
// prints the seed; PROPERTY_SEED and PROPERTY_RUNS try others.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkLoad, scenarios } from './judge.js'
import { play } from './scenario.js'

const SEED = Number(process.env.PROPERTY_SEED ?? 20_260_421)
const RUNS = Number(process.env.PROPERTY_RUNS ?? 250)

describe('a random load', () => {
  it('is routed as the model has it', { timeout: RUNS * 200 + 30_000 }, async () => {
    const met = {
      waits: 0,
      evictions: 0,
      exact: 0,
      failed: 0,
      ignored: 0,
      orphans: 0,
      restarts: 0,
      rejected: 0,
    }
    const property = fc.asyncProperty(scenarios, async (scenario) => {
      const outcome = await play(scenario)
      const isExact = checkLoad(scenario, outcome)
      const { stats } = outcome
      met.waits += outcome.waits
      met.exact += isExact ? 1 : 0
      met.evictions += stats.evicted
      met.failed += stats.failed
      met.ignored += stats.ignored
      met.orphans += stats.dropped
      met.restarts += stats.restarted
      met.rejected += stats.rejected
    })
    // Shrinking takes its time: it ends with what it has before the test is timed out.
    await fc.assert(property, { seed: SEED, numRuns: RUNS, interruptAfterTimeLimit: RUNS * 200 })
    // Else the loads would have missed what they are for.
    for (const [what, count] of Object.entries(met)) expect(count, what).toBeGreaterThan(RUNS / 10)
  })
})
