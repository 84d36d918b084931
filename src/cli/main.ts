#!/usr/bin/env node
// The `shardwire` program: signals, standard streams and the exit code. What it
// does is decided in program.ts.

import { constants } from 'node:os'
import { inspect } from 'node:util'
import { EXIT_FAILED, Failure } from './failure.js'
import { Notes } from './notes.js'
import { Output } from './output.js'
import { runProgram } from './program.js'

/** Milliseconds that an interrupted command has to clean up and say what it did. */
const GRACE_MS = 3_000

const interrupt = new AbortController()
let interruptedBy: 'SIGINT' | 'SIGTERM' | undefined

/** Ends at once, as if nobody had listened to the signal. */
function die(signal: 'SIGINT' | 'SIGTERM'): void {
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    /* v8 ignore if -- of a process that a signal ends V8 tells nothing */
    if (interruptedBy !== undefined) return die(signal)
    interruptedBy = signal
    interrupt.abort()
    // Only a thread that hangs in a system call keeps us longer: opening a pipe that nobody reads.
    setTimeout(() => die(signal), GRACE_MS).unref()
  })
}

/** NO_COLOR, FORCE_COLOR and TERM are looked at by Node. */
const colorsOf = (stream: NodeJS.WriteStream): boolean => stream.isTTY === true && stream.hasColors()
const out = new Output(process.stdout, 'standard output', interrupt.signal)
const errors = new Output(process.stderr, 'standard error', interrupt.signal)
const notes = new Notes(errors, {
  progress: process.stderr.isTTY === true,
  colors: colorsOf(process.stderr),
  now: () => performance.now(),
})

async function main(): Promise<number> {
  try {
    const code = await runProgram(process.argv.slice(2), {
      out,
      notes,
      signal: interrupt.signal,
      isTerminal: process.stdout.isTTY === true,
      colors: colorsOf(process.stdout),
    })
    await out.flush()
    out.assertWritten()
    return code
  } catch (error) {
    if (error instanceof Failure) {
      await notes.tell(error.message)
      return error.exitCode
    }
    // Nobody is meant to see this one: all there is to know helps to mend it.
    const facts = inspect(error)
    await notes.tell(`a fault in shardwire, please report it: ${facts}`)
    return EXIT_FAILED
  } finally {
    await notes.clear()
  }
}

const code = await main()
if (interruptedBy === undefined) process.exitCode = code
else {
  await errors.flush()
  // Whatever was still being waited for, a terminal's next line say, isn't any more.
  process.exit(128 + constants.signals[interruptedBy])
}
