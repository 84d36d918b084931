// A command's arguments: flags and operands, checked so that each mistake gets a
// line that says what to write instead.

import { type ParseArgsConfig, parseArgs } from 'node:util'
import { suggest } from '../compile/schema-error.js'
import { EXIT_USAGE, Failure } from './failure.js'

export interface Flag {
  readonly type: 'boolean' | 'string'
  readonly short?: string
}

export type Flags = Readonly<Record<string, Flag>>

export interface Arguments {
  readonly operands: readonly string[]
  /** Whether `--help` stands anywhere. */
  readonly help: boolean
  has(name: string): boolean
  text(name: string): string | undefined
  /** @throws Failure unless it is a whole number in this range */
  integer(name: string, low: number, high: number): number | undefined
}

const HELP: Flags = { help: { type: 'boolean', short: 'h' } }

/** A mistake in the arguments; `command` is '' for the program itself. */
export function badUsage(command: string, message: string): Failure {
  const help = command === '' ? 'shardwire --help' : `shardwire ${command} --help`
  return new Failure(EXIT_USAGE, `${message}; see ${help}`)
}

/** `; did you mean X?`, or nothing when no name is like it. */
export function didYouMean(name: string, names: readonly string[]): string {
  const meant = suggest(name, names)
  return meant === '' ? '' : `; ${meant}`
}

/** @throws Failure exit code 2, for anything that the command doesn't take */
export function readArguments(command: string, argv: readonly string[], own: Flags): Arguments {
  const flags: Flags = { ...own, ...HELP }
  const options = flags as NonNullable<ParseArgsConfig['options']>
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true })
  const operands: string[] = []
  const values = new Map<string, string>()
  const help = tokens.some((token) => token.kind === 'option' && token.name === 'help')
  for (const token of tokens) {
    if (help) break
    if (token.kind === 'positional') operands.push(token.value)
    if (token.kind !== 'option') continue
    const { name, rawName, value, inlineValue } = token
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined
    if (flag === undefined) {
      const known = Object.keys(flags).map((known) => `--${known}`)
      throw badUsage(command, `there is no ${rawName}${didYouMean(rawName, known)}`)
    }
    if (flag.type === 'boolean' && value !== undefined) {
      throw badUsage(command, `${rawName} takes no value, it is given ${JSON.stringify(value)}`)
    }
    // A following flag isn't a value; a number below zero is one, though out of range.
    const swallowed = inlineValue === false && /^-[^\d]/.test(value)
    if (flag.type === 'string' && (value === undefined || value === '' || swallowed)) {
      throw badUsage(command, `${rawName} needs a value`)
    }
    values.set(name, value ?? '')
  }
  return {
    operands,
    help,
    has: (name) => values.has(name),
    text: (name) => values.get(name),
    integer: (name, low, high) => {
      const value = values.get(name)
      if (value === undefined) return undefined
      const number = /^\d+$/.test(value) ? Number(value) : Number.NaN
      if (number >= low && number <= high) return number
      const range = `give a whole number from ${low} to ${high}`
      throw badUsage(command, `--${name} is ${JSON.stringify(value)}; ${range}`)
    },
  }
}
