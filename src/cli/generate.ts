// shardwire generate: an mtg-like load.

import { setImmediate } from 'node:timers/promises'
import { generateLoad, LOAD_MAX_STREAMS } from '../load.js'
import type { Command, Context } from './command.js'
import { type Destination, fileDestination, standardOutput, tcpDestination } from './destination.js'
import { EXIT_DONE, isAbort } from './failure.js'
import { type Arguments, badUsage } from './flags.js'
import { paced, unpaced } from './pace.js'
import { bytesText, grouped } from './text.js'

const DEFAULT_EVENTS = 1_000_000
const DEFAULT_STREAMS = 10_000
const DEFAULT_SEED = 1
const MAX_SEED = 0xffff_ffff
/** Events a second. Beyond it no pause between two pieces is left. */
const MAX_RATE = 1_000_000_000

const HELP = `usage: shardwire generate [options]

Writes frames such as mtg sends under load: about 88 % traffic, the rest starts,
finishes and all other events. The same bytes for the same numbers, seed and
version, on every machine.

--events N      events in all; ${DEFAULT_EVENTS} by default, about 54 bytes each
--streams N     streams live at a time, 1 to ${LOAD_MAX_STREAMS}; ${DEFAULT_STREAMS} by default
--seed N        chooses the load, 0 to ${MAX_SEED}; ${DEFAULT_SEED} by default
--rate N        events a second at most, 1 to ${MAX_RATE}; as fast as it goes by
                default
-o, --output FILE
                writes a file. It appears when it is complete; until then there
                is FILE.<random>.part beside it. - is standard output, as is the
                default, unless that is a terminal
--to URL        sends to a TCP receiver, tcp://HOST:PORT
-h, --help      prints this

exit codes: 0 all written; 1 it can't be written; 2 bad usage; 130 Ctrl-C, no
file is left. A closed pipe (... | head) is no failure.

examples:
  shardwire generate -o load.sbe
  shardwire generate --streams 50 --seed 7 | shardwire inspect - | head
  shardwire generate --rate 5000 --to tcp://127.0.0.1:7400
`

async function destinationOf(given: Arguments, context: Context): Promise<Destination> {
  const file = given.text('output')
  const to = given.text('to')
  if (file !== undefined && to !== undefined) {
    throw badUsage('generate', 'give either -o FILE or --to URL, not both')
  }
  if (to !== undefined) return tcpDestination(to, context.signal)
  return file === undefined || file === '-' ? standardOutput(context) : fileDestination(file)
}

interface Load {
  readonly events: number
  readonly streams: number
  readonly seed: number
  readonly rate: number | undefined
}

/** @returns whether all of it was written */
async function writeLoad(load: Load, destination: Destination, context: Context): Promise<boolean> {
  const { signal, notes } = context
  const { events, streams, seed, rate } = load
  const chunks = generateLoad({ events, streams, seed })
  let written = 0
  let bytesWritten = 0
  try {
    for await (const { bytes, frames } of rate === undefined
      ? unpaced(chunks)
      : paced(chunks, rate, signal)) {
      if (!(await destination.write(bytes))) return false
      // Writing to a file doesn't wait for anything: Ctrl-C has to be let in.
      await setImmediate()
      if (signal.aborted) return false
      written += frames
      bytesWritten += bytes.length
      await notes.progress(() => {
        const share = `${Math.floor((100 * written) / events)} %`
        return `${grouped(written)} of ${grouped(events)} events (${share}), ${bytesText(bytesWritten)}`
      })
    }
  } catch (error) {
    if (!isAbort(error)) throw error
    return false
  }
  return true
}

async function run(given: Arguments, context: Context): Promise<number> {
  const [extra] = given.operands
  if (extra !== undefined) {
    throw badUsage(
      'generate',
      `${JSON.stringify(extra)} is one too many; a file to write is given by -o FILE`,
    )
  }
  const load: Load = {
    events: given.integer('events', 0, Number.MAX_SAFE_INTEGER) ?? DEFAULT_EVENTS,
    streams: given.integer('streams', 1, LOAD_MAX_STREAMS) ?? DEFAULT_STREAMS,
    seed: given.integer('seed', 0, MAX_SEED) ?? DEFAULT_SEED,
    rate: given.integer('rate', 1, MAX_RATE),
  }
  const destination = await destinationOf(given, context)
  let isComplete = false
  try {
    isComplete = await writeLoad(load, destination, context)
    if (isComplete) await destination.commit()
  } finally {
    if (!isComplete) await destination.discard()
  }
  return EXIT_DONE
}

export const generate: Command = {
  name: 'generate',
  summary: 'writes a load of frames such as mtg sends',
  help: HELP,
  flags: {
    events: { type: 'string' },
    streams: { type: 'string' },
    seed: { type: 'string' },
    rate: { type: 'string' },
    output: { type: 'string', short: 'o' },
    to: { type: 'string' },
  },
  run,
}
