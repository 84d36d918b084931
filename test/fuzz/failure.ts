// What an oracle says when the product didn't do what it promises.

/** Everything that can be found wrong; planted faults are judged by these names. */
export const ORACLES = {
  'same-events': 'an event is the one that the reference reads',
  'same-reasons': 'a frame is rejected exactly when, and why, the reference rejects it',
  'same-offsets': 'an error says where its frame begins, and which frame it is',
  'same-cuts': 'however the bytes are cut, the same comes out',
  'same-tables': 'generated code and interpreter describe the same schema',
  'references-agree': 'the quick reference reads what the clear one reads',
  affinity: 'a stream’s events come to the shard that its ID hashes to',
  slots: 'a slot is one stream’s from its first event to its release',
  releases: 'a stream’s end, restart or eviction is told, in its place, and only then',
  spread: 'events without an ID are spread evenly',
  'all-taken': 'a router whose observers return at once takes all of a chunk',
  ledger: 'the statistics are what happened',
  canaries: 'nobody writes between the regions of the core’s memory',
  'no-trap': 'the core never traps',
  'typed-error': 'what is thrown is a typed error with a known code',
  'exit-status': 'the command line ends with 0, 1 or 2, as its contract says',
  messages: 'messages go to standard error, begin with "shardwire: " and are no stack',
  results: 'what a command prints is what it promises to print',
  'no-control-characters': 'nothing that a terminal would obey is printed',
  'bounded-output': 'no message or output grows beyond its input’s bounds',
  prototypes: 'nothing is added to the prototypes of the language',
  parses: 'generated code is well-formed TypeScript',
  'type-checks': 'generated code has no type errors',
  'no-injection': 'text of a schema stays in its comment or string',
  ends: 'everything ends by itself',
  'no-crash': 'the process of a run lives',
} as const

export type Oracle = keyof typeof ORACLES

/** Facts that print on a line each. */
export type Facts = Readonly<Record<string, unknown>>

export class FuzzFailure extends Error {
  readonly oracle: Oracle
  readonly facts: Facts
  /** The input, where it is found only later which one it was. */
  input: number | string | undefined
  constructor(oracle: Oracle, what: string, facts: Facts = {}, options?: ErrorOptions) {
    super(what, options)
    this.oracle = oracle
    this.facts = facts
  }
}

/** A failure as plain data, with what replays it: what a worker hands over. */
export interface Report {
  readonly oracle: Oracle
  readonly what: string
  readonly facts: Readonly<Record<string, string>>
  readonly kind: Kind
  readonly seed: number
  /** Number of the input of its kind; or the corpus file. */
  readonly input: number | string
  /** Where the input was written to, if it could be made one. */
  readonly saved?: string
  readonly stack?: string
}

export const KINDS = ['frames', 'schemas', 'cli'] as const
export type Kind = (typeof KINDS)[number]

/** A value in one line, however long or cyclic. */
export function shown(value: unknown): string {
  let text: string | undefined
  if (typeof value === 'string') text = value
  else {
    try {
      text = JSON.stringify(value, (_key, one) => (typeof one === 'bigint' ? `${one}n` : one))
    } catch {
      // Cyclic, or a getter threw.
    }
  }
  const line = (text ?? String(value)).replaceAll('\n', '\\n')
  return line.length > 2_000 ? `${line.slice(0, 2_000)}… (${line.length} characters)` : line
}

/** Anything that was thrown, as a failure: what isn't an oracle's own is the product's. */
export function failureOf(error: unknown): FuzzFailure {
  if (error instanceof FuzzFailure) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const oracle = code === 'core-poisoned' ? 'no-trap' : 'typed-error'
  const what = error instanceof Error ? `${error.name}: ${error.message}` : `not an error: ${shown(error)}`
  const facts = error instanceof Error && error.cause !== undefined ? { cause: String(error.cause) } : {}
  return new FuzzFailure(oracle, what, facts, { cause: error })
}
