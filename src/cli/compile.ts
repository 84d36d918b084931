// shardwire compile: an SBE schema to TypeScript.

import { stat } from 'node:fs/promises'
import type { Command, Context } from './command.js'
import { EXIT_DONE } from './failure.js'
import { type Arguments, badUsage } from './flags.js'
import { Target } from './target.js'

const HELP = `usage: shardwire compile SCHEMA.xml -o FILE.ts [options]

Compiles an SBE schema to TypeScript: its event types, observer interface,
decoder and encoder, and the table that the router's core reads. Needs the
package saxes (npm install saxes); what it writes doesn't.

SCHEMA.xml      the schema, as the standard's own tools read it
--routing FILE  what SBE can't say: which field is the key, which messages open
                and end a stream; SCHEMA.routing.json by default, where there is
                one
-o, --output FILE
                the TypeScript file. It is written when the schema is compiled;
                a schema that is refused leaves it as it was. - is standard
                output
-h, --help      prints this

exit codes: 0 compiled; 1 the schema is refused, or a file can't be read or
written; 2 bad usage

example:
  shardwire compile my-events.xml -o src/my-events.gen.ts
`

/** Whether both names are of one file that exists. */
async function isSameFile(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([one, other].map((name) => stat(name).catch(() => undefined)))
  return first !== undefined && first.dev === second?.dev && first.ino === second.ino
}

async function run(given: Arguments, context: Context): Promise<number> {
  const [path, extra] = given.operands
  if (path === undefined) throw badUsage('compile', 'give the SCHEMA.xml to compile')
  if (extra !== undefined)
    throw badUsage('compile', `give one schema; ${JSON.stringify(extra)} is one too many`)
  const file = given.text('output')
  if (file === undefined) throw badUsage('compile', 'give -o FILE.ts to write, or -o - for standard output')
  for (const input of [path, given.text('routing') ?? '']) {
    if (await isSameFile(input, file)) {
      throw badUsage('compile', `-o ${JSON.stringify(file)} is an input; give another FILE.ts to write`)
    }
  }
  const { compileFile } = await import('./compiler.js')
  const { typescript: text, isKeyed } = await compileFile(path, given.text('routing'))
  if (!isKeyed) {
    await context.notes.tell(
      `note: no message of ${path} has a key, so its events go to any shard; name one in a routing file (--routing)`,
    )
  }
  if (file === '-') {
    await context.out.write(text)
    return EXIT_DONE
  }
  const target = await Target.open(file)
  try {
    await target.write(Buffer.from(text))
  } catch (error) {
    await target.discard()
    throw error
  }
  await target.commit()
  return EXIT_DONE
}

export const compile: Command = {
  name: 'compile',
  summary: 'compiles an SBE schema to TypeScript',
  help: HELP,
  flags: { routing: { type: 'string' }, output: { type: 'string', short: 'o' } },
  run,
}
