// The message header: the composite that `headerType` names, members by name, any
// order and width; and the composite behind a data element.

import type { HeaderMember } from '../schema.js'
import type { FieldReader } from './fields.js'
import type { Charset, CompositeIr, HeaderIr } from './ir.js'
import { PRIMITIVES } from './primitives.js'
import type { Position } from './schema-error.js'
import { charsetOf, type TypeTable } from './types.js'
import type { XmlElement } from './xml.js'

const NEEDED = ['blockLength', 'templateId', 'schemaId', 'version'] as const

/** The header when a schema declares none: the standard's 8 bytes. */
const STANDARD: HeaderIr = {
  layout: {
    bytes: 8,
    blockLength: { offset: 0, width: 2 },
    templateId: { offset: 2, width: 2 },
    schemaId: { offset: 4, width: 2 },
    version: { offset: 6, width: 2 },
  },
  numGroups: undefined,
  numVarDataFields: undefined,
  hasOtherBytes: false,
}

/** @param fields a reader of its own: the header's types are no part of the module */
export function readHeader(types: TypeTable, fields: FieldReader, root: XmlElement): HeaderIr {
  const { source } = types
  const name = source.text(root, 'headerType') ?? 'messageHeader'
  const at = source.place(root, 'headerType')
  if (!types.has(name)) {
    if (name === 'messageHeader' && source.text(root, 'headerType') === undefined) return STANDARD
    source.invalid(
      at,
      `headerType: there is no composite ${JSON.stringify(name.slice(0, 60))}; declare it in types`,
    )
  }
  const element = types.find(name, at)!
  if (element.name !== 'composite')
    source.invalid(at, `headerType ${name} is a ${element.name}: it must be a composite`)
  const composite = fields.composites.resolve(element, '')
  const member = (wanted: string): HeaderMember | undefined => headerMember(types, composite, element, wanted)
  const [blockLength, templateId, schemaId, version] = NEEDED.map(
    (wanted) =>
      member(wanted) ??
      source.invalid(element.at, `the message header ${name} has no member ${wanted}: add it`),
  ) as [HeaderMember, HeaderMember, HeaderMember, HeaderMember]
  const numGroups = member('numGroups')
  const numVarDataFields = member('numVarDataFields')
  const filled = [blockLength, templateId, schemaId, version, numGroups, numVarDataFields]
  const used = filled.reduce((sum, one) => sum + (one?.width ?? 0), 0)
  return {
    layout: { bytes: composite.bytes, blockLength, templateId, schemaId, version },
    numGroups,
    numVarDataFields,
    hasOtherBytes: used < composite.bytes,
  }
}

function headerMember(
  types: TypeTable,
  composite: CompositeIr,
  element: XmlElement,
  wanted: string,
): HeaderMember | undefined {
  const member = composite.members.find((one) => one.name === wanted)
  if (member === undefined) return undefined
  const { at } = element.children.find((child) => types.source.text(child, 'name') === wanted)!
  const { encoding } = member
  if (encoding.kind !== 'integer' || !encoding.primitive.startsWith('uint')) {
    return types.source.unsupported(at, `header member ${wanted} must be uint8, uint16 or uint32`)
  }
  return { offset: member.offset, width: PRIMITIVES[encoding.primitive].bytes as 1 | 2 | 4 }
}

export interface VarType {
  readonly lengthWidth: 1 | 2 | 4
  readonly maxLength: number
  readonly charset: Charset | undefined
}

/** The type of a data element: a composite of `length` and `varData`. */
export function readVarType(types: TypeTable, name: string, at: Position): VarType {
  const { source } = types
  const element = types.find(name, at)
  if (element?.name !== 'composite')
    return source.invalid(at, `data has type ${name}: it must be a composite of length and varData`)
  const [length, varData, ...rest] = element.children
  const isNamed = (child: XmlElement | undefined, wanted: string): boolean =>
    child?.name === 'type' && source.text(child, 'name') === wanted
  if (
    length === undefined ||
    varData === undefined ||
    rest.length > 0 ||
    !isNamed(length, 'length') ||
    !isNamed(varData, 'varData')
  ) {
    return source.invalid(
      element.at,
      `composite ${name} is used for data: it must have the types length and varData, in this order`,
    )
  }
  const lengthType = types.plain(length)
  const { primitive } = lengthType
  if (
    !['uint8', 'uint16', 'uint32'].includes(primitive) ||
    lengthType.length !== 1 ||
    lengthType.presence === 'constant'
  ) {
    source.unsupported(length.at, `the length of ${name} must be uint8, uint16 or uint32`)
  }
  const { bytes } = PRIMITIVES[primitive]
  const dataType = types.plain(varData)
  if (PRIMITIVES[dataType.primitive].bytes !== 1 || dataType.presence === 'constant') {
    source.unsupported(varData.at, `varData of ${name} must be of bytes: uint8, char or int8`)
  }
  const offset = source.integer(varData, 'offset', 0, 65_535) ?? bytes
  if ((source.integer(length, 'offset', 0, 65_535) ?? 0) !== 0 || offset !== bytes) {
    source.unsupported(element.at, `composite ${name} has bytes before or between length and varData`)
  }
  const charset = dataType.encodingName?.trim() ? charsetOf(dataType.encodingName) : undefined
  if (dataType.encodingName?.trim() && charset === undefined) {
    source.unsupported(
      varData.at,
      `characterEncoding ${dataType.encodingName}: use UTF-8, US-ASCII or ISO-8859-1`,
    )
  }
  // The top value is the length's null.
  const top = 2 ** (bytes * 8) - 2
  return {
    lengthWidth: bytes as 1 | 2 | 4,
    maxLength: lengthType.max === undefined ? top : Math.min(top, Number(lengthType.max)),
    charset,
  }
}
