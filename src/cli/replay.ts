// shardwire replay: a recording through a router and its observers, then a report.

import { FrameError } from '../frame-error.js'
import { createRouter } from '../index.js'
import { MAX_SHARDS } from '../layout.js'
import { DEFAULT_SHARDS, DEFAULT_STREAMS, MAX_STREAMS } from '../limits.js'
import type { Router } from '../router.js'
import type { Command, Context } from './command.js'
import { EXIT_DONE, EXIT_FAILED, Failure, isAbort } from './failure.js'
import { type Arguments, badUsage } from './flags.js'
import { type Input, openInput } from './input.js'
import { SCHEMA_FLAGS, schemaOf } from './read-schema.js'
import { Reading } from './reading.js'
import { Rejections } from './rejections.js'
import { makeReport, reportJson, reportTable } from './replay-report.js'
import { tallyOf } from './tally.js'

const HELP = `usage: shardwire replay FILE [options]

Routes a recording through a router with one observer a shard, as fast as it
goes, and reports: events by kind and shard, bytes in each direction and the
longest session (of mtg's events), the ledger, the rate.

FILE            a recording: frames one after the other; its name may end in .gz
                or .br, then it is unpacked. - is standard input
--shards N      shards, 1 to ${MAX_SHARDS}; ${DEFAULT_SHARDS} by default
--streams N     live streams before idle ones give way, 1 to ${MAX_STREAMS};
                ${DEFAULT_STREAMS} by default
--json          the report as one JSON object instead of tables
--schema FILE   reads the frames by this SBE schema (XML) instead of mtg's;
                the report then has events, ledger and rate
--routing FILE  what the schema's XML can't say; FILE.routing.json beside
                FILE.xml by default, where there is one
-h, --help      prints this

Rejected frames are told on standard error, ten a second at most, and counted in
the ledger. Ctrl-C ends the reading: the report is about what was read so far.

exit codes: 0 all frames routed; 1 a frame was rejected or the file can't be
read; 2 bad usage; 130 Ctrl-C

examples:
  shardwire replay session.sbe
  shardwire replay session.sbe.br --shards 8 --json
  shardwire generate | shardwire replay -
`

/** Writes the input to the router until it ends, is interrupted, or its framing is lost. */
async function route(input: Input, router: Router, reading: Reading, context: Context): Promise<void> {
  const { signal } = context
  const source = router.source()
  try {
    for await (const chunk of input.chunks) {
      source.write(chunk)
      await source.ready({ signal })
      await reading.took(chunk.length, () => router.stats().received)
    }
    if (!signal.aborted) await source.end({ signal })
  } catch (error) {
    // Lost framing has been told already, or is counted by its reason.
    if (!(error instanceof FrameError || isAbort(error))) throw error
  }
}

async function run(given: Arguments, context: Context): Promise<number> {
  const [path, extra] = given.operands
  if (path === undefined) throw badUsage('replay', 'give a FILE to replay, or - for standard input')
  if (extra !== undefined) throw badUsage('replay', `give one FILE; ${JSON.stringify(extra)} is one too many`)
  const shards = given.integer('shards', 1, MAX_SHARDS) ?? DEFAULT_SHARDS
  const streams = given.integer('streams', 1, MAX_STREAMS) ?? DEFAULT_STREAMS
  const schema = await schemaOf('replay', given)
  const tally = tallyOf(schema)
  const input = await openInput(path, context.signal)
  const rejections = new Rejections(path, context.notes)
  const router = createRouter(schema, {
    shards,
    streams,
    observers: [tally.factory],
    onFrameError: (error) => {
      // Ctrl-C cuts a frame off: counted, but nobody's mistake.
      if (!(context.signal.aborted && error.reason === 'truncated')) rejections.tell(error)
    },
  })
  const reading = new Reading(input, context.notes)
  let failure: Failure | undefined
  try {
    await route(input, router, reading, context)
  } catch (error) {
    // The input broke off: what came before it is reported all the same.
    if (!(error instanceof Failure) || reading.bytes === 0) throw error
    failure = error
  }
  const { seconds, bytes } = reading
  const stats = await router.shutdown()
  if (!context.signal.aborted) await rejections.finish(stats.rejectedBy)
  if (failure !== undefined) await context.notes.tell(failure.message)
  await context.notes.clear()
  const interrupted = context.signal.aborted
  const report = makeReport({ file: path, schema, interrupted, bytes, seconds, tally, stats })
  await context.out.write(given.has('json') ? reportJson(report) : reportTable(report, context.colors))
  if (interrupted) await context.notes.tell(`${path}: interrupted; the report is about what was read so far`)
  return stats.rejected > 0 || failure !== undefined ? EXIT_FAILED : EXIT_DONE
}

export const replay: Command = {
  name: 'replay',
  summary: 'routes a recording through observers and reports what they saw',
  help: HELP,
  flags: {
    shards: { type: 'string' },
    streams: { type: 'string' },
    json: { type: 'boolean' },
    ...SCHEMA_FLAGS,
  },
  run,
}
