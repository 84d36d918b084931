// What the compiler refuses of types, constants and references; and of a schema's frame.

import { describe, expect, it } from 'vitest'
import { check, HEAD, inMessage, inTypes, refusal } from './refusing.js'

const field = (type: string, more = ''): string => `<field name="x" id="1" type="${type}"${more}/>`
const constant = (primitive: string, text: string, more = ''): string =>
  `<type name="t" primitiveType="${primitive}" presence="constant"${more}>${text}</type>\n^`
const enumOf = (values: string, type = 'uint8'): string =>
  `<enum name="e" encodingType="${type}">${values}${values.includes('^') ? '\n' : ''}</enum>`
const one = '<validValue name="A">1</validValue>'

describe('types against the standard', () => {
  const cases: [string, string, RegExp, string?][] = [
    [
      'something else among types',
      inTypes('<typ name="t" primitiveType="int8"/>\n^'),
      /types holds a typ: use type, composite, enum or set/,
    ],
    [
      'a constant without a value',
      inTypes(constant('char', '')),
      /constant t has no value: write it as its text/,
    ],
    ['a number without a value', inTypes(constant('int8', ' ')), /constant t has no value/],
    [
      'a constant beyond its length',
      inTypes(constant('char', 'abc', ' length="2"')),
      /constant t is longer than its length 2/,
    ],
    [
      'a constant that is no number',
      inTypes(constant('double', 'one')),
      /the constant is "one": it must be a number/,
    ],
    [
      'a constant of nothing but a sign',
      inTypes(constant('float', '+-')),
      /the constant is "\+-": it must be a number/,
    ],
    ['a constant beyond its type', inTypes(constant('int8', '128')), /an integer from -128 to 127/],
    [
      'a nullValue of nothing',
      inTypes('<type name="t" primitiveType="float" nullValue=" "/>\n                                     ^'),
      /nullValue is " ": it must be a number/,
    ],
    [
      'an enum of something else',
      inTypes(enumOf(`\n<value name="A">1</value>\n^`)),
      /enum e holds a value: use validValue/,
    ],
    ['an enum of nothing', inTypes(`${enumOf('')}\n^`), /enum e has no validValue: give it one/],
    [
      'an enum of a composite',
      inTypes(
        `<composite name="c"><type name="a" primitiveType="int8"/></composite>\n${enumOf(one, 'c')}\n               ^`,
      ),
      /encodingType c is a composite: use an integer or char/,
    ],
    [
      'an enum of an array',
      inTypes(`<type name="t" primitiveType="int8" length="2"/>\n${enumOf(one, 't')}\n               ^`),
      /encodingType t is an array or a constant/,
    ],
    ['an enum of fractions', inTypes(`${enumOf(one, 'float')}\n               ^`), /enum e can't be a float/],
    [
      'two values of a name',
      inTypes(enumOf(`${one}\n<validValue name="A">2</validValue>\n^`)),
      /A and A have the same name/,
    ],
    [
      'two names of a value',
      inTypes(enumOf(`${one}\n<validValue name="B">1</validValue>\n^`)),
      /A and B have the same value/,
    ],
    [
      'two characters for one',
      inTypes(enumOf('\n<validValue name="A">BC</validValue>\n^', 'char')),
      /validValue A is "BC": a char is one character of one byte/,
    ],
    [
      'a character of two bytes',
      inTypes(enumOf('\n<validValue name="A">€</validValue>\n^', 'char')),
      /a char is one character of one byte/,
    ],
    [
      'a set of something else',
      inTypes('<set name="s" encodingType="uint8">\n<bit name="a">0</bit>\n^\n</set>'),
      /set s holds a bit: use choice/,
    ],
    [
      'a choice that is no bit',
      inTypes('<set name="s" encodingType="uint8">\n<choice name="a">x</choice>\n^\n</set>'),
      /choice a of set s must be a bit from 0 to 7/,
    ],
    [
      'a choice beyond its type',
      inTypes('<set name="s" encodingType="uint8">\n<choice name="a">8</choice>\n^\n</set>'),
      /must be a bit from 0 to 7/,
    ],
    [
      'two choices of a bit',
      inTypes(
        '<set name="s" encodingType="uint8"><choice name="a">1</choice>\n<choice name="b">1</choice>\n^\n</set>',
      ),
      /a and b are the same bit 1/,
    ],
    [
      'a member that no object can have',
      inTypes('<composite name="c">\n<type name="then" primitiveType="int8"/>\n^\n</composite>'),
      /composite c has a member then, which an object can't have/,
    ],
    [
      'a composite of nothing',
      inTypes('<composite name="c"/>\n^'),
      /composite c has no members: give it some/,
    ],
    [
      'a composite of something else',
      inTypes('<composite name="c">\n<field name="a" type="int8"/>\n^\n</composite>'),
      /composite c holds a field: use type, enum, set, composite, ref/,
    ],
    [
      'a composite of something misspelt',
      inTypes('<composite name="c">\n<tpye name="a" primitiveType="int8"/>\n^\n</composite>'),
      /composite c holds a tpye: did you mean type/,
    ],
    [
      'a composite longer than any block',
      inTypes(
        `<composite name="c"><type name="a" primitiveType="int8" length="65535"/>\n<type name="b" primitiveType="int8"/>\n^\n</composite>`,
      ),
      /composite c is more than 65535 bytes long/,
    ],
  ]
  it.each(cases)('%s', (_, xml, message, routing) => check(xml, message, 'schema-invalid', routing))

  it('arrays of numbers as constants are not built yet', () => {
    check(
      inTypes(constant('int8', '1', ' length="2"')),
      /arrays of numbers can't be constants/,
      'schema-unsupported',
    )
  })
})

describe('references against the standard', () => {
  const types = `${enumOf(one)}<enum name="f" encodingType="uint8"><validValue name="B">1</validValue></enum><type name="plain" primitiveType="uint8"/>`
  const refers = (to: string, type = 'e'): string =>
    `\n${field(type, ` presence="constant" valueRef="${to}"`)}\n`
  const at = (type: string): string =>
    `${' '.repeat(`<field name="x" id="1" type="${type}" presence="constant" `.length)}^\n`
  const cases: [string, string, RegExp][] = [
    ['no enum', `${refers('plain.A')}${at('e')}`, /valueRef: plain is no enum/],
    ['no value', `${refers('e')}${at('e')}`, /valueRef "e" must be Enum\.Value/],
    ['too much', `${refers('e.A.b')}${at('e')}`, /valueRef "e\.A\.b" must be Enum\.Value/],
    ['an unknown value', `${refers('e.Other')}${at('e')}`, /enum e has no value Other: use one of its names/],
    [
      'a value of another enum',
      `${refers('f.B')}${at('e')}`,
      /valueRef f\.B is not of the field's own enum e/,
    ],
  ]
  it.each(cases)('%s', (_, content, message) => check(inTypes(types, content), message, 'schema-invalid'))

  it('a constant field without any value', () => {
    for (const type of ['int8', 'plain', 'e']) {
      const xml = inTypes(
        types,
        `\n${field(type, ' presence="constant"')}\n${' '.repeat(`<field name="x" id="1" type="${type}" `.length)}^\n`,
      )
      check(
        xml,
        /x is constant but has no value: give it a valueRef, or a type with a constant/,
        'schema-invalid',
      )
    }
  })
})

describe('messages against the standard', () => {
  const cases: [string, string, RegExp, string?, string?][] = [
    ['no id', `${HEAD}\n<message name="M"/>\n^\n</messageSchema>`, /message M has no id: give it one/],
    [
      'nothing that looks like a member',
      inMessage('<thing name="a" id="1"/>\n^'),
      /message M holds a thing: use field, group or data/,
    ],
    [
      'something else beside messages',
      `${HEAD}\n<note/>\n^\n</messageSchema>`,
      /messageSchema holds a note: use types and message/,
    ],
    [
      'an unknown byte order',
      '<messageSchema id="1" byteOrder="middleEndian"/>\n                      ^',
      /byteOrder is "middleEndian": it must be littleEndian or bigEndian/,
    ],
    [
      'a block beyond 65,535 bytes',
      `${HEAD}<types><type name="t" primitiveType="char" length="65535"/></types><message name="M" id="1">${field('t')}\n<field name="y" id="2" type="int8"/>\n^\n</message></messageSchema>`,
      /message M: the block is more than 65535 bytes long/,
    ],
    [
      'data of a composite that has no data',
      inTypes(
        '<composite name="d">\n^\n<type name="length" primitiveType="uint8"/></composite>',
        '<data name="x" id="1" type="d"/>',
      ),
      /composite d is used for data: it must have the types length and varData, in this order/,
    ],
    [
      'a key that it names itself and lacks',
      `${HEAD}\n<message name="M" id="1"/>\n^\n</messageSchema>`,
      /message M has no data id, which a\.json calls the key: name one of its data/,
      '{"key":{"M":"id"}}',
    ],
    [
      'a constant number beyond 53 bits',
      inTypes(
        '<type name="t" primitiveType="uint64" presence="constant">9007199254740993</type>\n^',
        field('t'),
      ),
      /constant 9007199254740993 is no safe number/,
      '{"types":{"t":"number"}}',
    ],
  ]
  it.each(cases)('%s', (_, xml, message, routing) => check(xml, message, 'schema-invalid', routing))

  it('an ID, a version or a block that its header has no room for', () => {
    const narrow = ['blockLength', 'templateId', 'schemaId', 'version']
      .map((name) => `<type name="${name}" primitiveType="uint8"/>`)
      .join('')
    const xml = (more: string): string =>
      `<messageSchema package="p"${more} headerType="h">\n<types><composite name="h">${narrow}</composite></types><message name="M" id="1"/></messageSchema>`
    expect(refusal(xml(' id="256"')).message).toMatch(/id 256 doesn't fit its 8 bits in the message header/)
    expect(refusal(xml(' id="1" version="256"')).message).toMatch(/version 256 doesn't fit its 8 bits/)
    const wide = '<message name="M" id="1"><field name="x" id="1" type="t"/></message>'
    const long = xml(' id="1"').replace(
      '</types><message name="M" id="1"/>',
      `<type name="t" primitiveType="char" length="256"/></types>${wide}`,
    )
    expect(refusal(long).message).toMatch(/message M: its block of 256 bytes is above 255/)
  })

  it('a header that is no composite', () => {
    check(
      `<messageSchema package="p" id="1" headerType="h">\n${' '.repeat(34)}^\n<types><type name="h" primitiveType="int8"/></types><message name="M" id="1"/></messageSchema>`,
      /headerType h is a type: it must be a composite/,
      'schema-invalid',
    )
  })

  it('a stream that a message without a key ends', () => {
    for (const role of ['opens', 'ends']) {
      const error = refusal(`${HEAD}<message name="M" id="1"/></messageSchema>`, `{"${role}":["M"]}`)
      expect(error.message).toMatch(new RegExp(`${role}.*M has no key, so it is of no stream`))
    }
  })
})

describe('var data and optional composites that are not built yet', () => {
  const data = (length: string, varData: string): string =>
    inTypes(
      `<composite name="d">\n<type name="length" ${length}/>\n<type name="varData" ${varData}/>\n</composite>`,
      '<data name="x" id="1" type="d"/>',
    )
  const cases: [string, string, RegExp, string?][] = [
    [
      'wide elements',
      data('primitiveType="uint8"', 'primitiveType="uint16" length="0"'),
      /varData of d must be of bytes/,
    ],
    [
      'constant elements',
      data('primitiveType="uint8"', 'primitiveType="char" presence="constant" valueRef="e.A"').replace(
        '<composite',
        `${enumOf(one)}<composite`,
      ),
      /varData of d must be of bytes/,
    ],
    [
      'a gap before the length',
      data('primitiveType="uint8" offset="1"', 'primitiveType="uint8" length="0"'),
      /composite d has bytes before or between/,
    ],
    [
      'a gap behind the length',
      data('primitiveType="uint8"', 'primitiveType="uint8" length="0" offset="2"'),
      /composite d has bytes before or between/,
    ],
    [
      'another encoding',
      data('primitiveType="uint8"', 'primitiveType="uint8" length="0" characterEncoding="UTF-16"'),
      /characterEncoding UTF-16: use UTF-8/,
    ],
    [
      'a constant',
      inMessage('<data name="x" id="1" type="text" presence="constant"/>'),
      /data x of message M can't be constant/,
    ],
    [
      'a check behind the first member of an optional composite',
      inTypes(
        '<type name="b" primitiveType="uint8"/><composite name="c"><type name="a" primitiveType="int8"/><ref name="on" type="b"/></composite>',
        field('c', ' presence="optional"'),
      ),
      /field x of message M is optional, and x\.on would be checked even where it is null/,
      '{"types":{"b":"boolean"}}',
    ],
  ]
  it.each(cases)('%s', (_, xml, message, routing) => {
    const error = refusal(xml, routing)
    expect(error.message).toMatch(message)
    expect(error.code).toBe('schema-unsupported')
  })
})

describe('choices of the routing file that do not fit', () => {
  const cases: [string, string, string, object, RegExp][] = [
    [
      'a number for an enum',
      enumOf(one),
      'e',
      { types: { e: 'number' } },
      /number does not fit enum e: only boolean does/,
    ],
    [
      'a boolean for an enum of other values',
      enumOf(one),
      'e',
      { types: { e: 'boolean' } },
      /only boolean does, where it is a uint8 with the values 0 and 1/,
    ],
    [
      'a time for an array',
      '<type name="t" primitiveType="uint64" length="2"/>',
      't',
      { types: { t: 'milliseconds' } },
      /milliseconds does not fit type t \(uint64\[2\]\) of field x/,
    ],
    [
      'a bigint for a byte',
      '<type name="t" primitiveType="uint8"/>',
      't',
      { types: { t: 'bigint' } },
      /bigint does not fit type t \(uint8\) of field x/,
    ],
  ]
  it.each(cases)('%s', (_, types, type, routing, message) => {
    const error = refusal(inTypes(types, field(type)), JSON.stringify(routing))
    expect(error.message).toMatch(message)
    expect(error.code).toBe('routing-invalid')
  })
})
