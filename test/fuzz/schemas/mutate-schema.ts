// Changes a schema's text here and there: attributes, names, elements, characters. Most
// changes keep it well-formed, so that the compiler gets beyond the XML.

import type { Random } from '../../mutate.js'
import { BAD_NAMES, ODD_NAMES, ODD_NUMBERS, ODD_PIECES, ODD_TEXTS } from './odd.js'

export interface SchemaCase {
  readonly xml: string
  readonly routing?: string | undefined
}

type Change = (xml: string, random: Random) => string

const PRIMITIVES = [
  'char',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'float',
  'double',
] as const
const VALUES: Readonly<Record<string, readonly [string, ...string[]]>> = {
  primitiveType: [...PRIMITIVES, 'uint128', 'Char', ''],
  encodingType: [...PRIMITIVES, 'bool', 'small', 'uint8null'],
  presence: ['required', 'optional', 'constant', 'Optional', ''],
  byteOrder: ['littleEndian', 'bigEndian', 'middleEndian'],
  characterEncoding: ['UTF-8', 'US-ASCII', 'ISO-8859-1', 'utf8', 'UTF-16', ' ', 'x'.repeat(50_000)],
  headerType: ['messageHeader', 'wideHeader', 'varString8', 'none'],
  valueRef: ['bool.True', 'Side.Buy', 'Side', 'a.b.c', '.', 'Side.constructor', 'toString.call'],
}
const NUMERIC = [
  'id',
  'version',
  'length',
  'offset',
  'blockLength',
  'sinceVersion',
  'minValue',
  'maxValue',
  'nullValue',
]
const ATTRIBUTE = /\b([\w:]+)="([^"]*)"/g

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

const anyOf = (list: readonly string[], random: Random): string => list[random.below(list.length)]!
const replaceAt = (text: string, at: number, length: number, by: string): string =>
  text.slice(0, at) + by + text.slice(at + length)

/** One of the matches of a pattern; `undefined`: there is none. */
function anyMatch(text: string, pattern: RegExp, random: Random): RegExpMatchArray | undefined {
  const matches = [...text.matchAll(pattern)]
  return matches[random.below(matches.length)]
}

function oddName(random: Random): string {
  return random.below(5) === 0 ? anyOf(BAD_NAMES, random) : anyOf(ODD_NAMES, random)
}

/** Another value for an attribute, one that fits its kind more often than not. */
function valueFor(name: string, random: Random): string {
  const known = VALUES[name]
  if (random.below(12) === 0) return anyOf(ODD_TEXTS, random)
  if (known !== undefined) return random.pick(known)
  if (NUMERIC.includes(name)) return anyOf(ODD_NUMBERS, random)
  return name === 'description' ? anyOf(ODD_TEXTS, random) : oddName(random)
}

const setAttribute: Change = (xml, random) => {
  const match = anyMatch(xml, ATTRIBUTE, random)
  if (match === undefined) return xml
  const [whole, name] = match
  return replaceAt(xml, match.index!, whole!.length, `${name}="${escaped(valueFor(name!, random))}"`)
}

/** Gives an element an attribute that it may have. */
const addAttribute: Change = (xml, random) => {
  const match = anyMatch(xml, /<(?:\w+:)?(?:type|field|data|enum|set|composite|message|ref)\b/g, random)
  if (match === undefined) return xml
  const name = random.pick([
    'presence',
    'nullValue',
    'sinceVersion',
    'offset',
    'description',
    'length',
    'blockLength',
    'minValue',
    'maxValue',
    'valueRef',
    'characterEncoding',
    'deprecated',
    'prescence',
  ])
  return replaceAt(xml, match.index! + match[0].length, 0, ` ${name}="${escaped(valueFor(name, random))}"`)
}

const dropAttribute: Change = (xml, random) => {
  const match = anyMatch(xml, ATTRIBUTE, random)
  return match === undefined ? xml : replaceAt(xml, match.index!, match[0].length, '')
}

/** A name gets another everywhere, so that what refers to it still does. */
const renameAll: Change = (xml, random) => {
  const match = anyMatch(xml, /\bname="([^"]+)"/g, random)
  if (match === undefined) return xml
  return xml.replaceAll(`"${match[1]}"`, `"${escaped(oddName(random))}"`)
}

/** Two attributes of the same name change their values: types, ids, names. */
const swapValues: Change = (xml, random) => {
  const one = anyMatch(xml, ATTRIBUTE, random)
  if (one === undefined) return xml
  const other = anyMatch(xml, new RegExp(`\\b${one[1]}="([^"]*)"`, 'g'), random)
  return other === undefined ? xml : replaceAt(xml, one.index!, one[0].length, other[0])
}

const lines = (xml: string): string[] => xml.split('\n')

const dropLine: Change = (xml, random) => {
  const all = lines(xml)
  all.splice(random.below(all.length), 1 + random.below(3))
  return all.join('\n')
}

const repeatLine: Change = (xml, random) => {
  const all = lines(xml)
  const line = all[random.below(all.length)]!
  all.splice(random.below(all.length), 0, line)
  return all.join('\n')
}

const moveLine: Change = (xml, random) => {
  const all = lines(xml)
  const [line] = all.splice(random.below(all.length), 1)
  all.splice(random.below(all.length), 0, line!)
  return all.join('\n')
}

const insertPiece: Change = (xml, random) => {
  const tags = [...xml.matchAll(/[<>]/g)]
  const at = random.below(2) === 0 ? random.below(xml.length) : (tags[random.below(tags.length)]?.index ?? 0)
  return replaceAt(xml, at + random.below(2), 0, anyOf(ODD_PIECES, random))
}

const cutOut: Change = (xml, random) => replaceAt(xml, random.below(xml.length), random.below(40), '')

const setCharacter: Change = (xml, random) =>
  replaceAt(
    xml,
    random.below(xml.length),
    1,
    String.fromCharCode(random.pick([0, 9, 34, 38, 39, 47, 60, 62, 0xe9, 0x2028, 0xd800, 0xfeff])),
  )

const setText: Change = (xml, random) => {
  const match = anyMatch(xml, />([^<>]+)</g, random)
  if (match === undefined) return xml
  const text = random.below(3) === 0 ? anyOf(ODD_TEXTS, random) : anyOf(ODD_NUMBERS, random)
  return replaceAt(xml, match.index!, match[0].length, `>${escaped(text)}<`)
}

const declare: Change = (xml, random) =>
  random.pick([
    '<?xml version="1.0" encoding="UTF-16"?>',
    '<?xml version="1.1"?>',
    '\ufeff',
    '\ufeff\ufeff',
    '<?xml version="1.0" encoding="x"?>',
    '\u0000',
    '<!DOCTYPE a [<!ENTITY b "c">]>',
  ]) + (random.below(2) === 0 ? xml : xml.replace(/^<\?xml[^>]*>/, ''))

const CHANGES: readonly [Change, ...Change[]] = [
  ...([setAttribute, setAttribute] as const),
  setAttribute,
  addAttribute,
  addAttribute,
  dropAttribute,
  renameAll,
  renameAll,
  renameAll,
  swapValues,
  swapValues,
  dropLine,
  repeatLine,
  moveLine,
  insertPiece,
  cutOut,
  setCharacter,
  setText,
  setText,
  declare,
]

/** One to four changes away. */
export function mutateXml(xml: string, random: Random): string {
  let changed = xml
  for (let left = 1 + random.below(4); left > 0 && changed !== ''; left--)
    changed = random.pick(CHANGES)(changed, random)
  return changed
}

/** Any JSON value, names of the schema's and odd ones in it. */
function oddJson(names: readonly string[], random: Random, depth = 0): string {
  const name = (): string => (random.below(2) === 0 ? anyOf(names, random) : oddName(random))
  const many = (make: () => string): string => Array.from({ length: random.below(4) }, make).join(',')
  switch (random.below(depth > 3 ? 5 : 8)) {
    case 0:
      return random.pick(['null', 'true', '1e400', '-0', '""', '[]', '{}'])
    case 1:
    case 2:
      return JSON.stringify(name())
    case 3:
      return JSON.stringify(random.pick(['bigint', 'number', 'boolean', 'ip', 'milliseconds', 'text']))
    case 4:
      return JSON.stringify(`${name()}.${name()}`)
    case 5:
      return `[${many(() => oddJson(names, random, depth + 1))}]`
    default:
      return `{${many(() => `${JSON.stringify(random.below(3) === 0 ? `${name()}.${name()}` : name())}:${oddJson(names, random, depth + 1)}`)}}`
  }
}

const KEYS = [
  'name',
  'key',
  'opens',
  'ends',
  'keyless',
  'types',
  'fields',
  'rename',
  '__proto__',
  'kex',
  '$schema',
] as const

/** A routing file: one that fits with changes, or one made up from the schema's names. */
export function mutateRouting({ xml, routing }: SchemaCase, random: Random): string {
  const names = [...xml.matchAll(/\bname="([^"]+)"/g)].map(([, name]) => name!)
  if (names.length === 0) names.push('a')
  if (routing !== undefined && random.below(2) === 0) {
    let changed = routing
    for (let left = 1 + random.below(2); left > 0; left--) {
      const match = anyMatch(changed, /"[^"]*"/g, random)
      if (match === undefined || random.below(4) === 0) changed = setCharacter(`${changed} `, random)
      else changed = replaceAt(changed, match.index!, match[0].length, oddJson(names, random, 4))
    }
    return changed
  }
  const members = Array.from(
    { length: 1 + random.below(4) },
    () => `"${random.pick(KEYS)}":${oddJson(names, random)}`,
  )
  return `{${members.join(',')}}`
}
