// How an encoder says what it can't write: which field, its value, what to give.

import { EncodeError, show } from './errors.js'

/** @throws EncodeError `encode-invalid`, always */
export function fail(value: unknown, wanted: string, event: string, field: string): never {
  throw new EncodeError('encode-invalid', `${event}.${field} is ${show(value)}; give ${wanted}`)
}

/** @throws EncodeError `encode-invalid`, always: no message of the schema has this name */
export function unknownEvent(event: unknown, schema: string): never {
  const name = (event as { readonly event?: unknown } | null | undefined)?.event
  throw new EncodeError(
    'encode-invalid',
    `event is ${show(name)}; give the name of an event of the schema ${schema}`,
  )
}

/** @throws EncodeError `encode-space`, always */
export function failSpace(
  target: { readonly byteLength: number },
  at: number,
  length: number,
  event: string,
): never {
  throw new EncodeError(
    'encode-space',
    `${event} needs ${length} bytes at ${at}, there are ${target.byteLength}; give more room`,
  )
}

/** @throws EncodeError `encode-space` unless so many bytes fit */
export function room(view: DataView, at: number, length: number, event: string): void {
  if (!(at >= 0 && at + length <= view.byteLength)) failSpace(view, at, length, event)
}
