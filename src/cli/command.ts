// What a command is, and what it is given.

import type { Arguments, Flags } from './flags.js'
import type { Notes } from './notes.js'
import type { Output } from './output.js'

/** Where a command's results and messages go. */
export interface Context {
  readonly out: Output
  readonly notes: Notes
  /** Aborted by Ctrl-C: stop, clean up, say what was done. */
  readonly signal: AbortSignal
  /** Whether results go to a terminal. */
  readonly isTerminal: boolean
  /** Whether results may be coloured. */
  readonly colors: boolean
}

export interface Command {
  readonly name: string
  /** For the list of commands. */
  readonly summary: string
  readonly help: string
  readonly flags: Flags
  /** @returns the exit code */
  run(given: Arguments, context: Context): Promise<number>
}
