// Messages: fields at their offsets, var data, the key and what the message does to its stream.

import type { HeaderLayout } from '../schema.js'
import { mayMiss } from './composites.js'
import { FieldReader } from './fields.js'
import { readVarType } from './header.js'
import { type DataIr, type FieldIr, leavesOf, type MessageIr, nullLeaf } from './ir.js'
import { suggest } from './schema-error.js'
import type { TypeTable } from './types.js'
import type { XmlElement } from './xml.js'

/** Longest stream ID, bytes: a uint8 length's 255 is its null. */
export const MAX_KEY_BYTES = 254
const MAX_BLOCK = 65_535
/**
 * Fields of all messages, the members of composites counted in each: a few kilobytes of
 * refs and constants could ask for gigabytes of code. Published schemas have thousands.
 */
const MAX_FIELDS = 65_536

export class MessageReader {
  readonly fields: FieldReader
  readonly #types: TypeTable
  readonly #header: HeaderLayout
  readonly #ids = new Map<number, string>()
  readonly #names = new Set<string>()
  #weight = 0

  constructor(types: TypeTable, header: HeaderLayout) {
    this.#types = types
    this.#header = header
    this.fields = new FieldReader(types)
  }

  read(element: XmlElement): MessageIr {
    const { source, version, names, routing } = this.#types
    source.checkAttributes(element)
    const schemaName = source.name(element)
    const most = Math.min(65_535, 2 ** (this.#header.templateId.width * 8) - 1)
    const id = source.integer(element, 'id', 0, most)
    if (id === undefined) return source.invalid(element.at, `message ${schemaName} has no id: give it one`)
    const other = this.#ids.get(id)
    if (other !== undefined)
      source.invalid(
        source.place(element, 'id'),
        `messages ${other} and ${schemaName} have the same id ${id}`,
      )
    if (this.#names.has(schemaName))
      source.invalid(source.place(element, 'name'), `there are two messages ${schemaName}`)
    this.#ids.set(id, schemaName)
    this.#names.add(schemaName)
    source.since(element, version)
    const name = routing.renamed('messages', schemaName)
    const method = names.message(name, element.at)
    this.#checkChildren(element, schemaName)

    const seen = new Set<string>()
    const { fields, end } = this.#readFields(element, schemaName, seen)
    const key = this.#findKey(element, schemaName)
    const data = this.#readData(element, schemaName, seen, key)
    const opens = routing.is('opens', schemaName)
    const ends = routing.is('ends', schemaName)
    if (opens && ends)
      routing.refuse('ends', `${schemaName} is in opens too: a message does one or the other`)
    if ((opens || ends) && key === -1) {
      routing.refuse(opens ? 'opens' : 'ends', `${schemaName} has no key, so it is of no stream`)
    }
    // Decided by the router, which says `streamId` first, then `timestamp`.
    const first = fields.filter((field) => field.name === 'timestamp')
    return {
      id,
      name,
      method,
      description: source.description(element),
      blockLength: this.#blockLength(element, schemaName, end),
      fields: [...first, ...fields.filter((field) => field.name !== 'timestamp')],
      data,
      key,
      keyless: routing.is('keyless', schemaName) || key === -1,
      role: opens ? 'opens' : ends ? 'ends' : 'none',
    }
  }

  /** Order, kinds and IDs of a message's children. */
  #checkChildren(element: XmlElement, message: string): void {
    const { source } = this.#types
    const ids = new Map<number, string>()
    const names = new Set<string>()
    let hasData = false
    for (const child of element.children) {
      source.checkAttributes(child)
      if (child.name === 'group') {
        source.unsupported(
          child.at,
          `group ${source.name(child)} of message ${message}: repeating groups are not read so far; leave the message out`,
        )
      }
      if (child.name !== 'field' && child.name !== 'data') {
        const meant = suggest(child.name, ['field', 'group', 'data'])
        source.invalid(
          child.at,
          `message ${message} holds a ${child.name}: ${meant || 'use field, group or data'}`,
        )
      }
      const name = source.name(child)
      if (child.name === 'data') hasData = true
      else if (hasData)
        source.invalid(child.at, `field ${name} of message ${message} stands behind data: fields come first`)
      const id =
        source.integer(child, 'id', 0, 65_535) ??
        source.invalid(child.at, `${child.name} ${name} of message ${message} has no id: give it one`)
      const other = ids.get(id)
      if (other !== undefined) {
        source.invalid(
          source.place(child, 'id'),
          `${other} and ${name} of message ${message} have the same id ${id}`,
        )
      }
      if (names.has(name))
        source.invalid(source.place(child, 'name'), `message ${message} has two fields ${name}`)
      ids.set(id, name)
      names.add(name)
    }
  }

  #weigh(element: XmlElement, weight: number): void {
    this.#weight += weight
    if (this.#weight <= MAX_FIELDS) return
    this.#types.source.invalid(
      element.at,
      `the messages have more than ${MAX_FIELDS} fields, members of composites and long constants counted; split the schema`,
    )
  }

  #readFields(element: XmlElement, message: string, seen: Set<string>): { fields: FieldIr[]; end: number } {
    const { source, routing, names, version } = this.#types
    const fields: FieldIr[] = []
    let end = 0
    for (const child of element.children.filter((one) => one.name === 'field')) {
      const schemaName = source.name(child)
      const typeName = source.required(child, 'type')
      const type = this.#types.find(typeName, source.place(child, 'type'))
      const shape = this.fields.shape(message, child, typeName, type, '')
      this.#weigh(child, this.fields.composites.weightOf(shape.encoding))
      const offset = source.integer(child, 'offset', 0, MAX_BLOCK) ?? end
      if (shape.bytes > 0 && offset < end) {
        source.invalid(
          source.place(child, 'offset'),
          `field ${schemaName} of message ${message} at offset ${offset} overlaps what ends at ${end}: raise the offset`,
        )
      }
      const name = routing.renamedField(message, schemaName)
      const field: FieldIr = {
        name,
        description: source.description(child),
        ...shape,
        offset: shape.bytes > 0 ? offset : end,
        sinceVersion: source.since(child, version),
      }
      names.field(message, name, seen, mayMiss(field), child.at)
      this.#checkOptional(child, field, message)
      if (shape.bytes > 0) end = offset + shape.bytes
      if (end > MAX_BLOCK)
        source.invalid(child.at, `message ${message}: the block is more than ${MAX_BLOCK} bytes long`)
      fields.push(field)
    }
    return { fields, end }
  }

  /** In a null composite only the first member says something; the router would judge the others. */
  #checkOptional(element: XmlElement, field: FieldIr, message: string): void {
    if (field.encoding.kind !== 'composite' || !field.optional) return
    const { source } = this.#types
    const first = nullLeaf(field)
    for (const leaf of leavesOf(field)) {
      const { kind } = leaf.encoding
      if (leaf.name === first?.name || (kind !== 'int53' && kind !== 'boolean')) continue
      source.unsupported(
        element.at,
        `field ${field.name} of message ${message} is optional, and ${leaf.name} would be checked even where it is null: route it as bigint, or not as boolean`,
      )
    }
  }

  #blockLength(element: XmlElement, message: string, end: number): number {
    const { source } = this.#types
    const most = Math.min(MAX_BLOCK, 2 ** (this.#header.blockLength.width * 8) - 1)
    if (end > most)
      source.invalid(element.at, `message ${message}: its block of ${end} bytes is above ${most}`)
    const given = source.integer(element, 'blockLength', 0, most)
    if (given !== undefined && given < end) {
      const at = source.place(element, 'blockLength')
      source.invalid(
        at,
        `blockLength ${given} of message ${message} is less than its fields need: ${end} or more`,
      )
    }
    return given ?? end
  }

  /** Index of the key among the message's data, -1 for none. */
  #findKey(element: XmlElement, message: string): number {
    const { source, routing } = this.#types
    const key = routing.keyOf(message)
    if (key === undefined) return -1
    const data = element.children.filter((child) => child.name === 'data')
    const index = data.findIndex((child) => source.text(child, 'name') === key.field)
    if (index >= 0) return index
    const field = element.children.find((child) => source.text(child, 'name') === key.field)
    if (field !== undefined) {
      source.unsupported(
        field.at,
        `the key ${key.field} of message ${message} is a field: only var data can be a key so far`,
      )
    }
    if (key.isOwn || !routing.is('keyless', message)) {
      const advice = key.isOwn ? 'name one of its data' : 'add the message to keyless, or name its key in key'
      source.invalid(
        element.at,
        `message ${message} has no data ${key.field}, which ${routing.file} calls the key: ${advice}`,
      )
    }
    return -1
  }

  #readData(element: XmlElement, message: string, seen: Set<string>, key: number): DataIr[] {
    const { source, routing, names, version } = this.#types
    const elements = element.children.filter((child) => child.name === 'data')
    return elements.map((child, index) => {
      const schemaName = source.name(child)
      const type = readVarType(this.#types, source.required(child, 'type'), source.place(child, 'type'))
      const isKey = index === key
      const presence = source.presence(child)
      const name = isKey ? 'streamId' : routing.renamedField(message, schemaName)
      if (isKey) names.member(`message ${message}`, name, seen, false, child.at)
      else names.field(message, name, seen, presence === 'optional', child.at)
      if (presence === 'constant')
        source.unsupported(child.at, `data ${schemaName} of message ${message} can't be constant`)
      if (isKey && type.charset !== 'utf8' && type.charset !== 'ascii') {
        source.unsupported(
          child.at,
          `the key ${schemaName} of message ${message} has no characterEncoding UTF-8 or US-ASCII`,
        )
      }
      return {
        name,
        description: source.description(child),
        lengthWidth: type.lengthWidth,
        maxLength: isKey ? Math.min(MAX_KEY_BYTES, type.maxLength) : type.maxLength,
        charset: type.charset,
        sinceVersion: source.since(child, version),
        optional: presence === 'optional',
      }
    })
  }
}
