// shardwire inspect: each frame of recordings as one line of JSON.

import { FrameError } from '../frame-error.js'
import { createDecoder } from '../index.js'
import type { AnySchema } from '../schema.js'
import type { Command, Context } from './command.js'
import { EventWriter, type ShardFinder } from './event-json.js'
import { EXIT_DONE, EXIT_FAILED, Failure } from './failure.js'
import { type Arguments, badUsage } from './flags.js'
import { openInput } from './input.js'
import { SCHEMA_FLAGS, schemaOf } from './read-schema.js'
import { Reading } from './reading.js'
import { rejection } from './rejections.js'
import { shardFinder } from './shard-of.js'

const HELP = `usage: shardwire inspect FILE... [options]

Prints each frame of recordings as one line of JSON: event, streamId, timestamp
(milliseconds since 1970), then the event's own fields in schema order. Integers
that the schema gives as bigint are strings, since readers of JSON would round
them; bytes are strings of hexadecimal digits. Control characters, and others
that a terminal would obey, are written as \\u and four digits.

FILE            a recording: frames one after the other; its name may end in .gz
                or .br, then it is unpacked. - is standard input
--shards N      adds the shard that a router of N shards would choose, where
                there is a stream ID; N from 1 to 4294967295
--skip-invalid  goes on after a rejected frame, where its framing allows, and
                after a file that can't be read; without it, the first ends all
--schema FILE   reads the frames by this SBE schema (XML) instead of mtg's
--routing FILE  what the schema's XML can't say; FILE.routing.json beside
                FILE.xml by default, where there is one
-h, --help      prints this

A rejected frame is told on standard error, with its number from 1, its first
byte from 0 and a reason:
  shardwire: FILE: frame 17 at byte 905: block is 7 bytes, ... (block-too-short)

exit codes: 0 all frames read; 1 a frame was rejected or a file can't be read;
2 bad usage; 130 Ctrl-C. A closed pipe (... | head) is no failure.

examples:
  shardwire inspect session.sbe
  shardwire inspect --shards 4 --skip-invalid monday.sbe.gz tuesday.sbe.gz
  shardwire generate --events 1000 | shardwire inspect - | head -3
`

interface Plan {
  readonly schema: AnySchema
  readonly shardOf: ShardFinder | undefined
  readonly skipInvalid: boolean
}

/** @returns whether every frame was read */
async function inspectFile(path: string, plan: Plan, context: Context): Promise<boolean> {
  const { out, notes, signal } = context
  const decoder = createDecoder(plan.schema)
  const input = await openInput(path, signal)
  const reading = new Reading(input, notes)
  const writer = new EventWriter(plan.shardOf)
  let frames = 0
  let isWhole = true
  for await (const chunk of input.chunks) {
    for (const item of decoder.decode(chunk)) {
      frames++
      if (!(item instanceof FrameError)) {
        writer.write(item)
        continue
      }
      isWhole = false
      // Frames before a fault are shown before it is told.
      await out.write(writer.take())
      await notes.tell(rejection(path, item))
      if (!plan.skipInvalid || item.code === 'framing-lost') return false
      if (signal.aborted || out.closed) return false
    }
    await out.write(writer.take())
    if (signal.aborted || out.closed) return isWhole
    await reading.took(chunk.length, () => frames)
  }
  const cutOff = signal.aborted ? undefined : decoder.end()
  if (cutOff !== undefined) await notes.tell(rejection(path, cutOff))
  return isWhole && cutOff === undefined
}

async function run(given: Arguments, context: Context): Promise<number> {
  const { operands } = given
  if (operands.length === 0) throw badUsage('inspect', 'give a FILE to read, or - for standard input')
  if (operands.filter((path) => path === '-').length > 1) {
    throw badUsage('inspect', '- is given twice, but standard input can be read once')
  }
  const shards = given.integer('shards', 1, 4_294_967_295)
  const schema = await schemaOf('inspect', given)
  const plan: Plan = {
    schema,
    shardOf: shards === undefined ? undefined : shardFinder(schema, shards),
    skipInvalid: given.has('skip-invalid'),
  }
  let code = EXIT_DONE
  for (const path of operands) {
    try {
      if (!(await inspectFile(path, plan, context))) code = EXIT_FAILED
    } catch (error) {
      if (!(error instanceof Failure && plan.skipInvalid)) throw error
      await context.notes.tell(error.message)
      code = EXIT_FAILED
    }
    if (context.signal.aborted || context.out.closed) break
    if (code !== EXIT_DONE && !plan.skipInvalid) break
  }
  return code
}

export const inspect: Command = {
  name: 'inspect',
  summary: 'prints the frames of recordings as JSON, one a line',
  help: HELP,
  flags: { shards: { type: 'string' }, 'skip-invalid': { type: 'boolean' }, ...SCHEMA_FLAGS },
  run,
}
