// What the compiler refuses, and where.

import { ShardwireError } from '../errors.js'
import { isNear } from '../near.js'

/** A place in a file, both from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/**
 * A schema or routing file that can't be compiled. The message reads
 * `FILE:LINE:COLUMN: what: why; what to do`. Codes: `schema-invalid` it breaks the
 * standard's rules, `schema-unsupported` it asks for what isn't built yet,
 * `routing-invalid` the routing file is at fault.
 */
export class SchemaError extends ShardwireError {
  override readonly name = 'SchemaError'
  readonly file: string
  /** From 1; absent where a routing file's path in the JSON says where. */
  readonly line: number | undefined
  readonly column: number | undefined
  constructor(code: string, file: string, at: Position | undefined, message: string) {
    const what = shorten(message)
    super(code, at === undefined ? `${file}: ${what}` : `${file}:${at.line}:${at.column}: ${what}`)
    this.file = file
    this.line = at?.line
    this.column = at?.column
  }
}

/** Characters of a message, its place apart: what it quotes of the file is of any length. */
const MAX_MESSAGE = 1_000

/** What is said first and what is to be done, last, stay. */
function shorten(message: string): string {
  if (message.length <= MAX_MESSAGE) return message
  return `${message.slice(0, MAX_MESSAGE / 2)} … ${message.slice(-MAX_MESSAGE / 2)}`
}

/** Letters that may differ before a name counts as another: two, one in a name of three, none in a shorter one. */
const slipsIn = (name: string): number => Math.max(0, Math.min(2, name.length - 2))

/** The names nearest to a misspelt one, as the end of a message; `''` when none is near. */
export function suggest(wrong: string, known: Iterable<string>): string {
  const near = [...known].filter((name) => {
    const slips = Math.min(slipsIn(wrong), slipsIn(name))
    return isNear(wrong.toLowerCase(), name.toLowerCase(), slips)
  })
  return near.length === 0 ? '' : `did you mean ${near.slice(0, 3).join(' or ')}?`
}
