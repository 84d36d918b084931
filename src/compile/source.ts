// Reading elements: attributes with their types and ranges, and refusing what is wrong with a place.

import { isFloat, isPrimitive, type Primitive, rangeOf } from './primitives.js'
import { type Position, SchemaError, suggest } from './schema-error.js'
import type { XmlElement } from './xml.js'

const COMMON = ['name', 'description', 'semanticType', 'sinceVersion', 'deprecated']
const VALUE = [
  'presence',
  'nullValue',
  'minValue',
  'maxValue',
  'valueRef',
  'epoch',
  'timeUnit',
  'offset',
  'type',
]

/** Attributes of the standard, by element. Others are ignored, unless they look like one of these misspelt. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  messageSchema: [
    ...['package', 'id', 'version', 'semanticVersion', 'description', 'byteOrder', 'headerType'],
    'schemaLocation',
  ],
  types: ['package'],
  type: [...COMMON, ...VALUE, 'primitiveType', 'length', 'characterEncoding', 'variableLength', 'package'],
  composite: [...COMMON, 'offset', 'package'],
  enum: [...COMMON, 'encodingType', 'offset', 'nullValue', 'package'],
  set: [...COMMON, 'encodingType', 'offset', 'package'],
  validValue: COMMON,
  choice: COMMON,
  ref: [...COMMON, 'type', 'offset', 'presence', 'valueRef'],
  message: [...COMMON, 'id', 'blockLength'],
  field: [...COMMON, ...VALUE, 'id'],
  data: [...COMMON, ...VALUE, 'id'],
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const MAX_NAME = 200
/** Characters of a description that reach a comment. */
const MAX_DESCRIPTION = 2_000
const INTEGER = /^[+-]?\d{1,30}$/

export class Source {
  readonly file: string
  constructor(file: string) {
    this.file = file
  }

  /** @throws SchemaError `schema-invalid`, always */
  invalid(at: Position, message: string): never {
    throw new SchemaError('schema-invalid', this.file, at, message)
  }

  /** @throws SchemaError `schema-unsupported`, always */
  unsupported(at: Position, message: string): never {
    throw new SchemaError('schema-unsupported', this.file, at, message)
  }

  /** Refuses attributes that look like one of the standard's misspelt. */
  checkAttributes(element: XmlElement): void {
    const known = KNOWN[element.name] ?? []
    for (const [name, { at }] of element.attributes) {
      if (known.includes(name)) continue
      const meant = suggest(name, known)
      if (meant !== '') this.invalid(at, `${element.name} has an unknown attribute ${name}: ${meant}`)
    }
  }

  text(element: XmlElement, name: string): string | undefined {
    return element.attributes.get(name)?.value
  }

  /** Where an attribute stands, or its element when it has none. */
  place(element: XmlElement, name: string): Position {
    return element.attributes.get(name)?.at ?? element.at
  }

  required(element: XmlElement, name: string): string {
    return this.text(element, name) ?? this.invalid(element.at, `${element.name} has no ${name}: give it one`)
  }

  description(element: XmlElement): string {
    const text = this.text(element, 'description') ?? ''
    const start = text.length > MAX_DESCRIPTION ? `${text.slice(0, MAX_DESCRIPTION)}…` : text
    return start.replace(/\s+/g, ' ').trim()
  }

  /** The element's name, an identifier. */
  name(element: XmlElement): string {
    const name = this.required(element, 'name')
    if (name.length > MAX_NAME || !NAME.test(name)) {
      const shown = JSON.stringify(name.slice(0, 40))
      this.invalid(
        this.place(element, 'name'),
        `the name ${shown} is not an identifier: use letters, digits and _, at most ${MAX_NAME}`,
      )
    }
    return name
  }

  /** An attribute that is an integer in this range. */
  integer(element: XmlElement, name: string, min: number, max: number): number | undefined {
    const text = this.text(element, name)?.trim()
    if (text === undefined) return undefined
    const value = INTEGER.test(text) ? Number(text) : Number.NaN
    if (!(value >= min && value <= max)) {
      const shown = JSON.stringify(text.slice(0, 40))
      this.invalid(
        this.place(element, name),
        `${name} is ${shown}: it must be an integer from ${min} to ${max}`,
      )
    }
    // Plus 0: "-0" is 0.
    return value + 0
  }

  /** The element's `sinceVersion`, which the schema's version bounds. */
  since(element: XmlElement, version: number): number {
    const since = this.integer(element, 'sinceVersion', 0, 0xffff_ffff) ?? 0
    if (since > version) {
      this.invalid(
        this.place(element, 'sinceVersion'),
        `sinceVersion ${since} is above the schema's version ${version}: raise the version or lower sinceVersion`,
      )
    }
    return since
  }

  presence(element: XmlElement): 'required' | 'optional' | 'constant' | undefined {
    const text = this.text(element, 'presence')
    if (text === undefined || text === 'required' || text === 'optional' || text === 'constant') return text
    return this.invalid(
      this.place(element, 'presence'),
      `presence is ${JSON.stringify(text.slice(0, 40))}: it must be required, optional or constant`,
    )
  }

  primitive(element: XmlElement, name: string): Primitive {
    const text = this.required(element, name)
    if (isPrimitive(text)) return text
    const at = this.place(element, name)
    return this.invalid(
      at,
      `${name} ${JSON.stringify(text.slice(0, 40))} is no primitive type: use char, int8, … double`,
    )
  }

  /** A value of a primitive type, from text: a code for `char`, a bigint for 64 bits. */
  value(text: string, primitive: Primitive, at: Position, what: string): number | bigint {
    const shown = JSON.stringify(text.slice(0, 40))
    if (primitive === 'char') {
      const code =
        text.length === 1 ? text.charCodeAt(0) : text.trim().length === 1 ? text.trim().charCodeAt(0) : 256
      return code < 256 ? code : this.invalid(at, `${what} is ${shown}: a char is one character of one byte`)
    }
    const trimmed = text.trim()
    if (isFloat(primitive)) {
      const value = trimmed === '' ? Number.NaN : Number(trimmed)
      if (Number.isNaN(value) && trimmed !== 'NaN')
        this.invalid(at, `${what} is ${shown}: it must be a number`)
      return value
    }
    const [min, max] = rangeOf(primitive)
    const value = INTEGER.test(trimmed) ? BigInt(trimmed.replace('+', '')) : undefined
    if (value === undefined || value < min || value > max) {
      return this.invalid(
        at,
        `${what} is ${shown}: a value of ${primitive} is an integer from ${min} to ${max}`,
      )
    }
    return primitive.endsWith('64') ? value : Number(value)
  }
}
