// A test framework of a few lines, for runtimes that have none: named cases, run in
// order, each on its own, and the checks that they are made of.

/** What the platform's entry gives to the suite. */
export interface Given {
  /** Frames of a real proxy's session, and the shard, 0 or 1, that mtg chose for each. */
  readonly recording: { readonly frames: Uint8Array; readonly shards: readonly number[] }
  /** The package's core.wasm, compiled the platform's way. */
  readonly core: object
}

export interface Case {
  readonly name: string
  readonly run: (given: Given) => void | Promise<void>
}

export interface Failure {
  readonly name: string
  readonly message: string
}

export interface Outcome {
  readonly passed: number
  readonly failed: readonly Failure[]
}

/** Milliseconds after which a case that waits for something is given up. Nothing is measured by it. */
const PATIENCE_MS = 30_000
/** A difference is told in so many characters at most. */
const SHOWN_CHARACTERS = 200

/** Names cases by the promise that they are about. */
export function cases(promise: string, list: Readonly<Record<string, Case['run']>>): Case[] {
  return Object.entries(list).map(([name, run]) => ({ name: `${promise}: ${name}`, run }))
}

/** Runs cases in order. `report` hears of each: what was wrong with it, or nothing. */
export async function runCases(
  list: readonly Case[],
  given: Given,
  report: (name: string, message: string | undefined) => void = () => {},
): Promise<Outcome> {
  const failed: Failure[] = []
  for (const { name, run } of list) {
    let message: string | undefined
    try {
      await patiently(run(given))
    } catch (error) {
      message = error instanceof Error ? `${error.message}\n${error.stack}` : String(error)
      failed.push({ name, message })
    }
    report(name, message)
  }
  return { passed: list.length - failed.length, failed }
}

async function patiently(result: void | Promise<void>): Promise<void> {
  let timer: Parameters<typeof clearTimeout>[0]
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('what the case waits for never came')), PATIENCE_MS)
  })
  try {
    await Promise.race([result, over])
  } finally {
    clearTimeout(timer)
  }
}

/** Waits for a state, letting everything else go on meanwhile. */
export async function until(isReached: () => boolean): Promise<void> {
  while (!isReached()) await turn()
}

/** Lets everything go on that can. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0)
  })
}

const show = (value: unknown): string => {
  const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
}

/** Where two values differ, in words; nothing when they don't. Plain data only. */
function difference(actual: unknown, expected: unknown, path: string): string | undefined {
  if (Object.is(actual, expected)) return undefined
  const isData = [actual, expected].every((value) => typeof value === 'object' && value !== null)
  if (!isData || Array.isArray(actual) !== Array.isArray(expected)) {
    return `${path} is ${show(actual)}, not ${show(expected)}`
  }
  const [one, other] = [actual, expected] as [Record<string, unknown>, Record<string, unknown>]
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const found = difference(one[key], other[key], `${path}.${key}`)
    if (found !== undefined) return found
  }
  return undefined
}

/** Both are the same data. */
export function equal(actual: unknown, expected: unknown, what = 'it'): void {
  const found = difference(actual, expected, what)
  if (found !== undefined) throw new Error(found)
}

/** All that `expected` has is the same in `actual`. */
export function matches(actual: object, expected: Readonly<Record<string, unknown>>, what = 'it'): void {
  for (const [key, value] of Object.entries(expected)) {
    equal((actual as Record<string, unknown>)[key], value, `${what}.${key}`)
  }
}

export function isTrue(condition: boolean, message: string): void {
  if (!condition) throw new Error(message)
}

/** What a call throws, or its promise rejects with. */
export async function thrownBy(call: () => unknown): Promise<unknown> {
  try {
    await call()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

/** An error of the package, whatever its class. */
export interface Coded extends Error {
  readonly code: string
  readonly [fact: string]: unknown
}

/** A call throws, or its promise rejects with, an error of the package that has this code. */
export async function throwsCode(code: string, call: () => unknown): Promise<Coded> {
  const error = (await thrownBy(call)) as Coded
  equal(error.code, code, `the code of "${error.message}"`)
  return error
}

/** 0, 1, … below `count`. */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
