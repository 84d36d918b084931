// Which names generated code may use. Identifiers collide with keywords, with
// what the module itself defines or imports, with each other; refused where they do.

import type { Position } from './schema-error.js'
import type { Source } from './source.js'

const words = (text: string): string[] => text.split(/\s+/)

const KEYWORDS =
  words(`break case catch class const continue debugger default delete do else enum export extends
  false finally for function if import in instanceof new null return super switch this throw true try typeof var
  void while with implements interface let package private protected public static yield await async arguments eval
  undefined NaN Infinity`)

/** Types that can't be declared, that our module declares, or that its text relies on. */
const TYPES =
  words(`any unknown never string number boolean bigint symbol object type as infer is keyof readonly
  unique asserts satisfies declare global Event EventBatch Columns Input Observer ObserverBase RecordInHand Schema Template Partial Readonly Record ArrayLike
  Object Error RangeError TypeError Function String Number Boolean BigInt Symbol Array Promise DataView ArrayBuffer
  SharedArrayBuffer Int8Array Uint8Array Int16Array Uint16Array Int32Array Uint32Array Float32Array Float64Array
  BigInt64Array BigUint64Array`)

/**
 * Values that our module declares, imports or relies on; imports from wire.js are added by who writes them. The last
 * ones are there already where it is made a CommonJS module.
 */
const VALUES = words(`Object Error RangeError Number String BigInt Uint8Array Int8Array Uint16Array Int16Array
  Uint32Array Int32Array Float32Array Float64Array BigInt64Array BigUint64Array DataView templates kinds loops dispatch decode
  decoders encode encoders EventBatch ObserverBase RecordInHand Schema Template observer template record result view at ids streamId slot event name
  version next
  exports module require __filename __dirname`)

/** Methods that every object has, or that mean something to the router or the language. */
const METHODS = new Set(
  words(`shutdown streamReleased eventBatch constructor then toString toLocaleString valueOf hasOwnProperty isPrototypeOf
  propertyIsEnumerable toJSON __proto__ __defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__`),
)

/** Properties that an event has anyway, or that no event may have. */
const EVENT_PROPERTIES = new Set(['event', 'streamId', 'slot', '__proto__', 'then'])

/** The functions of wire.ts: all that generated code may import. */
export const WIRE_FUNCTIONS =
  words(`array arrayOrNull bigInteger bytes char constant fail flag float32 float64 group
  int53 integer ip is64 latin1 milliseconds notNull notNull64 putArray putBytes putFixedText putFloats putIntegers putInt53 putIp
  putMilliseconds putPlainText putText room text uint53 unknownEvent untilNul zeros`)

/** What an object that lacks a property of that name gives instead of undefined. */
const INHERITED = new Set(Object.getOwnPropertyNames(Object.prototype))

export class Names {
  readonly #source: Source
  readonly #types = new Map<string, string>()
  readonly #values = new Map<string, string>()
  readonly #methods = new Map<string, string>()

  readonly #isStrict: boolean

  /** @param isStrict false to look at types that won't be in the module */
  constructor(source: Source, isStrict: boolean) {
    this.#source = source
    this.#isStrict = isStrict
    for (const word of [...KEYWORDS, ...TYPES]) this.#types.set(word, 'reserved')
    for (const word of [...KEYWORDS, ...VALUES, ...WIRE_FUNCTIONS]) this.#values.set(word, 'reserved')
  }

  #take(names: Map<string, string>, name: string, by: string, rename: string, at: Position): void {
    if (!this.#isStrict) return
    const owner = names.get(name)
    if (owner !== undefined) {
      const why =
        owner === 'reserved' ? 'the language or the generated module needs that name' : `${owner} has it too`
      this.#source.invalid(
        at,
        `${by} would be called ${name}: ${why}; rename it in the routing file (${rename})`,
      )
    }
    names.set(name, by)
  }

  /** A type's name, and its functions'. */
  type(name: string, kind: 'enum' | 'set' | 'composite', at: Position): void {
    const rename = 'rename.types'
    this.#take(this.#types, name, `${kind} ${name}`, rename, at)
    if (kind === 'composite')
      this.#take(this.#types, `${name}Input`, `the input of composite ${name}`, rename, at)
    if (kind === 'set') this.#take(this.#values, name, `set ${name}`, rename, at)
    if (kind === 'enum') {
      for (const prefix of ['nameOf', 'valueOf'])
        this.#take(this.#values, `${prefix}${name}`, `enum ${name}`, rename, at)
    }
  }

  /** @returns the method's name */
  message(name: string, at: Position): string {
    const rename = 'rename.messages'
    const by = `message ${name}`
    this.#take(this.#types, name, by, rename, at)
    this.#take(this.#types, `${name}Input`, `the input of ${by}`, rename, at)
    for (const prefix of ['decode', 'encode', 'each'])
      this.#take(this.#values, `${prefix}${name}`, by, rename, at)
    const method = name[0]!.toLowerCase() + name.slice(1)
    if (METHODS.has(method)) {
      this.#source.invalid(
        at,
        `${by} would call the method ${method}, which means something else; rename it (${rename})`,
      )
    }
    this.#take(this.#methods, method, by, rename, at)
    return method
  }

  schema(name: string, at: Position): void {
    this.#take(this.#values, name, `the schema object ${name}`, 'name', at)
  }

  /** A property of an event. */
  field(message: string, name: string, seen: Set<string>, mayMiss: boolean, at: Position): void {
    if (EVENT_PROPERTIES.has(name)) {
      const why = name === 'streamId' ? 'events have the key there' : 'that property means something else'
      this.#source.invalid(
        at,
        `field ${name} of message ${message}: ${why}; rename it in the routing file (rename.fields), or make it the key`,
      )
    }
    this.member(`message ${message}`, name, seen, mayMiss, at)
  }

  /** A property of a composite or a set, or an event's; `mayMiss`: an encoder may be given an object without it. */
  member(owner: string, name: string, seen: Set<string>, mayMiss: boolean, at: Position): void {
    if (name === '__proto__' || name === 'then') {
      this.#source.invalid(
        at,
        `${owner} has a member ${name}, which an object can't have as data; rename it (rename.fields)`,
      )
    }
    if (mayMiss && INHERITED.has(name)) {
      const why = 'every object inherits one, so it could not be left out'
      this.#source.invalid(
        at,
        `${owner} has an optional or constant member ${name}: ${why}; rename it (rename.fields)`,
      )
    }
    if (seen.has(name)) this.#source.invalid(at, `${owner} has ${name} twice: each name must be its own`)
    seen.add(name)
  }
}
