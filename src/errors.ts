// Every error that shardwire throws or reports: what went wrong, where, what to do.
// `code` is stable and has a heading in docs/errors.md.

/** Base of all errors of this package. */
export class ShardwireError extends Error {
  // Spelt out in each class: a minifier renames classes.
  override readonly name: string = 'ShardwireError'
  /** Stable, kebab-case; each is a heading of docs/errors.md. */
  readonly code: string
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** An option of `createRouter` or a method's argument is unusable. */
export class OptionError extends ShardwireError {
  override readonly name = 'OptionError'
}

/** An event that `encode` or `send` can't write. Codes: `encode-invalid`, `encode-space`. */
export class EncodeError extends ShardwireError {
  override readonly name = 'EncodeError'
}

/** `write`, `send` and the waits of a router or source that is over. Codes: `router-closed`, `source-ended`. */
export class ClosedError extends ShardwireError {
  override readonly name = 'ClosedError'
}

/** A call that its own contract forbids now. Codes: `write-before-ready`, `chunk-invalid`, `too-many-sources`, `batch-misread`. */
export class UsageError extends ShardwireError {
  override readonly name = 'UsageError'
}

/** The core trapped. It is never called again: what it had published is still delivered. Code: `core-poisoned`. */
export class CoreError extends ShardwireError {
  override readonly name = 'CoreError'
}

/** A factory threw, or gave something that is no observer. Codes: `factory-failed`, `observer-invalid`, `method-unknown`. */
export class FactoryError extends ShardwireError {
  override readonly name = 'FactoryError'
}

/** What a router says to a write after its shutdown. */
export function routerClosedError(): ClosedError {
  return new ClosedError('router-closed', 'the router is shut down; make another')
}

/** What a source says to a write after its end. */
export function sourceEndedError(): ClosedError {
  return new ClosedError('source-ended', 'this source has ended; make another with router.source()')
}

/** What a source or a writer says when bytes that it holds by reference are no longer there. */
export function chunkGoneError(): UsageError {
  return new UsageError(
    'chunk-invalid',
    'the held chunk was detached or made smaller; leave its buffer alone until ready() resolves',
  )
}

/** What waits for something that the shutdown's deadline cut off. */
export function cutOffError(): ClosedError {
  return new ClosedError('router-closed', 'the shutdown deadline cut this off; see stats()')
}

/** What was thrown, in words. Anything can be thrown, also what can't be made text. */
export function wordsOf(cause: unknown): string {
  try {
    return cause instanceof Error ? `${cause.message}` : String(cause)
  } catch {
    return `${typeof cause} without text; see the cause`
  }
}

const SHOWN_CHARACTERS = 40

const shorten = (text: string): string =>
  text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text

/** A value in few characters, for a message. Nothing of the value's own is called. */
export function show(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(shorten(value))
    case 'bigint':
      return `${shorten(String(value))}n`
    case 'function':
    case 'symbol':
      return `a ${typeof value}`
    case 'object':
      if (value !== null) return Array.isArray(value) ? `an array of ${value.length}` : 'an object'
  }
  return String(value)
}
