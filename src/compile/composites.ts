// Composites: members placed one behind the other or at their offsets, refs and
// nested declarations resolved, cycles and floods of members refused.

import type { FieldReader } from './fields.js'
import type { CompositeIr, Encoding, FieldIr } from './ir.js'
import { suggest } from './schema-error.js'
import type { TypeTable } from './types.js'
import type { XmlElement } from './xml.js'

const MEMBERS = ['type', 'enum', 'set', 'composite', 'ref']
/** A block has no room for more; refs to refs to refs could ask for billions that take none. */
const MAX_MEMBERS = 4_096
const MAX_BYTES = 65_535
const MAX_DEPTH = 32
/** Characters of a constant that weigh as much as a member. */
const LINE = 64

/** Whether an encoder may be given an object without this member. */
export function mayMiss(field: FieldIr): boolean {
  return field.optional || field.encoding.kind === 'constant'
}

export class CompositeTable {
  readonly #types: TypeTable
  readonly #fields: FieldReader
  readonly #resolved = new Map<XmlElement, CompositeIr>()
  /** Members of each, those of its members included. */
  readonly #sizes = new Map<CompositeIr, number>()
  readonly #weights = new Map<CompositeIr, number>()
  readonly #inProgress: XmlElement[] = []

  constructor(types: TypeTable, fields: FieldReader) {
    this.#types = types
    this.#fields = fields
  }

  get all(): CompositeIr[] {
    return [...this.#resolved.values()]
  }

  /** How much generated text a field of this type makes: about a line for each unit. */
  weightOf(encoding: Encoding): number {
    if (encoding.kind === 'composite') return 1 + this.#weights.get(encoding)!
    const isText = encoding.kind === 'constant' && typeof encoding.value === 'string'
    return isText ? 1 + Math.floor(encoding.value.length / LINE) : 1
  }

  /** `owner` is the TypeScript name of the composite that this one is declared in, `''` for a named type. */
  resolve(element: XmlElement, owner: string): CompositeIr {
    const known = this.#resolved.get(element)
    if (known !== undefined) return known
    const { source } = this.#types
    source.checkAttributes(element)
    source.since(element, this.#types.version)
    const name = this.#types.typeName(element, 'composite', owner)
    if (this.#inProgress.length >= MAX_DEPTH) {
      source.invalid(element.at, `composite ${name} is nested more than ${MAX_DEPTH} deep, refs followed`)
    }
    this.#inProgress.push(element)
    const members: FieldIr[] = []
    const seen = new Set<string>()
    let end = 0
    let size = 0
    let weight = 0
    for (const child of element.children) {
      const member = this.#member(source.name(element), name, child, end)
      this.#types.names.member(`composite ${name}`, member.name, seen, mayMiss(member), child.at)
      members.push(member)
      if (member.bytes > 0) end = member.offset + member.bytes
      size += 1 + (member.encoding.kind === 'composite' ? this.#sizes.get(member.encoding)! : 0)
      weight += this.weightOf(member.encoding)
      if (size > MAX_MEMBERS)
        source.invalid(child.at, `composite ${name} has more than ${MAX_MEMBERS} members, refs followed`)
      if (end > MAX_BYTES) source.invalid(child.at, `composite ${name} is more than ${MAX_BYTES} bytes long`)
    }
    if (members.length === 0) source.invalid(element.at, `composite ${name} has no members: give it some`)
    this.#inProgress.pop()
    const composite: CompositeIr = {
      kind: 'composite',
      name,
      description: source.description(element),
      bytes: end,
      members,
    }
    this.#resolved.set(element, composite)
    this.#sizes.set(composite, size)
    this.#weights.set(composite, weight)
    return composite
  }

  #member(composite: string, typeName: string, element: XmlElement, end: number): FieldIr {
    const { source, routing, version } = this.#types
    source.checkAttributes(element)
    if (!MEMBERS.includes(element.name)) {
      const meant = suggest(element.name, MEMBERS)
      source.invalid(
        element.at,
        `composite ${composite} holds a ${element.name}: ${meant || `use ${MEMBERS.join(', ')}`}`,
      )
    }
    const name = source.name(element)
    const isRef = element.name === 'ref'
    const target = isRef ? source.required(element, 'type') : name
    const type = isRef ? this.#types.find(target, source.place(element, 'type')) : element
    if (type !== undefined && this.#inProgress.includes(type)) {
      source.invalid(element.at, `composite ${composite} contains itself by way of ${name}: break the cycle`)
    }
    const shape = this.#fields.shape(composite, element, target, type, isRef ? '' : typeName)
    const offset = source.integer(element, 'offset', 0, MAX_BYTES) ?? end
    if (shape.bytes > 0 && offset < end) {
      source.invalid(
        source.place(element, 'offset'),
        `${name} of composite ${composite} at offset ${offset} overlaps what ends at ${end}: raise the offset`,
      )
    }
    return {
      name: routing.renamedField(composite, name),
      description: source.description(element),
      ...shape,
      offset: shape.bytes > 0 ? offset : end,
      sinceVersion: source.since(element, version),
    }
  }
}
