// What npm run planted-faults is asked for.

import { optionsOf, UsageError, wholeNumber } from '../command-line.mjs'
import { FAULTS, type Fault } from './faults.js'

export const HELP = `Plants faults in copies of the project, one at a time, and has the simulation, the fuzzer or a test look for each.

usage: npm run planted-faults -- [options]

  --tier T       push, nightly or all: nightly includes push, all is the same (push)
  --only N,M     these numbers instead
  --jobs J       processes at once (2)
  --seeds K      also tells how many of K generic seeds notice each simulated fault (0; 200 with --tier nightly)
  --json         one JSON object
  --list         the faults, without planting any
  --keep         leaves the copies in build/planted/
  --help         this text

Exit code: 0 an oracle noticed each fault, and nothing where none was planted; 1 otherwise; 2 bad usage.
`

export interface Arguments {
  readonly faults: readonly Fault[]
  readonly jobs: number
  readonly seeds: number
  readonly json: boolean
  readonly list: boolean
  readonly keep: boolean
  readonly help: boolean
}

/** @throws UsageError */
export function readArguments(args: readonly string[]): Arguments {
  const options = {
    tier: { type: 'string', default: 'push' },
    only: { type: 'string' },
    jobs: { type: 'string', default: '2' },
    seeds: { type: 'string' },
    json: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const
  const values = optionsOf(options, args)
  const { tier, only, json, list, keep, help } = values
  if (tier !== 'push' && tier !== 'nightly' && tier !== 'all')
    throw new UsageError(`--tier ${tier}: give push, nightly or all`)
  const seeds = values.seeds ?? (tier === 'push' ? '0' : '200')
  return {
    faults:
      only === undefined ? FAULTS.filter((fault) => tier !== 'push' || fault.tier === 'push') : pick(only),
    jobs: wholeNumber('jobs', values.jobs, 1, 64),
    seeds: wholeNumber('seeds', seeds, 0, 1e6),
    json,
    list,
    keep,
    help,
  }
}

function pick(only: string): Fault[] {
  return only.split(',').map((text) => {
    const number = wholeNumber('only', text, 1, 1e6)
    const fault = FAULTS.find((one) => one.number === number)
    if (fault === undefined)
      throw new UsageError(`--only ${number}: there is no such fault; --list tells which are`)
    return fault
  })
}
