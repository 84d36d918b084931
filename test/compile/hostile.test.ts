// Schema files that mean harm, or are broken: a typed error in little time, never a
// hang, a stack overflow or generated code that does something else.

import { readFileSync } from 'node:fs'
import { transformSync } from 'esbuild'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileSchema, interpretSchema, SchemaError } from '../../src/compile/index.js'
import { ODD_NAMES } from '../fuzz/schemas/odd.js'

/** Generous: machines that run tests may be busy. */
const MAX_MS = 10_000

/** Compiles, or gives the typed error; anything else is thrown, and so is what takes long. */
function attempt(xml: string, routing?: string): string {
  const from = performance.now()
  try {
    return compileSchema({ xmlPath: 'h.xml', xml, ...(routing === undefined ? {} : { routing }) }).typescript
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error
    return `refused: ${error.message}`
  } finally {
    expect(performance.now() - from).toBeLessThan(MAX_MS)
  }
}

const schema = (types: string, fields: string, more = ''): string =>
  `<messageSchema package="p" id="1" ${more}><types>${types}</types><message name="M" id="1">${fields}</message></messageSchema>`

describe('floods', () => {
  it('deep nesting', () => {
    const deep = '<composite name="c">'.repeat(100_000)
    expect(attempt(schema(deep, ''))).toMatch(/nested more than 32 deep/)
    expect(attempt('<a>'.repeat(1_000_000))).toMatch(/nested more than 32 deep/)
  })

  it('entities that multiply', () => {
    const entities = [
      '<!ENTITY a0 "ha">',
      ...Array.from({ length: 30 }, (_, at) => `<!ENTITY a${at + 1} "&a${at};&a${at};">`),
    ]
    const xml = `<!DOCTYPE x [${entities.join('')}]><messageSchema id="1" package="&a30;"/>`
    expect(attempt(xml)).toMatch(/undefined entity/)
  })

  it('an external entity', () => {
    const xml = `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><messageSchema id="1">&e;</messageSchema>`
    expect(attempt(xml)).toMatch(/undefined entity/)
  })

  it('huge attributes and names', () => {
    expect(attempt(schema('', `<field name="${'a'.repeat(1_000_000)}" id="1" type="int8"/>`))).toMatch(
      /is not an identifier/,
    )
    expect(attempt(schema('', `<field name="a" id="${'1'.repeat(1_000_000)}" type="int8"/>`))).toMatch(
      /id is "1+"/,
    )
    expect(
      attempt(schema('', '<field name="a" id="1" type="int8"/>', `description="${'x y '.repeat(500_000)}"`)),
    ).toContain('x y')
    expect(attempt(' '.repeat(9_000_000))).toMatch(/too long/)
  })

  it('many elements', () => {
    expect(attempt(schema('<set/>'.repeat(300_000), ''))).toMatch(/more than 200000 elements/)
  })

  it('refs to refs to refs, of things that take no bytes', () => {
    const levels = Array.from({ length: 30 }, (_, at) => {
      const member = (name: string): string => `<ref name="${name}" type="c${at}"/>`
      return `<composite name="c${at + 1}">${member('a')}${member('b')}${member('c')}</composite>`
    })
    const first =
      '<composite name="c0"><type name="k" primitiveType="int8" presence="constant">1</type></composite>'
    expect(attempt(schema(first + levels.join(''), '<field name="f" id="1" type="c30"/>'))).toMatch(
      /more than 4096 members/,
    )
  })

  it('refs and long constants in very many fields', () => {
    const level = (at: number): string => `<ref name="a" type="c${at}"/><ref name="b" type="c${at}"/>`
    const levels = Array.from(
      { length: 10 },
      (_, at) => `<composite name="c${at + 1}">${level(at)}</composite>`,
    )
    const constant = '<type name="k" primitiveType="char" presence="constant">'
    const types = `<composite name="c0">${constant}1</type></composite>${levels.join('')}`
    const fields = (count: number, type: string): string =>
      Array.from({ length: count }, (_, at) => `<field name="f${at}" id="${at}" type="${type}"/>`).join('')
    expect(attempt(schema(types, fields(40, 'c10')))).toMatch(/more than 65536 fields/)
    expect(attempt(schema(types, fields(20, 'c10')))).not.toMatch(/^refused/)
    const long = `${constant}${'x'.repeat(60_000)}</type>`
    expect(attempt(schema(long, fields(80, 'k')))).toMatch(/more than 65536 fields/)
  })

  it('thousands of messages, of values of an enum, of texts in a message', () => {
    const many = (make: (at: number) => string): string =>
      Array.from({ length: 12_000 }, (_, at) => make(at)).join('')
    const text =
      '<composite name="t"><type name="length" primitiveType="uint8"/><type name="varData" primitiveType="uint8" length="0"/></composite>'
    const value = (at: number): string => `<validValue name="v${at}">${at}</validValue>`
    const values = `<enum name="E" encodingType="uint16">${many(value)}</enum>`
    const field = '<field name="a" id="1" type="E"/>'
    const messages = many((at) => `<message name="N${at}" id="${at + 2}"/>`)
    for (const xml of [
      schema(values, field),
      schema(
        text,
        many((at) => `<data name="d${at}" id="${at}" type="t"/>`),
      ),
      schema('', '').replace('</messageSchema>', `${messages}</messageSchema>`),
    ]) {
      expect(attempt(xml)).not.toMatch(/^refused/)
    }
  })

  it('what is quoted of a file leaves a message short, and its advice whole', () => {
    const long = 'é'.repeat(100_000)
    for (const [xml, routing] of [
      [`<${long}/>`],
      [schema(`<${long}/>`, '')],
      [schema('', `<${long}/>`)],
      [schema('', '<field name="a" id="1" type="int8"/>'), JSON.stringify({ key: { [long]: 1 } })],
    ]) {
      const message = attempt(xml!, routing)
      expect(message).toMatch(
        /^refused: .*(: an SBE schema's is messageSchema|: use .*|must be a field name or null)$/s,
      )
      expect(message.length).toBeLessThan(1_100)
    }
  })

  it('a chain of refs', () => {
    const chain = Array.from(
      { length: 20_000 },
      (_, at) => `<composite name="c${at}"><ref name="x" type="c${at + 1}"/></composite>`,
    )
    const end = '<composite name="c20000"><type name="k" primitiveType="int8"/></composite>'
    expect(attempt(schema(chain.join('') + end, '<field name="f" id="1" type="c0"/>'))).toMatch(
      /nested more than 32 deep/,
    )
  })

  it('long arrays', () => {
    const types = '<type name="t" primitiveType="int64" length="4000000000"/>'
    expect(attempt(schema(types, ''))).toMatch(/length is "4000000000"/)
  })
})

describe('text that would leave its place in generated code', () => {
  const evil = `*/ globalThis.stolen = 1 /* \u2028 \u202e \u2066 \ufeff ' " \` \${1} \\ </script> @type {never}`
  const attribute = evil.replaceAll('<', '&lt;').replaceAll('"', '&quot;')

  it('stays in its comment or string', () => {
    const xml = `<messageSchema package="p" id="1" description="${attribute}"><types>
      <enum name="E" encodingType="uint8" description="${attribute}"><validValue name="A" description="${attribute}">1</validValue></enum>
      <set name="S" encodingType="uint8" description="${attribute}"><choice name="A" description="${attribute}">1</choice></set>
      <composite name="C" description="${attribute}"><type name="x" primitiveType="int8" description="${attribute}"/></composite>
      <type name="k" primitiveType="char" presence="constant" length="200"><![CDATA[${evil}]]></type></types>
      <message name="M" id="1" description="${attribute}"><field name="e" id="1" type="E" description="${attribute}"/>
      <field name="s" id="2" type="S"/><field name="c" id="3" type="C"/><field name="k" id="4" type="k"/></message></messageSchema>`
    const text = attempt(xml)
    expect(text).not.toMatch(/^refused/)
    // esbuild drops types and comments; what is left but strings is code.
    const code = transformSync(text, {
      loader: 'ts',
      legalComments: 'none',
      minifyWhitespace: true,
    }).code.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, '')
    expect(code).not.toContain('stolen')
    // Neither line ends nor what shows a reader other code than there is.
    expect(text).not.toMatch(/[\u2028\p{Bidi_Control}\ufeff]/u)
    expect(text).not.toMatch(/^\s*(?:\/\*)?\*.*@type/m)
    // As a constant it is still what the schema says.
    const made = interpretSchema({ xmlPath: 'h.xml', xml })
    expect(made.decode(0, new DataView(new ArrayBuffer(20)), 0, '', 0).k).toBe(evil)
  })

  it('in file names', () => {
    const { typescript } = compileSchema({
      xmlPath: 'x/a\nalert(1)//.xml',
      xml: schema('', '<field name="a" id="1" type="int8"/>'),
    })
    expect(typescript.split('\n')[1]).toBe('')
  })
})

it('whatever its names are, a schema compiles to well-formed code or is refused', () => {
  const text =
    '<composite name="text"><type name="length" primitiveType="uint8"/><type name="varData" primitiveType="uint8"/></composite>'
  const whole = (types: string, fields: string, name = 'Msg', last = 'p'): string =>
    schema(text + types, fields)
      .replace('"M"', `"${name}"`)
      .replace('package="p"', `package="test.${last}"`)
  const field = (name: string, type = 'int64'): string => `<field name="${name}" id="1" type="${type}"/>`
  const roles: ((name: string) => string)[] = [
    (name) => whole('', field('a'), name),
    (name) => whole('', '', name),
    (name) => whole('', '<data name="d" id="1" type="text"/>', 'Msg', name),
    (name) =>
      whole(
        `<enum name="${name}" encodingType="uint8"><validValue name="${name}">1</validValue></enum>`,
        field('a', name),
      ),
    (name) =>
      whole(
        `<set name="${name}" encodingType="uint8"><choice name="${name}">1</choice></set>`,
        field('a', name),
      ),
    (name) =>
      whole(
        `<composite name="${name}"><type name="${name}" primitiveType="int8"/></composite>`,
        field('a', name),
      ),
    (name) => whole('', `${field(name)}<data name="d" id="2" type="text"/>`),
    (name) => whole('', `<data name="d" id="2" type="text"/><data name="${name}" id="3" type="text"/>`),
  ]
  const broken: string[] = []
  let compiled = 0
  for (const name of ODD_NAMES) {
    for (const role of roles) {
      const typescript = attempt(role(name))
      if (typescript.startsWith('refused')) continue
      compiled++
      try {
        transformSync(typescript, { loader: 'ts', logLevel: 'silent' })
      } catch (error) {
        broken.push(`${name}: ${(error as Error).message}`)
      }
    }
  }
  expect(broken).toEqual([])
  expect(compiled).toBeGreaterThan(500)
})

it('the schema object is called like nothing that its module imports, or has as CommonJS', () => {
  for (const name of ['ObserverBase', 'Schema', 'Template', 'decoders', 'exports', 'module', 'require']) {
    const xml = schema('', '<field name="a" id="1" type="int8"/>').replace('package="p"', `package="${name}"`)
    expect(attempt(xml)).toMatch(
      /the schema object .* would be called .*: the language or the generated module needs that name/,
    )
  }
})

it('whatever is done to a schema, it compiles or is refused', () => {
  const whole = readFileSync(new URL('fixtures/kitchen-sink.xml', import.meta.url), 'utf8')
  const piece = fc.constantFrom(
    '"',
    '<',
    '>',
    '/>',
    '&',
    '-1',
    'type="Nested"',
    'name="a"',
    '99999999999',
    ']]>',
    '\0',
    'é',
  )
  const edits = fc.array(
    fc.record({
      at: fc.nat(whole.length),
      remove: fc.nat(30),
      put: fc.oneof(piece, fc.string({ maxLength: 5 })),
    }),
    { minLength: 1, maxLength: 3 },
  )
  fc.assert(
    fc.property(edits, (all) => {
      let xml = whole
      for (const { at, remove, put } of all) xml = xml.slice(0, at) + put + xml.slice(at + remove)
      attempt(xml)
    }),
    { numRuns: 300 },
  )
})

it('whatever a routing file holds, it compiles or is refused', () => {
  const xml = schema('', '<field name="a" id="1" type="uint64"/>')
  const values = fc.jsonValue({ maxDepth: 3 })
  const keys = fc.constantFrom(
    'name',
    'key',
    'opens',
    'ends',
    'keyless',
    'types',
    'fields',
    'rename',
    '__proto__',
    'x',
  )
  fc.assert(
    fc.property(fc.dictionary(keys, values, { noNullPrototype: true }), (routing) => {
      attempt(xml, JSON.stringify(routing))
    }),
    { numRuns: 300 },
  )
})
