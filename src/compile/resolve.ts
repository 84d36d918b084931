// XML and routing file -> SchemaIr. All that a schema can be refused for, but for
// single types and fields, is decided here and in messages.ts.

import { FieldReader } from './fields.js'
import { readHeader } from './header.js'
import type { SchemaIr } from './ir.js'
import { MessageReader } from './messages.js'
import { Names } from './names.js'
import { Routing } from './routing.js'
import { Source } from './source.js'
import { TypeTable } from './types.js'
import { parseXml, type XmlElement } from './xml.js'

export interface CompileInput {
  /** For messages. */
  readonly xmlPath: string
  readonly xml: string
  readonly routingPath?: string | undefined
  readonly routing?: string | undefined
}

/** Resolves all types, used or not, so that faults in unused ones are found. Names are no matter here. */
function checkTypes(types: TypeTable, fields: FieldReader): void {
  for (const element of types.elements) {
    if (element.name !== 'composite') {
      types.check(element)
      continue
    }
    const isVarData = element.children.some((child) => types.source.text(child, 'name') === 'varData')
    if (!isVarData) fields.composites.resolve(element, '')
  }
}

function schemaName(source: Source, routing: Routing, root: XmlElement): string {
  if (routing.name !== undefined) return routing.name
  const last = source.text(root, 'package')?.split('.').at(-1) ?? ''
  const name = last
    .trim()
    .replace(/[^A-Za-z0-9_]/g, '_')
    .slice(0, 100)
  return /^[A-Za-z_]/.test(name) ? name : 'schema'
}

/** @throws SchemaError */
export function resolveSchema(input: CompileInput): SchemaIr {
  const source = new Source(input.xmlPath)
  const routing = new Routing(input.routing, input.routingPath ?? 'routing file')
  const root = parseXml(input.xml, input.xmlPath)
  if (root.name !== 'messageSchema') {
    source.invalid(root.at, `the root element is ${root.name}: an SBE schema's is messageSchema`)
  }
  source.checkAttributes(root)
  const byteOrder = source.text(root, 'byteOrder') ?? 'littleEndian'
  if (byteOrder !== 'littleEndian') {
    const at = source.place(root, 'byteOrder')
    if (byteOrder === 'bigEndian')
      source.unsupported(at, 'byteOrder bigEndian: only littleEndian is read so far')
    source.invalid(
      at,
      `byteOrder is ${JSON.stringify(byteOrder.slice(0, 40))}: it must be littleEndian or bigEndian`,
    )
  }
  const id = source.integer(root, 'id', 0, 65_535)
  if (id === undefined) return source.invalid(root.at, 'messageSchema has no id: give it one')
  const version = source.integer(root, 'version', 0, 0xffff_ffff) ?? 0

  const sections: XmlElement[] = []
  const messages: XmlElement[] = []
  for (const child of root.children) {
    if (child.name === 'types') sections.push(child)
    else if (child.name === 'message') messages.push(child)
    else source.invalid(child.at, `messageSchema holds a ${child.name}: use types and message`)
  }
  const loose = new TypeTable(source, version, new Routing(undefined, ''), new Names(source, false), sections)
  const looseFields = new FieldReader(loose)
  const header = readHeader(loose, looseFields, root)
  for (const [name, value] of [
    ['id', id],
    ['version', version],
  ] as const) {
    const member = name === 'id' ? header.layout.schemaId : header.layout.version
    if (value >= 2 ** (member.width * 8)) {
      source.invalid(
        source.place(root, name),
        `${name} ${value} doesn't fit its ${member.width * 8} bits in the message header`,
      )
    }
  }

  const names = new Names(source, true)
  const types = new TypeTable(source, version, routing, names, sections)
  const reader = new MessageReader(types, header.layout)
  if (messages.length === 0) source.invalid(root.at, 'the schema has no message: give it one')
  const name = schemaName(source, routing, root)
  const resolved = messages.map((message) => reader.read(message))
  names.schema(name, source.place(root, 'package'))
  checkTypes(loose, looseFields)
  routing.finish()
  return {
    name,
    id,
    version,
    description: source.description(root),
    header,
    enums: types.enums,
    sets: types.sets,
    composites: reader.fields.composites.all,
    messages: resolved,
  }
}
