// What `npm run bench` takes on its command line.

import { parseArgs } from 'node:util'
import type { Effort } from './harness.js'
import { SETS } from './sets.js'

/** Bad arguments: exit code 2. */
export class UsageError extends Error {}

/** What `--only` takes beside contestants and sets. */
export const START_UP = 'start-up'

export const HELP = `Times shardwire beside its rivals, on the same bytes, in one run.

usage: npm run bench -- [options]

  --quick        fewer sizes, events and rounds: a first impression, in under two minutes
  --only NAME    only this contestant, or this set of comparisons; may be given again
  --events N     events a run instead of 1048576 (262144 with --quick)
  --json FILE    write the result as JSON, too
  --list         what contestants and sets there are
  --help         this text

  --plot FILE    times nothing: makes RESULTS.md and its plots from a file that --json wrote
  --out DIR      into this folder instead of bench

Exit code: 0 done; 1 a contestant counted wrong or failed; 2 bad usage.
`

/** What is to be done. */
export type Task =
  | { readonly kind: 'help' }
  | { readonly kind: 'list' }
  | { readonly kind: 'plot'; readonly file: string; readonly out: string | undefined }
  | {
      readonly kind: 'bench'
      readonly quick: boolean
      /** Empty: all. */
      readonly contestants: readonly string[]
      /** Empty: all in which the contestants are. */
      readonly sets: readonly string[]
      readonly events: number
      readonly json: string | undefined
    }

const OPTIONS = {
  quick: { type: 'boolean' },
  only: { type: 'string', multiple: true },
  events: { type: 'string' },
  json: { type: 'string' },
  plot: { type: 'string' },
  out: { type: 'string' },
  list: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** Names that the sets have, though the contestant isn't there: to tell that from a slip. */
const listed = (): string[] =>
  SETS.flatMap(({ blocks }) => blocks.flatMap(({ contestants }) => contestants ?? []))

/** @throws UsageError */
export function readTask(args: readonly string[], contestants: readonly string[]): Task {
  const { quick = false, only = [], events, json, plot, out, list, help } = parsed(args)
  if (help) return { kind: 'help' }
  if (list) return { kind: 'list' }
  if (plot !== undefined) {
    const other = Object.entries({ quick, events, json, only: only.length > 0 }).find(([, value]) => value)
    if (other !== undefined)
      throw new UsageError(`--plot times nothing, so --${other[0]} has no meaning beside it`)
    return { kind: 'plot', file: plot, out }
  }
  if (out !== undefined) throw new UsageError('--out is for --plot')
  const sets = [START_UP, ...SETS.map(({ name }) => name)]
  const known = [...contestants, ...listed()]
  const unknown = only.find((name) => !known.includes(name) && !sets.includes(name))
  if (unknown !== undefined) {
    const there = `contestants ${contestants.join(', ')}, and sets ${sets.join(', ')}`
    throw new UsageError(`--only ${unknown}: no such contestant or set; there are ${there}`)
  }
  const missing = only.find((name) => !contestants.includes(name) && !sets.includes(name))
  if (missing !== undefined)
    throw new UsageError(`--only ${missing}: there is no file contestants/${missing}.ts`)
  const count = events === undefined ? (quick ? 262_144 : 1_048_576) : Number(events)
  if (!Number.isSafeInteger(count) || count < 1 || count > 2 ** 24) {
    throw new UsageError(`--events ${events}: give an integer from 1 to ${2 ** 24}`)
  }
  return {
    kind: 'bench',
    quick,
    contestants: only.filter((name) => contestants.includes(name)),
    sets: only.filter((name) => sets.includes(name)),
    events: count,
    json,
  }
}

const MANY_STREAMS = 1_000_000

/** How often. Where a lead-in has millions of events, it takes longer than what is timed, and spreads less. */
export function effortOf(events: number, quick: boolean, streams: number): Effort {
  if (quick) return { events, leadIn: 131_072, warmUps: 1, rounds: 3 }
  const leadIn = 262_144
  if (streams >= MANY_STREAMS) return { events, leadIn, warmUps: 1, rounds: 5 }
  return { events, leadIn, warmUps: 3, rounds: 9 }
}
