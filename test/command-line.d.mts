import type { ParseArgsConfig, parseArgs } from 'node:util'

/** Bad arguments: exit code 2. */
export class UsageError extends Error {}

/** @throws UsageError an unknown option, or one without its value */
export function optionsOf<const Options extends NonNullable<ParseArgsConfig['options']>>(
  options: Options,
  args?: readonly string[],
): ReturnType<typeof parseArgs<{ options: Options }>>['values']

/** An option's value as a number. @throws UsageError */
export function wholeNumber(name: string, text: string, least: number, most: number): number

/** Runs a program that gives back its exit code. */
export function runProgram(name: string, main: () => Promise<number>): Promise<void>
