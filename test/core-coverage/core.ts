// npm run coverage:core [-- --mutants]: which way each condition of the core went in
// the tests; with --mutants, whether they notice when it goes another.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { instrumentDebug } from '../instrument.mjs'
import { exceptions } from './exceptions.js'
import { begin, begun, keepReport, keptCounts } from './files.js'
import { Hits, judge, listing, nameOf, untaken, waysOf } from './hits.js'
import { mutants } from './mutants.js'

function runTests(): boolean {
  const vitest = join(process.cwd(), 'node_modules/vitest/vitest.mjs')
  const parameters = ['run', '--config', 'test/core-coverage/vitest.config.ts']
  const { status, stdout } = spawnSync(process.execPath, [vitest, ...parameters], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  })
  if (status !== 0) console.error(stdout)
  return status === 0
}

/** A line a file: ways taken of ways. */
function summary(hits: Hits, excepted: ReadonlySet<string>): string[] {
  const files = [...new Set(hits.sites.map(({ file }) => file))].sort()
  return files.map((file) => {
    const ways = hits.sites
      .filter((site) => site.file === file)
      .flatMap((site) => waysOf(site).map((way) => ({ site, way })))
    const taken = ways.filter(({ site, way }) => hits.count(site, way) > 0).length
    const left = ways.filter(({ site, way }) => excepted.has(`${site.id}/${way}`)).length
    const percent = ((100 * taken) / (ways.length - left)).toFixed(1)
    return `${file.padEnd(24)} ${taken} of ${ways.length} ways${left > 0 ? `, ${left} excepted` : ''}: ${percent} %`
  })
}

/** What a run found: faults, and numbers for whoever sums up. */
interface Found {
  readonly faults: readonly string[]
  readonly numbers: Readonly<Record<string, number>>
}

function cover(): Found {
  const passed = runTests()
  const hits = new Hits(begun().sites)
  for (const counts of keptCounts()) hits.add(counts)
  const { faults, excepted } = judge(hits.sites, untaken(hits), exceptions, 'untaken')
  console.log(summary(hits, excepted).join('\n'))
  console.log(`each condition: ${keepReport('conditions.txt', listing(hits))}`)
  const ways = hits.sites.reduce((sum, site) => sum + waysOf(site).length, 0)
  const numbers = { ways, taken: ways - untaken(hits).size, excepted: excepted.size }
  return { faults: passed ? faults : ['tests failed', ...faults], numbers }
}

async function force(): Promise<Found> {
  const all = await mutants()
  const unnoticed = all.filter(({ oracle }) => oracle === undefined)
  const keys = new Set(unnoticed.map(({ site, way }) => `${site.id}/${way}`))
  const { faults, excepted } = judge(begun().sites, keys, exceptions, 'unnoticed')
  const by = new Map<string, number>()
  for (const { oracle = 'nobody' } of all) by.set(oracle, (by.get(oracle) ?? 0) + 1)
  const counts = [...by].sort(([, one], [, two]) => two - one)
  console.log(
    `${all.length} forced conditions, noticed by\n${counts.map(([oracle, count]) => `${String(count).padStart(5)} ${oracle}`).join('\n')}\n${excepted.size} excepted`,
  )
  const lines = all.map(({ site, way, oracle }) => `${nameOf(site)} = ${way}: ${oracle ?? 'nobody'}`)
  console.log(`each: ${keepReport('forced.txt', `${lines.join('\n')}\n`)}`)
  const numbers = { mutants: all.length, noticed: all.length - unnoticed.length, excepted: excepted.size }
  return { faults, numbers }
}

const { values } = parseArgs({
  options: {
    mutants: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
begin(await instrumentDebug({ conditions: true }))
const { faults, numbers } = values.mutants ? await force() : cover()
for (const fault of faults) console.error(fault)
if (values.json) console.log(JSON.stringify({ ...numbers, faults: faults.length }))
process.exitCode = faults.length > 0 ? 1 : 0
