// Makes the observer instances: each factory once a shard. Finds out which events
// they listen to, and refuses methods that look misspelt.

import { isObject, refuse } from './checks.js'
import { FactoryError, show } from './errors.js'
import { isNear } from './near.js'
import { adopt, isThenable } from './reporter.js'
import type { AnySchema, ObserverBase } from './schema.js'

/** An instance, as the router sees it. */
export type AnyObserver = ObserverBase & Record<string, unknown>

const BASE_METHODS = ['eventBatch', 'streamReleased', 'shutdown']
/** Letters that may differ in a name of so many or more before it counts as another name. */
const SLIPS = 2
const LONG = 6

/** An instance, and which of the router's methods it had when it was made: getters are asked once. */
export interface Made {
  readonly observer: AnyObserver
  readonly methods: ReadonlySet<string>
}

/** A method, inherited ones included, that is nearly called like one of the router's, and which. Getters aren't called. */
function findSlip(observer: object, known: readonly string[]): [name: string, meant: string] | undefined {
  for (let level = observer; level && level !== Object.prototype; level = Object.getPrototypeOf(level)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (typeof value !== 'function' || known.includes(name) || name.length < LONG || name === 'constructor')
        continue
      const meant = known.find((method) => isNear(name.toLowerCase(), method.toLowerCase(), SLIPS))
      if (meant !== undefined) return [name, meant]
    }
  }
  return undefined
}

function makeObserver(factory: unknown, which: string, shard: number, known: readonly string[]): Made {
  if (typeof factory !== 'function') refuse(which, factory, 'a function that makes an observer')
  let observer: unknown
  let isPromise = false
  let methods: readonly string[] = []
  let slip: ReturnType<typeof findSlip>
  try {
    observer = factory(shard)
    isPromise = isThenable(observer)
    // Getters and traps of a proxy are user code, too: what they throw is the factory's failure.
    if (isObject<AnyObserver>(observer)) {
      const object = observer
      methods = known.filter((method) => typeof object[method] === 'function')
      slip = findSlip(object, known)
    }
  } catch (cause) {
    throw new FactoryError('factory-failed', `${which} threw for shard ${shard}; see the cause`, { cause })
  }
  if (!isObject<AnyObserver>(observer) || isPromise) {
    if (isPromise) adopt(observer as PromiseLike<unknown>).catch(() => {})
    throw new FactoryError(
      'observer-invalid',
      `${which} gave ${isPromise ? 'a promise' : show(observer)}; an observer is an object with methods, made at once`,
    )
  }
  if (slip !== undefined) {
    throw new FactoryError(
      'method-unknown',
      `the observer of ${which} has a method ${show(slip[0])}, which is never called; did you mean ${slip[1]}?`,
    )
  }
  const [other] = methods
  if (methods.includes('eventBatch') && other !== undefined && !BASE_METHODS.includes(other)) {
    throw new FactoryError(
      'observer-invalid',
      `the observer of ${which} has both eventBatch and ${other}; it gets every event in a batch, or make two observers`,
    )
  }
  return { observer, methods: new Set(methods) }
}

/** Tells the instances of a creation that failed that they are over, each once; what they throw is lost with them. */
function shutDownAll(instances: readonly Made[][]): void {
  // The creation's own error is the one to throw.
  for (const observer of new Set(instances.flat().map((made) => made.observer)))
    (async () => observer.shutdown?.())().catch(() => {})
}

/**
 * One list a shard, one instance a factory.
 * @throws OptionError `option-invalid`
 * @throws FactoryError `factory-failed`, `observer-invalid`, `method-unknown`; instances made before are shut down
 */
export function makeObservers(schema: AnySchema, factories: unknown, shards: number): Made[][] {
  if (!Array.isArray(factories)) refuse('observers', factories, 'an array of functions')
  const known = [...schema.templates.map((template) => template.method), ...BASE_METHODS]
  const instances: Made[][] = []
  try {
    for (let shard = 0; shard < shards; shard++) {
      const row: Made[] = []
      instances.push(row)
      // Unlike forEach, this sees holes.
      for (const [index, factory] of factories.entries()) {
        row.push(makeObserver(factory, `observers[${index}]`, shard, known))
      }
    }
  } catch (error) {
    shutDownAll(instances)
    throw error
  }
  return instances
}
