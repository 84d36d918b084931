// The `types` sections: named types found by name, each resolved once and on
// demand: plain encodings, enums, sets. Composites: composites.ts.

import type { Charset, ConstantValue, EnumIr, SetIr } from './ir.js'
import type { Names } from './names.js'
import {
  type BigInteger,
  defaultNull,
  isBig,
  isFloat,
  isPrimitive,
  PRIMITIVES,
  type Primitive,
  rangeOf,
  type SmallInteger,
} from './primitives.js'
import type { Routing } from './routing.js'
import { type Position, suggest } from './schema-error.js'
import type { Source } from './source.js'
import type { XmlElement } from './xml.js'

const TYPE_ELEMENTS = ['type', 'composite', 'enum', 'set']
/** Longest array, in elements: more can't stand in a block. */
const MAX_LENGTH = 65_535

/** A `type` element, or a primitive type by its own name. */
export interface PlainType {
  readonly kind: 'plain'
  readonly name: string
  readonly primitive: Primitive
  /** Elements; 0 in a var data composite. */
  readonly length: number
  readonly presence: 'required' | 'optional' | 'constant' | undefined
  readonly nullValue: number | bigint
  readonly min: number | bigint | undefined
  readonly max: number | bigint | undefined
  readonly encodingName: string | undefined
  readonly constant: ConstantValue | undefined
  readonly at: Position
}

export class TypeTable {
  readonly source: Source
  readonly version: number
  readonly routing: Routing
  readonly names: Names
  readonly #elements = new Map<string, XmlElement>()
  readonly #plain = new Map<XmlElement, PlainType>()
  readonly #enums = new Map<XmlElement, EnumIr>()
  readonly #sets = new Map<XmlElement, SetIr>()
  readonly #named = new Set<XmlElement>()

  constructor(
    source: Source,
    version: number,
    routing: Routing,
    names: Names,
    sections: readonly XmlElement[],
  ) {
    this.source = source
    this.version = version
    this.routing = routing
    this.names = names
    for (const element of sections.flatMap((section) => section.children)) {
      if (!TYPE_ELEMENTS.includes(element.name)) {
        source.invalid(element.at, `types holds a ${element.name}: use type, composite, enum or set`)
      }
      const name = source.name(element)
      const other = this.#elements.get(name)
      if (other !== undefined) {
        source.invalid(
          element.at,
          `type ${name} is declared twice: also in line ${other.at.line}; rename one`,
        )
      }
      this.#elements.set(name, element)
      routing.knowType(name)
    }
    for (const name of Object.keys(PRIMITIVES)) routing.knowType(name)
  }

  /** All declared types, so that unused ones are checked too. */
  get elements(): Iterable<XmlElement> {
    return this.#elements.values()
  }

  /** The element of a named type; undefined for a primitive. */
  find(name: string, at: Position): XmlElement | undefined {
    const element = this.#elements.get(name)
    if (element === undefined && !isPrimitive(name)) {
      const meant = suggest(name, [...this.#elements.keys(), ...Object.keys(PRIMITIVES)])
      this.source.invalid(
        at,
        `there is no type ${JSON.stringify(name.slice(0, 60))}: ${meant || 'declare it in types'}`,
      )
    }
    return element
  }

  has(name: string): boolean {
    return this.#elements.has(name)
  }

  primitive(name: Primitive, at: Position): PlainType {
    return {
      kind: 'plain',
      name,
      primitive: name,
      length: 1,
      presence: undefined,
      nullValue: defaultNull(name),
      min: undefined,
      max: undefined,
      encodingName: undefined,
      constant: undefined,
      at,
    }
  }

  plain(element: XmlElement): PlainType {
    let type = this.#plain.get(element)
    if (type === undefined) {
      type = this.#readPlain(element)
      this.#plain.set(element, type)
    }
    return type
  }

  #readPlain(element: XmlElement): PlainType {
    const { source } = this
    source.checkAttributes(element)
    const name = source.name(element)
    const primitive = source.primitive(element, 'primitiveType')
    source.since(element, this.version)
    const value = (attribute: string): number | bigint | undefined => {
      const text = source.text(element, attribute)
      if (text === undefined) return undefined
      return source.value(text, primitive, source.place(element, attribute), attribute)
    }
    const presence = source.presence(element)
    const [min, max] = [value('minValue'), value('maxValue')]
    if (min !== undefined && max !== undefined && min > max) {
      source.invalid(
        source.place(element, 'minValue'),
        `minValue ${min} of type ${name} is above maxValue ${max}`,
      )
    }
    return {
      kind: 'plain',
      name,
      primitive,
      length: source.integer(element, 'length', 0, MAX_LENGTH) ?? 1,
      presence,
      nullValue: value('nullValue') ?? defaultNull(primitive),
      min,
      max,
      encodingName: source.text(element, 'characterEncoding'),
      constant: presence === 'constant' ? this.#readConstant(element, primitive) : undefined,
      at: element.at,
    }
  }

  #readConstant(element: XmlElement, primitive: Primitive): ConstantValue {
    const { source } = this
    const reference = source.text(element, 'valueRef')
    if (reference !== undefined) return this.reference(reference, source.place(element, 'valueRef')).value
    const text = element.text
    if (primitive === 'char') {
      const trimmed = text.trim()
      const value = trimmed === '' ? text : trimmed
      if (value === '')
        source.invalid(element.at, `constant ${source.name(element)} has no value: write it as its text`)
      const length = source.integer(element, 'length', 0, MAX_LENGTH)
      if (length !== undefined && value.length > length) {
        source.invalid(element.at, `constant ${source.name(element)} is longer than its length ${length}`)
      }
      return value
    }
    if (text.trim() === '')
      source.invalid(element.at, `constant ${source.name(element)} has no value: write it as its text`)
    if ((source.integer(element, 'length', 0, MAX_LENGTH) ?? 1) !== 1) {
      source.unsupported(element.at, `constant ${source.name(element)}: arrays of numbers can't be constants`)
    }
    return source.value(text, primitive, element.at, 'the constant')
  }

  /** `Enum.Value`: the value's name, what is on the wire, and the enum. */
  reference(text: string, at: Position): { name: string; value: ConstantValue; element: XmlElement } {
    const [enumName, valueName, ...rest] = text.trim().split('.')
    if (enumName === undefined || valueName === undefined || rest.length > 0) {
      return this.source.invalid(at, `valueRef ${JSON.stringify(text.slice(0, 60))} must be Enum.Value`)
    }
    const element = this.find(enumName, at)
    if (element?.name !== 'enum') return this.source.invalid(at, `valueRef: ${enumName} is no enum`)
    const read = this.#readEnum(element)
    const found = read.values.find((one) => one.name === valueName)
    if (found === undefined) {
      const meant = suggest(
        valueName,
        read.values.map((one) => one.name),
      )
      return this.source.invalid(
        at,
        `valueRef: enum ${enumName} has no value ${valueName}: ${meant || 'use one of its names'}`,
      )
    }
    const value = read.primitive === 'char' ? String.fromCharCode(Number(found.value)) : found.value
    return { name: found.name, value, element }
  }

  /** The integer or char type that an enum or set is encoded as. */
  #encoding(element: XmlElement): PlainType {
    const { source } = this
    const name = source.required(element, 'encodingType')
    const at = source.place(element, 'encodingType')
    const declared = this.find(name, at)
    if (declared === undefined) return this.primitive(name as Primitive, at)
    if (declared.name !== 'type')
      source.invalid(at, `encodingType ${name} is a ${declared.name}: use an integer or char`)
    const type = this.plain(declared)
    if (type.length !== 1 || type.presence === 'constant') {
      source.invalid(at, `encodingType ${name} is an array or a constant: use a single integer or char`)
    }
    return type
  }

  #readEnum(element: XmlElement, name = this.source.name(element)): EnumIr {
    const { source } = this
    source.checkAttributes(element)
    source.since(element, this.version)
    const type = this.#encoding(element)
    const { primitive } = type
    if (isFloat(primitive))
      source.invalid(source.place(element, 'encodingType'), `enum ${name} can't be a ${primitive}`)
    const own = source.text(element, 'nullValue')
    const values: { name: string; value: number | bigint; description: string }[] = []
    // Who has a name or a value: found at once, since a schema may have very many.
    const names = new Map<string, string>()
    const numbers = new Map<number | bigint, string>()
    for (const child of element.children) {
      if (child.name !== 'validValue')
        source.invalid(child.at, `enum ${name} holds a ${child.name}: use validValue`)
      source.checkAttributes(child)
      source.since(child, this.version)
      const valueName = source.name(child)
      const value = source.value(child.text, primitive as Primitive, child.at, `validValue ${valueName}`)
      const same = names.has(valueName) ? 'name' : 'value'
      const other = names.get(valueName) ?? numbers.get(value)
      if (other !== undefined)
        source.invalid(child.at, `enum ${name}: ${other} and ${valueName} have the same ${same}`)
      names.set(valueName, valueName)
      numbers.set(value, valueName)
      values.push({ name: valueName, value, description: source.description(child) })
    }
    if (values.length === 0) source.invalid(element.at, `enum ${name} has no validValue: give it one`)
    return {
      kind: 'enum',
      name,
      description: source.description(element),
      primitive: primitive as 'char' | SmallInteger | BigInteger,
      nullValue:
        own === undefined
          ? type.nullValue
          : source.value(own, primitive, source.place(element, 'nullValue'), 'nullValue'),
      optional: type.presence === 'optional',
      values,
    }
  }

  #readSet(element: XmlElement, name = this.source.name(element)): SetIr {
    const { source } = this
    source.checkAttributes(element)
    source.since(element, this.version)
    const at = source.place(element, 'encodingType')
    const { primitive } = this.#encoding(element)
    if (!primitive.startsWith('uint'))
      source.invalid(at, `set ${name} is encoded as ${primitive}: use uint8 to uint64`)
    const bits = PRIMITIVES[primitive].bytes * 8
    const choices: { name: string; value: number | bigint; description: string }[] = []
    const seen = new Set<string>()
    for (const child of element.children) {
      if (child.name !== 'choice') source.invalid(child.at, `set ${name} holds a ${child.name}: use choice`)
      source.checkAttributes(child)
      source.since(child, this.version)
      const choice = source.name(child)
      const text = child.text.trim()
      const bit = /^\d{1,3}$/.test(text) ? Number(text) : bits
      if (bit >= bits)
        source.invalid(child.at, `choice ${choice} of set ${name} must be a bit from 0 to ${bits - 1}`)
      this.names.member(`set ${name}`, choice, seen, false, child.at)
      const value = isBig(primitive) ? 1n << BigInt(bit) : 2 ** bit
      const other = choices.find((one) => one.value === value)
      if (other !== undefined)
        source.invalid(child.at, `set ${name}: ${other.name} and ${choice} are the same bit ${bit}`)
      choices.push({ name: choice, value, description: source.description(child) })
    }
    return {
      kind: 'set',
      name,
      description: source.description(element),
      primitive: primitive as SmallInteger,
      choices,
    }
  }

  /** Checks an enum or set that no field may use, without taking its name. */
  check(element: XmlElement): void {
    if (element.name === 'type') this.plain(element)
    else if (element.name === 'enum') this.#readEnum(element)
    else if (element.name === 'set') this.#readSet(element)
  }

  /** An enum that isn't made a boolean; its name is taken. `owner` is the composite that it is declared in. */
  enumOf(element: XmlElement, owner = ''): EnumIr {
    let found = this.#enums.get(element)
    if (found === undefined) {
      found = this.#readEnum(element, this.typeName(element, 'enum', owner))
      this.#enums.set(element, found)
    }
    return found
  }

  /** Like `enumOf`, but takes no name: to look at. */
  peekEnum(element: XmlElement): EnumIr {
    return this.#readEnum(element)
  }

  setOf(element: XmlElement, owner = ''): SetIr {
    let found = this.#sets.get(element)
    if (found === undefined) {
      found = this.#readSet(element, this.typeName(element, 'set', owner))
      this.#sets.set(element, found)
    }
    return found
  }

  /** The TypeScript name of an enum, set or composite, checked and taken. */
  typeName(element: XmlElement, kind: 'enum' | 'set' | 'composite', owner: string): string {
    const own = this.source.name(element)
    const name = owner === '' ? own : owner + own[0]!.toUpperCase() + own.slice(1)
    const renamed = this.routing.renamed('types', name)
    if (!this.#named.has(element)) this.names.type(renamed, kind, element.at)
    this.#named.add(element)
    return renamed
  }

  get enums(): EnumIr[] {
    return [...this.#enums.values()]
  }

  get sets(): SetIr[] {
    return [...this.#sets.values()]
  }
}

/** Which characters an encoding has; undefined for one that isn't supported. */
export function charsetOf(encodingName: string | undefined): Charset | undefined {
  if (encodingName === undefined) return 'ascii'
  const name = encodingName.trim().toLowerCase().replace(/[-_ ]/g, '')
  if (name === 'utf8') return 'utf8'
  if (name === 'usascii' || name === 'ascii' || name === '') return 'ascii'
  if (name === 'iso88591' || name === 'latin1') return 'latin1'
  return undefined
}

/** The whole range of an integer type, or what its attributes narrow it to. */
export function limitsOf(type: PlainType): { min: number | bigint; max: number | bigint } {
  const [low, high] = rangeOf(type.primitive)
  const big = isBig(type.primitive)
  return { min: type.min ?? (big ? low : Number(low)), max: type.max ?? (big ? high : Number(high)) }
}
