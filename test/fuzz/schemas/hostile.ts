// Schemas made to do harm: deep, many, long, cyclic. And small ones put together from
// odd names, most of which compile.

import type { Random } from '../../mutate.js'
import type { SchemaCase } from './mutate-schema.js'
import { ODD_NAMES, ODD_NUMBERS, ODD_TEXTS } from './odd.js'

const schema = (types: string, messages: string, attributes = ''): string =>
  `<messageSchema package="p" id="1" version="3" ${attributes}><types>${types}</types>${messages}</messageSchema>`
const message = (fields: string, name = 'M', id = 1): string =>
  `<message name="${name}" id="${id}">${fields}</message>`
const times = (count: number, make: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => make(at)).join('')

type Maker = (random: Random) => SchemaCase

const deep: Maker = (random) => {
  const element = random.pick([
    'composite name="c"',
    'types',
    'messageSchema',
    'a:b',
    'message name="m" id="1"',
  ])
  return { xml: schema(`<${element}>`.repeat(1 + random.below(2_000)), '') }
}

/** Composites that refer to one another: in a chain, a ring, or each to several of the next. */
const references: Maker = (random) => {
  const levels = 1 + random.below(40)
  const width = 1 + random.below(3)
  const end = random.below(3) === 0 ? 0 : levels
  const types = times(levels, (at) => {
    const next = at + 1 === levels ? end : at + 1
    return `<composite name="c${at}">${times(width, (index) => `<ref name="r${index}" type="c${next}"/>`)}</composite>`
  })
  const kind = random.pick(['', ' presence="constant"'])
  const last = `<composite name="c${levels}"><type name="x" primitiveType="int8"${kind}>1</type></composite>`
  return {
    xml: schema(
      types + last,
      message(times(1 + random.below(200), (at) => `<field name="f${at}" id="${at}" type="c0"/>`)),
    ),
  }
}

/** Enums and types that are encoded as one another. */
const encodings: Maker = (random) => {
  const count = 1 + random.below(5)
  const types = times(count, (at) => {
    const next = `e${(at + 1) % count}`
    const kind = random.pick(['enum', 'set'])
    const value = kind === 'enum' ? '<validValue name="a">1</validValue>' : '<choice name="a">1</choice>'
    return `<${kind} name="e${at}" encodingType="${next}">${value}</${kind}>`
  })
  return { xml: schema(types, message('<field name="f" id="1" type="e0"/>')) }
}

const many: Maker = (random) => {
  const count = 1 + random.below(random.pick([20, 20, 100, 300, 1_500]))
  switch (random.below(5)) {
    case 0:
      return {
        xml: schema(
          '',
          times(count, (at) => message('<field name="a" id="1" type="int64"/>', `M${at}`, at)),
        ),
      }
    case 1:
      return {
        xml: schema('', message(times(count, (at) => `<field name="f${at}" id="${at}" type="uint16"/>`))),
      }
    case 2:
      return {
        xml: schema(
          `<enum name="E" encodingType="uint16">${times(count, (at) => `<validValue name="v${at}">${at}</validValue>`)}</enum>`,
          message('<field name="e" id="1" type="E"/>'),
        ),
      }
    case 3:
      return {
        xml: schema(
          times(count, (at) => `<type name="t${at}" primitiveType="char" length="${at}"/>`),
          message('<field name="t" id="1" type="t1"/>'),
        ),
      }
    default:
      return {
        xml: schema(
          '',
          message(
            times(
              count,
              (at) =>
                `<field name="${'f'.repeat(1 + (at % 190))}${at}" id="${at}" type="int8" sinceVersion="${at % 4}" description="${'d '.repeat(at % 100)}"/>`,
            ),
          ),
        ),
      }
  }
}

const long: Maker = (random) => {
  const text = random
    .pick(['a', ' ', '<', '&amp;', '9', 'é', '\u202e', '"', '\n', 'a b '])
    .repeat(1 + random.below(random.pick([100, 2_000, 100_000])))
  const inName = random.below(2) === 0 ? text : 'a'
  const place = random.below(8)
  if (place === 0) return { xml: `<${text}/>` }
  if (place === 1) return { xml: schema('', `<${text}/>`) }
  if (place === 2) return { xml: schema('', message(`<${inName} name="a" id="1" type="${text}"/>`)) }
  if (place === 3)
    return {
      xml: schema(
        '',
        message('<field name="a" id="1" type="int8"/>'),
        `byteOrder="${text}" headerType="${text}"`,
      ),
    }
  if (place === 4)
    return { xml: schema('', message('<field name="a" id="1" type="int8"/>'), `description="${text}"`) }
  if (place === 5)
    return {
      xml: schema(
        `<type name="k" primitiveType="char" presence="constant">${text}</type>`,
        message('<field name="k" id="1" type="k"/>'),
      ),
    }
  if (place === 6)
    return {
      xml: schema('', message('<field name="a" id="1" type="int8"/>')),
      routing: JSON.stringify({ [text]: text }),
    }
  return {
    xml: schema('', message('<field name="a" id="1" type="int8"/>')),
    routing: JSON.stringify({ types: { [text]: text }, key: text, name: text }),
  }
}

const entities: Maker = (random) => {
  const count = 1 + random.below(30)
  const declared = times(count, (at) => `<!ENTITY a${at + 1} "&a${at};&a${at};">`)
  const outer = random.pick(['SYSTEM "file:///etc/passwd"', 'PUBLIC "x" "http://127.0.0.1:9/x"', '"ha"'])
  const where =
    random.below(2) === 0
      ? `<messageSchema id="1" package="&a${count};"/>`
      : schema('', message(`&a${count};`))
  return { xml: `<!DOCTYPE x [<!ENTITY a0 ${outer}>${declared}]>${where}` }
}

const pick = (list: readonly string[], random: Random): string => list[random.below(list.length)]!
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

/** A schema that is right but for its names: they are all odd, and often the same. */
const named: Maker = (random) => {
  const name = (): string => pick(ODD_NAMES, random)
  const about = (): string =>
    random.below(3) === 0 ? ` description="${escaped(pick(ODD_TEXTS, random))}"` : ''
  const [type, enumeration, set, composite] = [name(), name(), name(), name()]
  const optional = (): string => random.pick(['', '', ' presence="optional"', ' sinceVersion="2"'])
  const types = [
    `<type name="${type}" primitiveType="${random.pick(['int8', 'uint64', 'char', 'double', 'uint8'])}" length="${random.pick([1, 1, 2, 16])}"${about()}/>`,
    `<enum name="${enumeration}" encodingType="${random.pick(['uint8', 'char', 'int64'])}"${about()}>${times(1 + random.below(3), (at) => `<validValue name="${name()}"${about()}>${at}</validValue>`)}</enum>`,
    `<set name="${set}" encodingType="${random.pick(['uint8', 'uint64'])}">${times(1 + random.below(3), (at) => `<choice name="${name()}">${at}</choice>`)}</set>`,
    `<composite name="${composite}"><type name="${name()}" primitiveType="int16"${optional()}/><ref name="${name()}" type="${random.pick([enumeration, set, type])}"/></composite>`,
    '<composite name="text"><type name="length" primitiveType="uint8"/><type name="varData" primitiveType="uint8" length="0" characterEncoding="UTF-8"/></composite>',
  ]
  const field = (at: number): string =>
    `<field name="${name()}" id="${at}" type="${random.pick([type, enumeration, set, composite, 'int64', 'double', 'char'])}"${optional()}${about()}/>`
  const messages = times(1 + random.below(3), (at) => {
    const data = random.below(2) === 0 ? `<data name="${name()}" id="50" type="text"/>` : ''
    return message(times(random.below(4), field) + data, name(), at)
  })
  const last = name()
  const xml = schema(types.join(''), messages).replace('package="p"', `package="test.${last}"`)
  const routing =
    random.below(3) === 0
      ? JSON.stringify({
          name: name(),
          types: { [type]: random.pick(['number', 'bigint', 'ip', 'boolean']) },
        })
      : undefined
  return { xml, routing }
}

/** Numbers at the edges of what a type holds, wherever a number can stand. */
const numeric: Maker = (random) => {
  const primitive = random.pick([
    'char',
    'int8',
    'uint8',
    'int16',
    'uint32',
    'int64',
    'uint64',
    'float',
    'double',
  ])
  const number = (): string => pick(ODD_NUMBERS, random)
  const attribute = (name: string): string => (random.below(3) === 0 ? ` ${name}="${number()}"` : '')
  const type = `<type name="t" primitiveType="${primitive}"${attribute('length')}${attribute('nullValue')}${attribute('minValue')}${attribute('maxValue')}${random.pick(['', ' presence="optional"', ' presence="constant"'])}>${number()}</type>`
  const values = times(1 + random.below(3), (at) => `<validValue name="v${at}">${number()}</validValue>`)
  const enumeration = `<enum name="E" encodingType="${primitive}"${attribute('nullValue')}>${values}</enum>`
  const fields = `<field name="a" id="1" type="t"${attribute('offset')}${attribute('sinceVersion')}/><field name="b" id="2" type="E"${attribute('nullValue')}/>`
  return {
    xml: schema(type + enumeration, message(fields).replace('id="1"', `id="1"${attribute('blockLength')}`)),
    routing: random.below(3) === 0 ? '{"types":{"t":"number"}}' : undefined,
  }
}

const MAKERS: readonly [Maker, ...Maker[]] = [
  deep,
  references,
  encodings,
  many,
  long,
  long,
  entities,
  named,
  named,
  named,
  named,
  named,
  named,
  numeric,
  numeric,
  numeric,
]

export function hostileSchema(random: Random): SchemaCase {
  return random.pick(MAKERS)(random)
}
