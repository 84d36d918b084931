// What the public types need of the platform, in shape only: they are usable with
// `lib: ["es2022"]`, without DOM or Node types, and the platform's own objects fit.

declare global {
  // As TypeScript's own lib.esnext.disposable says it; where that is loaded, too, the two are one.
  interface SymbolConstructor {
    readonly asyncDispose: unique symbol
  }
}

/** An `AbortSignal`. */
export interface AbortSignalLike {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** What a `WritableStream` of bytes gives to write with. */
export interface ByteStreamWriter {
  readonly closed: Promise<undefined>
  readonly desiredSize: number | null
  readonly ready: Promise<undefined>
  abort(reason?: unknown): Promise<void>
  close(): Promise<void>
  releaseLock(): void
  write(chunk?: Uint8Array): Promise<void>
}

/** A WHATWG `WritableStream` of bytes: what `readable.pipeTo()` takes. */
export interface ByteStream {
  readonly locked: boolean
  abort(reason?: unknown): Promise<void>
  close(): Promise<void>
  getWriter(): ByteStreamWriter
}

/** A `WebAssembly.Module`, which has no members. */
export type CoreModule = object
