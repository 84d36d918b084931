// What the compiler refuses: each with file, line, column, what, why, what to do.

import { describe, expect, it } from 'vitest'
import { compileSchema } from '../../src/compile/index.js'
import { check, HEAD, inMessage, inTypes, refusal, unmark } from './refusing.js'

describe('not built yet', () => {
  const cases: [string, string, RegExp, string?][] = [
    [
      'groups',
      inMessage(
        '<field name="a" id="1" type="int8"/>\n  <group name="g" id="2"><field name="b" id="3" type="int8"/></group>\n  ^',
      ),
      /group g of message M: repeating groups/,
    ],
    [
      'big-endian',
      '<messageSchema id="1" byteOrder="bigEndian">\n                      ^\n</messageSchema>',
      /byteOrder bigEndian/,
    ],
    [
      'a key that is a field',
      inMessage('<field name="key" id="1" type="int64"/>\n^'),
      /the key key of message M is a field: only var data/,
      '{"key":"key"}',
    ],
    [
      'a key of bytes',
      inMessage('<data name="key" id="1" type="raw"/>\n^'),
      /no characterEncoding UTF-8/,
      '{"key":"key"}',
    ],
    [
      'XInclude',
      '<messageSchema id="1" xmlns:xi="http://www.w3.org/2001/XInclude">\n <xi:include href="x.xml"/>\n ^\n</messageSchema>',
      /XInclude/,
    ],
    [
      'a 64-bit header member',
      inTypes(
        `<composite name="messageHeader"><type name="blockLength" primitiveType="uint16"/>
<type name="templateId" primitiveType="uint16"/><type name="schemaId" primitiveType="uint16"/>
   <type name="version" primitiveType="uint64"/></composite>
   ^`,
      ),
      /header member version must be uint8, uint16 or uint32/,
    ],
    [
      'a 64-bit length',
      inTypes(
        `<composite name="d"><type name="length" primitiveType="uint64"/>
                    ^
<type name="varData" primitiveType="uint8" length="0"/></composite>`,
        '<data name="x" id="1" type="d"/>',
      ),
      /the length of d must be/,
    ],
    [
      'other encodings',
      inTypes(
        '<type name="t" primitiveType="char" length="3" characterEncoding="UTF-16"/>\n^',
        '<field name="x" id="1" type="t"/>',
      ),
      /characterEncoding UTF-16/,
    ],
  ]
  it.each(cases)('%s', (_, xml, message, routing) => check(xml, message, 'schema-unsupported', routing))
})

describe('against the standard', () => {
  const cases: [string, string, RegExp, string?][] = [
    [
      'a type declared twice',
      inTypes('<type name="t" primitiveType="int8"/>\n<set name="t" encodingType="uint8"/>\n^'),
      /type t is declared twice: also in line 3/,
    ],
    [
      'an unknown type',
      inMessage('<field name="a" id="1" type="unit8"/>\n                       ^'),
      /no type "unit8": did you mean int8 or uint8\?/,
    ],
    [
      'an unknown primitive type',
      inTypes('<type name="t" primitiveType="string"/>\n               ^'),
      /primitiveType "string" is no primitive/,
    ],
    [
      'a misspelt attribute',
      inMessage('<field name="a" id="1" type="int8" ofset="1"/>\n                                   ^'),
      /unknown attribute ofset: did you mean offset/,
    ],
    [
      'an unknown element',
      inMessage('<feild name="a" id="1" type="int8"/>\n^'),
      /message M holds a feild: did you mean field/,
    ],
    [
      'two messages with an id',
      `${HEAD}<message name="A" id="1"/>\n<message name="B" id="1"/>\n                  ^\n</messageSchema>`,
      /messages A and B have the same id 1/,
    ],
    [
      'two messages with a name',
      `${HEAD}<message name="A" id="1"/>\n<message name="A" id="2"/>\n         ^\n</messageSchema>`,
      /there are two messages A/,
    ],
    [
      'two fields with an id',
      inMessage(
        '<field name="a" id="1" type="int8"/><data id="1" name="b" type="text"/>\n                                          ^',
      ),
      /a and b of message M have the same id 1/,
    ],
    [
      'two fields with a name',
      inMessage(
        '<field name="a" id="1" type="int8"/><field id="2" name="a" type="int8"/>\n                                                  ^',
      ),
      /message M has two fields a/,
    ],
    [
      'a field behind data',
      inMessage(
        '<data name="a" id="1" type="text"/><field id="2" name="b" type="int8"/>\n                                   ^',
      ),
      /field b of message M stands behind data/,
    ],
    ['no id', inMessage('<field name="a" type="int8"/>\n^'), /field a of message M has no id/],
    [
      'an id out of range',
      inMessage('<field name="a" id="65536" type="int8"/>\n                ^'),
      /id is "65536": it must be an integer from 0 to 65535/,
    ],
    [
      'overlap',
      inMessage(
        '<field name="a" id="1" type="int32"/>\n <field name="b" id="2" type="int8" offset="3"/>\n                                    ^',
      ),
      /field b of message M at offset 3 overlaps what ends at 4/,
    ],
    [
      'a short block',
      `${HEAD}<message name="M" id="1" blockLength="3">\n                                                                       ^\n<field name="a" id="1" type="int32"/></message></messageSchema>`,
      /blockLength 3 of message M is less than its fields need: 4/,
    ],
    [
      'a version to come',
      inMessage(
        '<field name="a" id="1" type="int8" sinceVersion="3"/>\n                                   ^',
      ),
      /sinceVersion 3 is above the schema's version 2/,
    ],
    [
      'a cycle',
      inTypes(
        '<composite name="a"><ref name="x" type="b"/></composite>\n<composite name="b"><ref name="y" type="a"/></composite>\n                    ^',
        '<field name="f" id="1" type="a"/>',
      ),
      /composite b contains itself by way of y/,
    ],
    [
      'a cycle that nothing uses',
      inTypes('<composite name="a"><ref name="x" type="a"/></composite>\n                    ^'),
      /composite a contains itself/,
    ],
    [
      'overlap in a composite',
      inTypes(
        '<composite name="a"><type name="x" primitiveType="int32"/><type name="y" primitiveType="int8" offset="2"/></composite>\n                                                                                              ^',
      ),
      /y of composite a at offset 2 overlaps what ends at 4/,
    ],
    [
      'an enum value out of range',
      inTypes('<enum name="e" encodingType="uint8">\n<validValue name="A">256</validValue>\n^\n</enum>'),
      /validValue A is "256": a value of uint8 is an integer from 0 to 255/,
    ],
    [
      'an enum value twice',
      inTypes(
        '<enum name="e" encodingType="int8"><validValue name="A">1</validValue>\n <validValue name="B">1</validValue>\n ^\n</enum>',
      ),
      /enum e: A and B have the same value/,
    ],
    [
      'an enum without values',
      inTypes('<enum name="e" encodingType="int8"/>\n^'),
      /enum e has no validValue/,
    ],
    [
      'an enum of double',
      inTypes(
        '<enum name="e" encodingType="double"><validValue name="A">1</validValue></enum>\n               ^',
      ),
      /enum e can't be a double/,
    ],
    [
      'a bit out of range',
      inTypes(
        '<set name="s" encodingType="uint8"><choice name="c">8</choice></set>\n                                   ^',
      ),
      /choice c of set s must be a bit from 0 to 7/,
    ],
    [
      'a bit twice',
      inTypes(
        '<set name="s" encodingType="uint8"><choice name="c">7</choice>\n<choice name="d">7</choice></set>\n^',
      ),
      /c and d are the same bit 7/,
    ],
    [
      'a signed set',
      inTypes('<set name="s" encodingType="int8"/>\n              ^'),
      /set s is encoded as int8/,
    ],
    [
      'a null value out of range',
      inTypes('<type name="t" primitiveType="int8" nullValue="128"/>\n                                    ^'),
      /nullValue is "128": a value of int8/,
    ],
    [
      'a constant out of range',
      inTypes('<type name="t" primitiveType="int8" presence="constant">200</type>\n^'),
      /the constant is "200"/,
    ],
    [
      'a constant without a value',
      inTypes('<type name="t" primitiveType="int8" presence="constant"/>\n^'),
      /constant t has no value/,
    ],
    [
      'a constant field without a value',
      inMessage(
        '<field name="a" id="1" type="int8" presence="constant"/>\n                                   ^',
      ),
      /a is constant but has no value/,
    ],
    [
      'a valueRef to nowhere',
      inMessage(
        '<field name="a" id="1" type="E" presence="constant" valueRef="E.B"/>\n                                                    ^',
      ),
      /enum E has no value B/,
    ],
    [
      'minValue above maxValue',
      inTypes(
        '<type name="t" primitiveType="int8" minValue="5" maxValue="4"/>\n                                    ^',
      ),
      /minValue 5 of type t is above maxValue 4/,
    ],
    [
      'a bad presence',
      inMessage(
        '<field name="a" id="1" type="int8" presence="maybe"/>\n                                   ^',
      ),
      /presence is "maybe"/,
    ],
    [
      'data of a plain type',
      inMessage('<data name="a" id="1" type="int8"/>\n                      ^'),
      /data has type int8: it must be a composite/,
    ],
    [
      'a field of var data',
      inTypes(
        `<composite name="d"><type name="length" primitiveType="uint8"/>
<type name="varData" primitiveType="uint8" length="0"/></composite>
^`,
        '<field name="x" id="1" type="d"/>',
      ),
      /varData has a type of length 0/,
    ],
    [
      'a block that is too long',
      inTypes(
        '<type name="t" primitiveType="int64" length="9000"/>',
        '<field name="a" id="1" type="t"/>',
      ).replace('\n</messageSchema>', '\n                         ^\n</messageSchema>'),
      /block is more than 65535 bytes/,
    ],
    ['no id of the schema', '<messageSchema>\n^\n</messageSchema>', /messageSchema has no id/],
    [
      'an id beyond 16 bits',
      '<messageSchema id="65536">\n               ^\n</messageSchema>',
      /id is "65536"/,
    ],
    ['another root', '<schema id="1">\n^\n</schema>', /the root element is schema/],
    ['no message', `${HEAD}\n^\n</messageSchema>`, /the schema has no message/],
    [
      'a header that isn’t there',
      '<messageSchema id="1" headerType="h">\n                      ^\n<message name="M" id="1"/></messageSchema>',
      /no composite "h"/,
    ],
    [
      'a header without a member',
      inTypes(
        '<composite name="messageHeader"><type name="blockLength" primitiveType="uint16"/></composite>\n^',
      ),
      /has no member templateId/,
    ],
    [
      'a template ID that the header has no room for',
      `${HEAD}<types><composite name="messageHeader"><type name="blockLength" primitiveType="uint16"/><type name="templateId" primitiveType="uint8"/><type name="schemaId" primitiveType="uint8"/><type name="version" primitiveType="uint8"/></composite></types>
<message name="M" id="256"/>
                  ^
</messageSchema>`,
      /id is "256": it must be an integer from 0 to 255/,
    ],
    ['nothing', '<!-- a -->\n         ^', /not well-formed XML: document must contain a root element/],
    ['XML that is cut off', `${HEAD}\n<types>\n      ^`, /not well-formed XML: unclosed tag/],
    [
      'entities',
      '<!DOCTYPE x [<!ENTITY e "x">]>\n<messageSchema id="1" package="&e;"/>\n                                 ^',
      /not well-formed XML: undefined entity.*never read/,
    ],
  ]
  it.each(cases)('%s', (_, xml, message, routing) => check(xml, message, 'schema-invalid', routing))
})

describe('names', () => {
  const message = (name: string): string =>
    `${HEAD}\n  <message name="${name}" id="1"/>\n  ^\n</messageSchema>`
  const names: [string, RegExp][] = [
    ['Shutdown', /the method shutdown, which means something else; rename it/],
    ['StreamReleased', /the method streamReleased/],
    ['Constructor', /the method constructor/],
    ['then', /the method then/],
    ['ToString', /the method toString/],
    ['class', /would be called class: the language or the generated module needs that name/],
    ['default', /would be called default/],
    ['Event', /would be called Event/],
    ['DataView', /would be called DataView/],
    ['string', /would be called string/],
    ['Object', /would be called Object/],
  ]
  it.each(names)('a message %s', (name, pattern) => {
    check(message(name), pattern, 'schema-invalid')
    const { text } = unmark(message(name))
    const routing = JSON.stringify({ rename: { messages: { [name]: 'Renamed' } } })
    expect(compileSchema({ xmlPath: 'a.xml', xml: text, routing }).ir.messages[0]!.method).toBe('renamed')
  })

  it.each(['a-b', '1a', 'a b', 'é', '', 'a'.repeat(201), 'a;alert(1)'])('a message called %j', (name) => {
    const xml = `${HEAD}<message name="${name}" id="1"/></messageSchema>`
    expect(refusal(xml).message).toMatch(/is not an identifier/)
  })

  it.each(['event', 'slot', 'streamId', '__proto__', 'then'])('a field %s', (name) => {
    const xml = inMessage(`<field name="${name}" id="1" type="int8"/>\n^`)
    check(xml, new RegExp(`field ${name} of message M`), 'schema-invalid')
    const routing = JSON.stringify({ rename: { fields: { [`*.${name}`]: 'other' } } })
    expect(
      compileSchema({ xmlPath: 'a.xml', xml: unmark(xml).text, routing }).ir.messages[0]!.fields[0]!.name,
    ).toBe('other')
  })

  const collisions: [string, string, RegExp][] = [
    [
      'methods',
      '<message name="Foo" id="1"/>\n<message name="foo" id="2"/>\n^',
      /called foo: message Foo has it too/,
    ],
    [
      'inputs',
      '<message name="A" id="1"/>\n<message name="AInput" id="2"/>\n^',
      /AInput: the input of message A has it too/,
    ],
    [
      'types',
      '<types><enum name="E" encodingType="int8"><validValue name="A">1</validValue></enum></types>\n<message name="E" id="1"><field name="x" id="1" type="E"/></message>',
      /called E: message E has it too/,
    ],
    [
      'an optional constructor',
      '<message name="M" id="1">\n<field name="constructor" id="1" type="int8" presence="optional"/>\n^\n</message>',
      /could not be left out/,
    ],
    [
      'a renamed field',
      '<message name="M" id="1"><field name="a" id="1" type="int8"/>\n<field name="b" id="2" type="int8"/>\n^\n</message>',
      /message M has a twice/,
    ],
  ]
  it.each(collisions)('%s that collide', (name, content, message) => {
    const marked = unmark(`${HEAD}\n${content}\n</messageSchema>`)
    const routing = name === 'a renamed field' ? '{"rename":{"fields":{"M.b":"a"}}}' : undefined
    const error = refusal(marked.text, routing)
    expect(error.message).toMatch(message)
    if (marked.line > 0) expect([error.line, error.column]).toEqual([marked.line, marked.column])
  })

  it('takes keywords and constructor as properties', () => {
    const { typescript } = compileSchema({
      xmlPath: 'a.xml',
      xml: inMessage(
        '<field name="class" id="1" type="int8"/><field name="constructor" id="2" type="int8"/>',
      ),
    })
    expect(typescript).toContain('class: view.getInt8')
    expect(typescript).toContain('constructor: view.getInt8')
  })
})

describe('the routing file', () => {
  const xml = unmark(
    inMessage('<field name="a" id="1" type="uint64"/><data name="k" id="2" type="text"/>'),
  ).text
  const cases: [string, string, RegExp][] = [
    ['no JSON', '{', /^a\.json: not JSON/],
    ['no object', '[]', /the file: must be an object/],
    ['an unknown key', '{"kee":"k"}', /^a\.json: kee: unknown: did you mean key\?/],
    ['an unknown rename', '{"rename":{"message":{}}}', /rename\.message: unknown: did you mean messages/],
    ['an unknown message', '{"opens":["N"]}', /opens: the schema has no "N": give a name/],
    ['an unknown field', '{"fields":{"M.b":"number"}}', /fields: the schema has no "M\.b"/],
    [
      'an unknown type',
      '{"types":{"unit64":"number"}}',
      /types: the schema has no "unit64": did you mean .*uint64/,
    ],
    [
      'an unknown choice',
      '{"types":{"uint64":"float"}}',
      /types\.uint64: is "float": use one of bigint, number/,
    ],
    [
      'a choice that does not fit',
      '{"fields":{"M.a":"boolean"}}',
      /fields\.M\.a: boolean does not fit uint64 of field a \(a\.xml:7:1\)/,
    ],
    ['an opening without a key', '{"opens":["M"]}', /opens: M has no key/],
    ['both ends', '{"key":"k","opens":["M"],"ends":["M"]}', /ends: M is in opens too/],
    ['a list of numbers', '{"ends":[1]}', /ends: must be an array of message names/],
    ['a bad name', '{"name":"a-b"}', /name: must be an identifier/],
    ['a bad rename', '{"rename":{"fields":{"M.a":"a b"}}}', /rename\.fields\.M\.a: must be an identifier/],
    ['a key that is a number', '{"key":{"M":1}}', /key\.M: must be a field name or null/],
  ]
  it.each(cases)('%s', (_, routing, message) => {
    const error = refusal(xml, routing)
    expect(error.message).toMatch(message)
    expect([error.code, error.file, error.line]).toEqual(['routing-invalid', 'a.json', undefined])
  })

  it('a key that a message lacks', () => {
    check(
      inMessage('<field name="a" id="1" type="int8"/>').replace(
        '\n<message name="M" id="1">',
        '\n<message name="M" id="1">\n^',
      ),
      /message M has no data key, which a\.json calls the key/,
      'schema-invalid',
      '{"key":"key"}',
    )
    const { ir } = compileSchema({ xmlPath: 'a.xml', xml, routing: '{"key":"other","keyless":["M"]}' })
    expect(ir.messages[0]!.key).toBe(-1)
  })

  it('without one nothing has a key and 64 bits are bigints', () => {
    const { ir, typescript } = compileSchema({ xmlPath: 'a.xml', xml })
    expect(ir.messages[0]).toMatchObject({ key: -1, role: 'none', keyless: true })
    expect(typescript).toContain('readonly a: bigint')
    expect(typescript).toContain('readonly k: string')
  })
})
