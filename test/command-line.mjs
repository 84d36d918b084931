// What the programs of the tests have in common: arguments that are refused by name,
// and exit code 2 for them.

import { parseArgs } from 'node:util'

/** Bad arguments: exit code 2. */
export class UsageError extends Error {}

/** @throws UsageError an unknown option, or one without its value */
export function optionsOf(options, args = process.argv.slice(2)) {
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    throw new UsageError(error.message)
  }
}

/** An option's value as a number. @throws UsageError */
export function wholeNumber(name, text, least, most) {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new UsageError(`--${name} ${JSON.stringify(text)}: give an integer from ${least} to ${most}`)
}

/** Runs a program that gives back its exit code. */
export async function runProgram(name, main) {
  try {
    process.exitCode = await main()
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${name}: ${error.message}\nnpm run ${name} -- --help tells what it takes\n`)
    process.exitCode = 2
  }
}
