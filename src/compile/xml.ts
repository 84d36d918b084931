// XML text -> elements that know where they stand. Namespaces don't matter but for
// XInclude; a DOCTYPE is stepped over and its entities are never read, let alone
// fetched. Whatever the text holds ends in elements or in a SchemaError.

import { SaxesParser } from 'saxes'
import { type Position, SchemaError } from './schema-error.js'

/** Characters; the largest published schema has 0.6 million. */
const MAX_CHARACTERS = 8_388_608
const MAX_ELEMENTS = 200_000
/** A schema needs 6 or so: messages, groups in groups. */
const MAX_DEPTH = 32
const XINCLUDE = 'http://www.w3.org/2001/XInclude'

export interface XmlAttribute {
  readonly value: string
  readonly at: Position
}

export interface XmlElement {
  /** Without its prefix. */
  readonly name: string
  /** Those without a prefix; others are somebody else's. */
  readonly attributes: ReadonlyMap<string, XmlAttribute>
  readonly children: readonly XmlElement[]
  /** Character data directly inside. */
  readonly text: string
  readonly at: Position
}

interface OpenElement extends XmlElement {
  attributes: Map<string, XmlAttribute>
  children: XmlElement[]
  text: string
}

/** Finds line and column of an index, by where the lines start. */
function lineFinder(xml: string): (index: number) => Position {
  const starts = [0]
  for (let at = xml.indexOf('\n'); at >= 0; at = xml.indexOf('\n', at + 1)) starts.push(at + 1)
  return (index) => {
    let low = 0
    let high = starts.length
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if (starts[middle]! <= index) low = middle
      else high = middle
    }
    return { line: low + 1, column: index - starts[low]! + 1 }
  }
}

/** Where the attribute begins whose closing quote stands just before `end`. */
function attributeStart(xml: string, end: number): number {
  const quote = xml[end - 1]!
  // Its value holds no such quote.
  let at = xml.lastIndexOf(quote, end - 2) - 1
  while (/[\s=]/.test(xml[at]!)) at--
  while (at >= 0 && !/\s/.test(xml[at]!)) at--
  return at + 1
}

/** @throws SchemaError `schema-invalid`, `schema-unsupported` */
export function parseXml(xml: string, file: string): XmlElement {
  const begin = { line: 1, column: 1 }
  if (xml.length > MAX_CHARACTERS) {
    const why = `it has ${xml.length} characters, at most ${MAX_CHARACTERS} are read; split the schema`
    throw new SchemaError('schema-invalid', file, begin, `the file is too long: ${why}`)
  }
  const positionOf = lineFinder(xml)
  const parser = new SaxesParser({ xmlns: true })
  const open: OpenElement[] = []
  const roots: XmlElement[] = []
  let count = 0
  const refuse = (code: string, at: Position, message: string): never => {
    throw new SchemaError(code, file, at, message)
  }
  let attributes = new Map<string, XmlAttribute>()
  let at = begin

  parser.on('error', (error) => {
    const what = error.message.replace(/^(?:\S*:)?\d+:\d+: /, '')
    const entity = what.includes('undefined entity')
      ? ' (entities that a DOCTYPE declares are never read)'
      : ''
    refuse(
      'schema-invalid',
      positionOf(Math.max(0, parser.position - 1)),
      `not well-formed XML: ${what}${entity}`,
    )
  })
  parser.on('opentagstart', () => {
    at = positionOf(xml.lastIndexOf('<', parser.position - 1))
    attributes = new Map()
  })
  parser.on('attribute', (attribute) => {
    if (attribute.prefix !== '' || attribute.name === 'xmlns') return
    attributes.set(attribute.local, {
      value: attribute.value,
      at: positionOf(attributeStart(xml, parser.position)),
    })
  })
  parser.on('opentag', (tag) => {
    if (tag.uri === XINCLUDE) {
      refuse('schema-unsupported', at, 'XInclude: other files are not read; put their content here')
    }
    if (open.length >= MAX_DEPTH)
      refuse('schema-invalid', at, `elements are nested more than ${MAX_DEPTH} deep`)
    if (++count > MAX_ELEMENTS) refuse('schema-invalid', at, `there are more than ${MAX_ELEMENTS} elements`)
    const element: OpenElement = { name: tag.local, attributes, children: [], text: '', at }
    const siblings = open.at(-1)?.children ?? roots
    siblings.push(element)
    open.push(element)
  })
  const text = (characters: string): void => {
    const element = open.at(-1)
    if (element !== undefined) element.text += characters
  }
  parser.on('text', text)
  parser.on('cdata', text)
  parser.on('closetag', () => {
    open.pop()
  })
  parser.write(xml).close()
  // Well-formed, so there is exactly one.
  return roots[0]!
}
