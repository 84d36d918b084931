// From the arguments to the command.

import { ShardwireError } from '../errors.js'
import type { Command, Context } from './command.js'
import { compile } from './compile.js'
import { EXIT_DONE, failed } from './failure.js'
import { badUsage, didYouMean, readArguments } from './flags.js'
import { generate } from './generate.js'
import { inspect } from './inspect.js'
import { replay } from './replay.js'
import { version } from './version.js'

const COMMANDS: readonly Command[] = [inspect, generate, replay, compile]
const NAMES = COMMANDS.map(({ name }) => name)

const HELP = `usage: shardwire <command> [options]

Binary event frames in, typed observer calls out.

${COMMANDS.map(({ name, summary }) => `${name.padEnd(10)}${summary}`).join('\n')}

-h, --help      prints this, or the help of a command: shardwire inspect --help
--version       prints the version

exit codes: 0 done; 1 bad data or a failed run; 2 bad usage; 130 Ctrl-C.
Results go to standard output, all else to standard error.
`

/** The program's own flags, without a command. */
async function runBare(argv: readonly string[], context: Context): Promise<number> {
  const given = readArguments('', argv, { version: { type: 'boolean' } })
  const [extra] = given.operands
  if (extra !== undefined)
    throw badUsage('', `${JSON.stringify(extra)} comes after an option; give the command first`)
  if (given.help) await context.out.write(HELP)
  else if (given.has('version')) await context.out.write(`${await version()}\n`)
  else throw badUsage('', `give a command: ${NAMES.join(', ')}`)
  return EXIT_DONE
}

/**
 * @param argv without the program's name
 * @returns the exit code
 */
export async function runProgram(argv: readonly string[], context: Context): Promise<number> {
  const [first, ...rest] = argv
  if (first === undefined) return runBare([], context)
  if (first.startsWith('-')) return runBare(argv, context)
  if (first === 'help') return runProgram([...rest, '--help'], context)
  const command = COMMANDS.find(({ name }) => name === first)
  if (command === undefined) {
    throw badUsage('', `there is no command ${JSON.stringify(first)}${didYouMean(first, NAMES)}`)
  }
  const given = readArguments(command.name, rest, command.flags)
  if (given.help) {
    await context.out.write(command.help)
    return EXIT_DONE
  }
  try {
    return await command.run(given, context)
  } catch (error) {
    // Our own errors say what to do already.
    throw error instanceof ShardwireError ? failed(error.message) : error
  }
}
