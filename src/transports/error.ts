// What goes wrong at a sender's end, not with its bytes.

import { ShardwireError, UsageError } from '../errors.js'

/**
 * The other end of a transport went away, sent too much, or sent what is no bytes. Codes: `sender-gone`,
 * `sender-overflow`, `message-invalid`, `receiver-gone`.
 */
export class TransportError extends ShardwireError {
  override readonly name = 'TransportError'
  /** Of `sender-gone` from a WebSocket that was closed: the code of its close event. */
  readonly closeCode: number | undefined

  constructor(
    code: 'sender-gone' | 'sender-overflow' | 'message-invalid' | 'receiver-gone',
    message: string,
    options: ErrorOptions & { readonly closeCode?: number | undefined } = {},
  ) {
    super(code, message, options)
    this.closeCode = options.closeCode
  }
}

/** What a stream gave that a source can't take. */
export function chunkError(what: string, chunk: unknown): UsageError {
  return new UsageError(
    'chunk-invalid',
    `${what} gave ${chunk === null ? 'null' : `a value of type ${typeof chunk}`}; it has to give Uint8Array chunks, undecoded`,
  )
}
