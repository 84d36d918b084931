// Random command lines: what the program takes, what it nearly takes, and what nobody
// would type.

import type { Random } from '../../mutate.js'
import { READ, ROUTINGS, SCHEMAS, WRITTEN_TO } from './places.js'

/** What a standard stream is: `none` is closed, `gone` a pipe whose reader has left, `full` a device without room. */
export interface CommandLine {
  readonly args: readonly string[]
  readonly stdin: 'frames' | 'noise' | 'empty' | 'null' | 'folder' | 'none'
  readonly stdout: 'pipe' | 'gone' | 'none' | 'full'
  readonly stderr: 'pipe' | 'gone' | 'none' | 'full'
}

/** An option that no command has. Where one stands before a `--`, and no help is asked for, it is bad usage. */
export const NO_OPTION = '--no-such-option'
export const COMMANDS = ['inspect', 'generate', 'replay', 'compile'] as const
type Command = (typeof COMMANDS)[number]

const ODD_WORDS = [
  ...[
    '',
    ' ',
    '-',
    '--',
    '---',
    '--=',
    '-=',
    '--help=yes',
    '-hh',
    '-x',
    '-o',
    '--',
    'é',
    '\u001b[2J',
    '\u202eabc',
    '\u009b31m',
    '\ud800',
  ],
  ...[
    'a\nb',
    'constructor',
    '__proto__',
    '--constructor',
    '--__proto__=1',
    '--toString',
    'x'.repeat(100_000),
    '--'.padEnd(50_000, 'y'),
  ],
  ...['$(id)', '`id`', '%s%n', '../..', '--version', 'help', NO_OPTION, NO_OPTION],
] as const
const NUMBERS = [
  ...[
    '1',
    '2',
    '3',
    '7',
    '50',
    '256',
    '257',
    '0',
    '-1',
    '1.5',
    '1e3',
    '0x10',
    ' 3',
    '3 ',
    '٣',
    '４',
    '+5',
    '',
    'NaN',
    'Infinity',
  ],
  ...[
    '4294967295',
    '4294967296',
    '9007199254740993',
    '9'.repeat(400),
    '-9223372036854775808',
    'two',
    '\u001b[31m',
  ],
] as const
/** Events that are written in no time; what is more would be a long run, and rightly so. */
const FEW = ['0', '1', '5', '300', '2000', '-1', '1.5', 'x', '', '9007199254740992'] as const
const RATES = ['100000', '1000000000', '0', '-1', '1000000001', 'x', ''] as const
const ADDRESSES = [
  'tcp://127.0.0.1:1',
  'tcp://[::1]:1',
  'tcp://127.0.0.1:99999',
  'tcp://127.0.0.1',
  'ws://a:1',
  'tcp://\u001b[2J:1',
  'tcp://a:1/x',
  ':',
  'tcp://u:p@127.0.0.1:1',
  '',
] as const

type Values = readonly [string, ...string[]]

/** Flags and what they are given. `undefined`: nothing. */
const FLAGS: Readonly<Record<Command, readonly (readonly [flag: string, values: Values | undefined])[]>> = {
  inspect: [
    ['--shards', NUMBERS],
    ['--skip-invalid', undefined],
    ['--schema', SCHEMAS],
    ['--routing', ROUTINGS],
  ],
  generate: [
    ['--events', FEW],
    ['--streams', ['1', '50', '1000', '0', '16777217', 'x', '']],
    ['--seed', NUMBERS],
    ['--rate', RATES],
    ['-o', WRITTEN_TO],
    ['--output', WRITTEN_TO],
    ['--to', ADDRESSES],
  ],
  replay: [
    ['--shards', NUMBERS],
    ['--streams', NUMBERS],
    ['--json', undefined],
    ['--schema', SCHEMAS],
    ['--routing', ROUTINGS],
  ],
  compile: [
    ['--routing', ROUTINGS],
    ['-o', WRITTEN_TO],
    ['--output', WRITTEN_TO],
  ],
}

/** A flag of the command's, or of any other's; its value beside it, joined to it, or missing. */
function flag(command: Command, random: Random): string[] {
  const own = FLAGS[random.below(8) === 0 ? random.pick(COMMANDS) : command]
  const [name, values] = own[random.below(own.length)]!
  const value =
    values === undefined ? undefined : random.below(12) === 0 ? random.pick(ODD_WORDS) : random.pick(values)
  switch (random.below(12)) {
    case 0:
      return [name]
    case 1:
      return [`${name}=${value ?? 'yes'}`]
    case 2:
      return [`${name}${value ?? ''}`]
    case 3:
      return value === undefined ? [name, name] : [name, value, name, value]
    default:
      return value === undefined ? [name] : [name, value]
  }
}

export function commandLine(random: Random): CommandLine {
  const command = random.pick(COMMANDS)
  const words: string[] = []
  const operands =
    command === 'generate' ? (random.below(8) === 0 ? 1 : 0) : random.pick([0, 1, 1, 1, 1, 2, 3])
  for (let left = operands; left > 0; left--) words.push(random.pick(command === 'compile' ? SCHEMAS : READ))
  for (let left = random.pick([0, 1, 1, 2, 2, 3, 5]); left > 0; left--) {
    words.splice(random.below(words.length + 1), 0, ...flag(command, random))
  }
  if (command === 'compile' && random.below(2) === 0) words.push('-o', random.pick(WRITTEN_TO))
  if (random.below(5) === 0) words.splice(random.below(words.length + 1), 0, random.pick(ODD_WORDS))
  if (random.below(12) === 0) words.push(random.pick(['-h', '--help']))
  // First, so that a number of events that stands behind it wins.
  if (command === 'generate') words.unshift('--events', '500')
  const first = random.below(12)
  const args = first === 0 ? words : first === 1 ? [random.pick(ODD_WORDS), ...words] : [command, ...words]
  const stream = (): 'pipe' | 'gone' | 'none' | 'full' =>
    random.below(8) === 0 ? random.pick(['gone', 'none', 'full']) : 'pipe'
  return {
    args,
    stdin: random.pick(['frames', 'frames', 'noise', 'empty', 'null', 'folder', 'none']),
    stdout: stream(),
    stderr: stream(),
  }
}
