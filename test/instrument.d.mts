/** Where a call was put in. */
export interface Site {
  /** Its number: what the call says. Conditions and stores are counted apart. */
  readonly id: number
  /** `operand`: the second one of `&&` or `||`. `assert`: what is asserted, so that it can't be 0. */
  readonly kind: 'if' | 'br_if' | 'select' | 'br_table' | 'operand' | 'assert' | 'store'
  /** Ways that it may go: 2, or a `br_table`'s targets, the default one being the last. */
  readonly targets: number
  /** The function whose code it is part of. Where that has another one's body inlined, there is a site in each. */
  readonly function: string
  /** `assembly/….ts` */
  readonly file: string
  /** Counted from 1, as the column. */
  readonly line: number
  readonly column: number
  /** The condition or the store, as the source has it, on one line. */
  readonly text: string
}

/** A core that imports `trust.hit` for its conditions and `trust.step` for its stores; test/trust.ts gives them. */
export interface Instrumented {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly conditions: readonly Site[]
  readonly stores: readonly Site[]
}

/** The core, unoptimised and with its asserts, with calls at its conditions, its stores, or both. */
export function instrumentDebug(which: {
  readonly conditions?: boolean
  readonly stores?: boolean
}): Promise<Instrumented>
/**
 * The core as it ships, build/core.wasm, but for a call of `trust.step` behind each store.
 * Of its sites only `id` and `function`, a number, are known.
 */
export function instrumentRelease(): Instrumented
/** What both are made of, on a module of Binaryen's. */
export function wrapConditions(module: object, locator: Locator): Site[]
export function followStores(module: object, locator: Pick<Locator, 'place'>): Site[]

type Place = Pick<Site, 'function' | 'file' | 'line' | 'column' | 'text'>

/** Tells of expressions, as references of Binaryen's, where the source has them. */
export interface Locator {
  place(name: string, expressions: readonly number[]): Place
  joins(name: string, left: number, right: number, operator: string): boolean
}
