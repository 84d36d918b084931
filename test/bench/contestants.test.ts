// Each contestant, in a process as the bench starts it, gives the expected answer: at every setting that a
// comparison has it at, and where chunks cut messages more often than any comparison does. Programs are
// compiled first; those for which there is no compiler here are skipped.

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type About, isNative, type Setting } from '../../bench/contestants/contestant.js'
import { commandOf, type Entry, findContestants } from '../../bench/contestants.js'
import { type LoadPlan, Loads } from '../../bench/load.js'
import { ContestantProcess } from '../../bench/process.js'
import { type Competitor, plansOf, SETS } from '../../bench/sets.js'
import { differences, TALLY_NAMES } from '../../bench/tally.js'
import { compiledBench, temporaryFolder } from './compiled.js'

const bench = compiledBench('contestants')
const loads = new Loads(temporaryFolder())
const LOAD: LoadPlan = { leadIn: 1_500, events: 2_000, streams: 200, ids: 'mtg' }
/** Smaller than most messages, than all, and odd. */
const SMALL_CHUNKS = [37, 251]

const COUNTED: readonly string[] = ['kinds', 'bytesRead', 'bytesWritten']

/** What of an answer a contestant has to know; one that only counts knows less. */
function namesOf({ answers = TALLY_NAMES }: About, observer: Setting['observer']): string[] {
  const names = answers.filter((name) => (TALLY_NAMES as readonly string[]).includes(name))
  return observer === 'count' ? names.filter((name) => COUNTED.includes(name)) : names
}

/** The test's own compiled bench is used, where there is no need for another compiler. */
async function startOf(entry: Entry): Promise<readonly string[] | { readonly absent: string }> {
  if (isNative(entry.contestant)) return commandOf(entry)
  return [process.execPath, '--expose-gc', join(bench, 'child.js'), entry.name]
}

/** All settings of a contestant in any comparison, each once, live streams aside. */
function settingsOf(name: string): Competitor[] {
  const planned = SETS.flatMap((set) => plansOf(set, [name], false)).flatMap(({ competitors }) => competitors)
  const usual = planned[0]!
  const cut = SMALL_CHUNKS.map((chunkBytes) => ({ ...usual, chunkBytes }))
  const all = [...planned, ...cut].map((one) => ({ ...one, streams: LOAD.streams }))
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()]
}

const entries = await Promise.all(
  (await findContestants(pathToFileURL(join(bench, 'contestants/')))).map(async (entry) => ({
    ...entry,
    start: await startOf(entry),
  })),
)

describe.each(entries)('$name', ({ name, contestant, start }) => {
  const why = 'absent' in start ? ` (skipped: ${start.absent})` : ''
  it.skipIf(why !== '')(`counts right at every setting that it is compared at${why}`, async () => {
    const child = new ContestantProcess(name, start as readonly string[])
    try {
      for (const { ids, shards, chunkBytes, observer, factories } of settingsOf(name)) {
        const load = await loads.of({ ...LOAD, ids })
        const setting: Setting = { shards, streams: 1_024, chunkBytes, observer, factories }
        const files = { leadIn: load.leadIn, timed: load.whole.file }
        const { versions } = await child.ask({ kind: 'prepare', ...files, ...setting }, 'prepared')
        expect(Object.values(versions).every((version) => /^\d+\.\d+/.test(version))).toBe(true)
        // Twice: nothing of the first run is left in the second.
        for (let round = 0; round < 2; round++) {
          const { ns, tally } = await child.ask({ kind: 'run' }, 'ran')
          expect(ns).toBeGreaterThan(0)
          if (contestant.answers !== undefined) {
            expect(Object.keys(tally)).toEqual(expect.arrayContaining([...contestant.answers]))
          }
          const wrong = differences(load.whole.expected, tally, namesOf(contestant, observer))
          expect({ ...setting, ids, wrong }).toEqual({ ...setting, ids, wrong: [] })
        }
      }
    } finally {
      child.stop()
    }
  })
})

describe('a load', () => {
  it('is the same frames for everybody, and its expected answer follows from them', async () => {
    const { whole, quarter } = await loads.of(LOAD)
    const total = (kinds: readonly number[]): number => kinds.reduce((sum, count) => sum + count, 0)
    expect(total(whole.expected.kinds)).toBe(LOAD.leadIn + LOAD.events)
    expect(total(quarter.expected.kinds)).toBe(LOAD.leadIn + LOAD.events / 4)
    expect(whole.expected.live).toBe(LOAD.streams)
  })

  it('has other IDs where asked, and nothing else is different', async () => {
    const usual = (await loads.of(LOAD)).whole.expected
    for (const ids of ['half-uuid', 'uuid', 'one-shard', 'colliding'] as const) {
      // That they are such is checked whenever such a load is made.
      expect((await loads.of({ ...LOAD, ids })).whole.expected).toEqual(usual)
    }
  })
})
