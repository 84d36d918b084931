// The platform's globals that the suite uses: all the runtimes have them. The suite is
// compiled without DOM and Node types, so nothing else slips in.

declare function setTimeout(callback: () => void, ms: number): unknown
declare function clearTimeout(timer: unknown): void

declare class AbortController {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
}

interface AbortSignal {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

declare class TextEncoder {
  encode(text: string): Uint8Array
}

declare class ReadableStream<Chunk> {
  constructor(source: {
    pull(controller: { enqueue(chunk: Chunk): void; close(): void }): unknown
  })
  pipeTo(writable: object, options?: { readonly signal?: AbortSignal }): Promise<void>
}

declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array)
  }
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number })
    readonly buffer: ArrayBuffer
    grow(pages: number): number
  }
}
