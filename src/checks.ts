// Checks of options: errors that name the option, its value and what it takes. Apart from
// options.ts, so that whoever checks options needs no core.

import { OptionError, show, UsageError } from './errors.js'
import type { AbortSignalLike } from './platform-types.js'
import type { WaitOptions } from './waiters.js'

/** Whether a value is an object, which functions aren't here. */
export const isObject = <O extends object>(value: unknown): value is O =>
  typeof value === 'object' && value !== null

/** @throws OptionError `option-invalid`, always */
export function refuse(name: string, value: unknown, wanted: string): never {
  throw new OptionError('option-invalid', `${name} is ${show(value)}; give ${wanted}`)
}

/** @throws OptionError `option-invalid` */
export function functionOption(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') refuse(name, value, 'a function')
}

/** @throws OptionError `option-invalid` */
export function integerOption(
  name: string,
  value: unknown,
  fallback: number,
  low: number,
  high: number,
): number {
  if (value === undefined) return fallback
  if (typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high) return value
  return refuse(name, value, `a whole number from ${low} to ${high}`)
}

/**
 * Refuses what are no options, and names that none has, such as `observer` for `observers`.
 * @throws OptionError `option-invalid`, `option-unknown`
 */
export function knownOptions(where: string, options: object, names: readonly string[]): void {
  if (!isObject(options)) refuse('options', options, 'an object')
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue
    throw new OptionError(
      'option-unknown',
      `${where} has no option ${show(name)}; it takes ${names.join(', ')}`,
    )
  }
}

/** @throws OptionError `option-invalid` unless it is undefined or, in shape, an AbortSignal */
export function signalOption(signal: unknown): void {
  if (signal !== undefined && typeof (signal as AbortSignalLike | null)?.addEventListener !== 'function')
    refuse('signal', signal, 'an AbortSignal')
}

/** The signal of what every wait takes. @throws OptionError `option-invalid` */
export function signalIn(options: WaitOptions): AbortSignalLike | undefined {
  if (!isObject<WaitOptions>(options)) refuse('options', options, 'an object')
  const { signal } = options
  signalOption(signal)
  return signal
}

/** Whether a source can take it: told by its shape, since another realm's Uint8Array is an instance of none here. */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && (value as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT === 1
}

/** @throws UsageError `chunk-invalid` a method was given no bytes */
export function assertBytes(method: string, chunk: unknown): void {
  if (!isBytes(chunk))
    throw new UsageError('chunk-invalid', `${method} takes a Uint8Array, not ${typeof chunk}`)
}
