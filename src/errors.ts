// Every error that shardwire throws or reports: what went wrong, where, what to do.
// `code` is stable and has a heading in docs/errors.md.

/** Base of all errors of this package. */
export class ShardwireError extends Error {
  /** Stable, kebab-case; each is a heading of docs/errors.md. */
  readonly code: string
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** An option of `createRouter` or a method's argument is unusable. */
export class OptionError extends ShardwireError {}

/** An event that `encode` or `send` can't write. Codes: `encode-invalid`, `encode-space`. */
export class EncodeError extends ShardwireError {}
