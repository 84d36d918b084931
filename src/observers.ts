// Makes the observer instances: each factory once a shard. Finds out which events
// they listen to, and refuses methods that look misspelt.

import { isObject, refuse } from './checks.js'
import { FactoryError, show } from './errors.js'
import { isNear } from './near.js'
import { adopt, isThenable } from './reporter.js'
import type { AnySchema, ObserverBase } from './schema.js'

/** An instance, as the router sees it. */
export type AnyObserver = ObserverBase & Record<string, unknown>

const BASE_METHODS = ['streamReleased', 'shutdown']
/** Letters that may differ in a name of so many or more before it counts as another name. */
const SLIPS = 2
const LONG = 6

/** Refuses methods, inherited ones included, that are nearly called like an event's. Getters aren't called. */
function checkMethods(observer: object, known: readonly string[], which: string): void {
  for (let level = observer; level && level !== Object.prototype; level = Object.getPrototypeOf(level)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (typeof value !== 'function' || known.includes(name) || name.length < LONG || name === 'constructor')
        continue
      const meant = known.find((method) => isNear(name.toLowerCase(), method.toLowerCase(), SLIPS))
      if (meant === undefined) continue
      throw new FactoryError(
        'method-unknown',
        `the observer of ${which} has a method ${show(name)}, which is never called; did you mean ${meant}?`,
      )
    }
  }
}

function makeObserver(factory: unknown, which: string, shard: number, known: readonly string[]): AnyObserver {
  if (typeof factory !== 'function') refuse(which, factory, 'a function that makes an observer')
  let observer: unknown
  let isPromise = false
  try {
    observer = factory(shard)
    isPromise = isThenable(observer)
    // Getters are user code, too: what they throw is the factory's failure.
    if (isObject<AnyObserver>(observer)) for (const method of known) listensTo(observer, method)
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
  checkMethods(observer, known, which)
  return observer
}

/** Tells the instances of a creation that failed that they are over; what they throw is lost with them. */
function shutDownAll(instances: readonly AnyObserver[][]): void {
  // The creation's own error is the one to throw.
  for (const observer of instances.flat()) (async () => observer.shutdown?.())().catch(() => {})
}

/**
 * One list a shard, one instance a factory.
 * @throws OptionError `option-invalid`
 * @throws FactoryError `factory-failed`, `observer-invalid`, `method-unknown`; instances made before are shut down
 */
export function makeObservers(schema: AnySchema, factories: unknown, shards: number): AnyObserver[][] {
  if (!Array.isArray(factories)) refuse('observers', factories, 'an array of functions')
  const known = [...schema.templates.map((template) => template.method), ...BASE_METHODS]
  const instances: AnyObserver[][] = []
  try {
    for (let shard = 0; shard < shards; shard++) {
      const row: AnyObserver[] = []
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

/** Whether an observer has a method, wherever it inherits it from. */
export function listensTo(observer: AnyObserver, method: string): boolean {
  return typeof observer[method] === 'function'
}
