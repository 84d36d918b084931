// What a field, composite member or ref is: its type, what its own attributes
// change of it, and what the routing file makes of it in JavaScript.

import { CompositeTable } from './composites.js'
import type { Encoding, FieldIr } from './ir.js'
import { isBig, isFloat, PRIMITIVES, type Primitive, type SmallInteger } from './primitives.js'
import type { Choice } from './routing.js'
import type { Position } from './schema-error.js'
import { charsetOf, limitsOf, type PlainType, type TypeTable } from './types.js'
import type { XmlElement } from './xml.js'

const MAX_53 = Number.MAX_SAFE_INTEGER

/** A field less its place. */
export type Shape = Pick<FieldIr, 'encoding' | 'bytes' | 'optional' | 'nullValue'>

export class FieldReader {
  readonly types: TypeTable
  readonly composites: CompositeTable

  constructor(types: TypeTable) {
    this.types = types
    this.composites = new CompositeTable(types, this)
  }

  /**
   * @param owner the message or composite, by the schema's name, for the routing file
   * @param element the field, ref or member
   * @param type the type's element, undefined for the primitive of this name
   */
  shape(
    owner: string,
    element: XmlElement,
    typeName: string,
    type: XmlElement | undefined,
    place: string,
  ): Shape {
    const { source, routing } = this.types
    const name = source.name(element)
    const presence = element === type ? undefined : source.presence(element)
    const reference = element === type ? undefined : source.text(element, 'valueRef')
    if (
      presence === 'constant' ||
      (reference !== undefined && presence === undefined && type?.name === 'enum')
    ) {
      return this.#constantField(owner, element, typeName, type)
    }
    const asked = (...types: string[]): { choice: Choice; path: string } | undefined =>
      routing.choice(owner, name, ...types)
    if (type?.name === 'composite') {
      this.#refuseChoice(asked(typeName), element.at, `composite ${typeName}`)
      const composite = this.composites.resolve(type, place)
      const optional = presence === 'optional'
      return { encoding: composite, bytes: composite.bytes, optional, nullValue: undefined }
    }
    if (type?.name === 'set') {
      this.#refuseChoice(asked(typeName), element.at, `set ${typeName}`)
      const set = this.types.setOf(type, place)
      return { encoding: set, bytes: PRIMITIVES[set.primitive].bytes, optional: false, nullValue: undefined }
    }
    if (type?.name === 'enum')
      return this.#enumField(element, typeName, type, place, presence, asked(typeName))
    const plain =
      type === undefined ? this.types.primitive(typeName as Primitive, element.at) : this.types.plain(type)
    return this.#plainField(element, plain, presence, asked(typeName, plain.primitive))
  }

  #refuseChoice(asked: { choice: Choice; path: string } | undefined, at: Position, what: string): void {
    if (asked === undefined) return
    const { routing, source } = this.types
    routing.refuse(
      asked.path,
      `${asked.choice} does not fit ${what} (${source.file}:${at.line}:${at.column})`,
    )
  }

  #enumField(
    element: XmlElement,
    typeName: string,
    type: XmlElement,
    place: string,
    presence: 'required' | 'optional' | undefined,
    asked: { choice: Choice; path: string } | undefined,
  ): Shape {
    const seen = this.types.peekEnum(type)
    const bytes = PRIMITIVES[seen.primitive].bytes
    const optional = presence === undefined ? seen.optional : presence === 'optional'
    const nullValue = this.#ownNull(element, type, seen.primitive) ?? seen.nullValue
    if (asked === undefined) return { encoding: this.types.enumOf(type, place), bytes, optional, nullValue }
    const values = seen.values.map((one) => Number(one.value)).sort()
    if (asked.choice !== 'boolean' || seen.primitive !== 'uint8' || values.join() !== '0,1') {
      this.#refuseChoice(
        asked,
        element.at,
        `enum ${typeName}: only boolean does, where it is a uint8 with the values 0 and 1`,
      )
    }
    return { encoding: { kind: 'boolean' }, bytes, optional, nullValue }
  }

  /** The nullValue that a field or ref gives itself. */
  #ownNull(
    element: XmlElement,
    type: XmlElement | undefined,
    primitive: Primitive,
  ): number | bigint | undefined {
    const { source } = this.types
    const text = element === type ? undefined : source.text(element, 'nullValue')
    if (text === undefined) return undefined
    return source.value(text, primitive, source.place(element, 'nullValue'), 'nullValue')
  }

  #constantField(owner: string, element: XmlElement, typeName: string, type: XmlElement | undefined): Shape {
    const { types } = this
    const { source, routing } = types
    const constant = (value: string | number | bigint | boolean): Shape => ({
      encoding: { kind: 'constant', value },
      bytes: 0,
      optional: false,
      nullValue: undefined,
    })
    const asked = routing.choice(owner, source.name(element), typeName)
    const text = source.text(element, 'valueRef')
    if (text === undefined) {
      const plain = type?.name === 'type' ? types.plain(type) : undefined
      if (plain?.constant !== undefined) return constant(plain.constant)
      return source.invalid(
        source.place(element, 'presence'),
        `${source.name(element)} is constant but has no value: give it a valueRef, or a type with a constant`,
      )
    }
    const found = types.reference(text, source.place(element, 'valueRef'))
    if (type?.name !== 'enum') return constant(found.value)
    if (found.element !== type) {
      source.invalid(
        source.place(element, 'valueRef'),
        `valueRef ${text} is not of the field's own enum ${typeName}`,
      )
    }
    if (asked?.choice === 'boolean') return constant(found.value === 1)
    return constant(found.name)
  }

  #plainField(
    element: XmlElement,
    type: PlainType,
    presence: 'required' | 'optional' | undefined,
    asked: { choice: Choice; path: string } | undefined,
  ): Shape {
    const { source } = this.types
    const { primitive, length } = type
    if (type.presence === 'constant') {
      const value = type.constant!
      return {
        encoding: {
          kind: 'constant',
          value: asked?.choice === 'number' ? this.#safe(value, type.at) : value,
        },
        bytes: 0,
        optional: false,
        nullValue: undefined,
      }
    }
    if (length === 0) {
      source.invalid(
        element.at,
        `${source.name(element)} has a type of length 0: only a data element's varData may`,
      )
    }
    const bytes = PRIMITIVES[primitive].bytes * length
    const optional = (presence ?? type.presence) === 'optional'
    const nullValue = this.#ownNull(element, undefined, primitive) ?? type.nullValue
    const shape = (encoding: Encoding): Shape => ({ encoding, bytes, optional, nullValue })
    const chosen = this.#chosen(element, type, asked, optional)
    if (chosen !== undefined) return shape(chosen)
    if (primitive === 'char') {
      const charset = charsetOf(type.encodingName)
      if (charset === undefined) {
        return source.unsupported(
          type.at,
          `characterEncoding ${type.encodingName}: use UTF-8, US-ASCII or ISO-8859-1`,
        )
      }
      return shape(length === 1 ? { kind: 'char', charset } : { kind: 'text', length, charset })
    }
    if (length > 1) {
      const limits = isFloat(primitive) ? { min: -Infinity, max: Infinity } : limitsOf(type)
      return shape({ kind: 'array', primitive, length, ...limits })
    }
    if (isFloat(primitive)) return shape({ kind: 'float', primitive })
    const { min, max } = limitsOf(type)
    if (isBig(primitive)) return shape({ kind: 'bigint', primitive, min: BigInt(min), max: BigInt(max) })
    return shape({
      kind: 'integer',
      primitive: primitive as SmallInteger,
      min: Number(min),
      max: Number(max),
    })
  }

  #safe(value: string | number | bigint | boolean, at: Position): string | number | bigint | boolean {
    if (typeof value !== 'bigint') return value
    const number = Number(value)
    return Number.isSafeInteger(number)
      ? number
      : this.types.source.invalid(at, `constant ${value} is no safe number`)
  }

  /** What the routing file asks for; nothing where it asks for what is anyway. */
  #chosen(
    element: XmlElement,
    type: PlainType,
    asked: { choice: Choice; path: string } | undefined,
    optional: boolean,
  ): Encoding | undefined {
    if (asked === undefined) return undefined
    const { primitive, length } = type
    const { choice } = asked
    const what = `${describe(type)} of field ${element.attributes.get('name')?.value}`
    if (choice === 'ip' && primitive === 'uint8' && length === 16 && !optional) return { kind: 'ip' }
    if (length === 1) {
      if (choice === 'boolean' && primitive === 'uint8') return { kind: 'boolean' }
      if (choice === 'milliseconds' && primitive === 'uint64') return { kind: 'milliseconds' }
      if (choice === 'bigint' && isBig(primitive)) return undefined
      if (choice === 'number' && isBig(primitive)) {
        const { min, max } = limitsOf(type)
        const low = Math.max(Number(min), -MAX_53)
        return {
          kind: 'int53',
          primitive,
          min: primitive === 'uint64' ? Math.max(low, 0) : low,
          max: Math.min(Number(max), MAX_53),
        }
      }
    }
    // A choice for a primitive type speaks of its single values only.
    if (asked.path === `types.${primitive}` && type.name !== primitive) return undefined
    this.#refuseChoice(asked, element.at, what)
    return undefined
  }
}

function describe(type: PlainType): string {
  const array = type.length === 1 ? '' : `[${type.length}]`
  return type.name === type.primitive
    ? `${type.primitive}${array}`
    : `type ${type.name} (${type.primitive}${array})`
}
