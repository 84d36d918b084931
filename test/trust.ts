// How tests look into a core that test/instrument.mjs put calls into: hooks for those
// calls, which the product knows nothing of, and the shipped core replaced by it.

export interface TrustHooks {
  /**
   * A condition was evaluated.
   * @returns what it goes on with: the value, or another one to force it
   */
  readonly hit?: (id: number, value: number) => number
  /** A store was done. */
  readonly step?: (id: number) => void
  /** The core is about to be called. */
  readonly enter?: (name: string, ...parameters: number[]) => void
  /** The core has been called, and didn't throw. Given its memory: what is thrown is as if the core had. */
  readonly leave?: (memory: ArrayBuffer) => void
}

/** Has another constructor in a class's place; `instanceof` and static methods are as they were. */
function replaceClass<Name extends 'Module' | 'Instance'>(
  name: Name,
  construct: (
    original: (typeof WebAssembly)[Name],
    parameters: ConstructorParameters<(typeof WebAssembly)[Name]>,
  ) => object,
): () => void {
  const original = WebAssembly[name]
  WebAssembly[name] = new Proxy(original, {
    construct: (_target, parameters) =>
      construct(original, parameters as ConstructorParameters<(typeof WebAssembly)[Name]>),
  })
  return () => {
    WebAssembly[name] = original
  }
}

/**
 * From now on, instances of modules that import `trust` get these hooks.
 * @returns what ends that; instances keep what they got
 */
export function withTrust(hooks: TrustHooks): () => void {
  const trust = {
    hit: hooks.hit ?? ((_id, value) => value),
    step: hooks.step ?? (() => {}),
  } satisfies TrustHooks
  return replaceClass('Instance', (Instance, [module, imports]) => {
    if (!WebAssembly.Module.imports(module).some((wanted) => wanted.module === 'trust'))
      return new Instance(module, imports)
    // Should there be hooks around these, they leave them.
    const instance = new Instance(module, { trust, ...imports })
    const { enter, leave } = hooks
    if (enter === undefined && leave === undefined) return instance
    const memory = imports?.env?.memory as WebAssembly.Memory
    const exports = Object.entries(instance.exports).map(([name, method]) => {
      const entered = (...parameters: number[]): unknown => {
        enter?.(name, ...parameters)
        const result = (method as (...parameters: number[]) => unknown)(...parameters)
        leave?.(memory.buffer)
        return result
      }
      return [name, entered]
    })
    return { exports: Object.fromEntries(exports) }
  })
}

/**
 * From now on, compiling the core that ships gives another module.
 * @param shipped the bytes of build/core.wasm
 * @returns what ends that
 */
export function insteadOfCore(shipped: Uint8Array, instrumented: Uint8Array<ArrayBuffer>): () => void {
  const module = new WebAssembly.Module(instrumented)
  return replaceClass('Module', (Module, [source]) => {
    const bytes = ArrayBuffer.isView(source)
      ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
      : new Uint8Array(source)
    const isCore = bytes.length === shipped.length && bytes.every((byte, index) => byte === shipped[index])
    return isCore ? module : new Module(source)
  })
}
