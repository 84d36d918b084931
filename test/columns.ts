// What the columns of a batch have to hold, told by the events of its rows, which are
// read from the same bytes in quite another way: a field at a time, by generated code.

import { mtg } from '../src/mtg/index.js'
import type { Template } from '../src/schema.js'

type Named = Pick<Template, 'event' | 'numbers'>

interface Rows {
  readonly start: number
  readonly end: number
  readonly fields: object
  event(row: number): { readonly event: string }
}

/** A member of an event; `price.mantissa` is one of a composite. Undefined where there is none. */
function memberOf(event: object, name: string): unknown {
  let value: unknown = event
  for (const part of name.split('.')) {
    if (value === null || value === undefined) return value
    value = (value as Record<string, unknown>)[part]
  }
  return value
}

/** An event's value as a column holds it; undefined for what no event tells: a null or a name as it stands on the wire. */
function asNumber(value: unknown, isBig: boolean): number | bigint | undefined {
  if (value === undefined) return isBig ? 0n : 0
  if (value === null) return isBig ? undefined : Number.NaN
  if (typeof value === 'string') return undefined
  return typeof value === 'bigint' ? value : Number(value)
}

/**
 * The first difference between a batch's columns and its events, in words; undefined when there is none.
 * @param templates say only of which fields a null is a number's
 */
export function columnFault(batch: Rows, templates: readonly Named[] = mtg.templates): string | undefined {
  for (const name in batch.fields) {
    const column = (batch.fields as Record<string, ArrayLike<number | bigint>>)[name]!
    const isBig = typeof column[0] === 'bigint'
    for (let row = batch.start; row < batch.end; row++) {
      const event = batch.event(row)
      const value = memberOf(event, name)
      const isOther =
        value === null &&
        !templates.some(
          (template) =>
            template.event === event.event && template.numbers.some(({ field }) => field === name),
        )
      const expected = asNumber(isOther ? undefined : value, isBig)
      if (expected !== undefined && !Object.is(column[row], expected))
        return `${name} of row ${row}, ${event.event}, is ${column[row]}, not ${expected}`
    }
  }
  return undefined
}
