// IR -> decoders: a small function an event, offsets as literals.

import {
  type Encoding,
  type EnumIr,
  type FieldIr,
  type HeaderIr,
  leavesOf,
  type MessageIr,
  nullLeaf,
} from './ir.js'
import { PRIMITIVES } from './primitives.js'
import { call, type Doc, list, print, property, ternary } from './print.js'
import { literal, quote } from './text.js'

/** `at + 8`; `at` alone for 0. */
export function place(base: string, offset: number): string {
  return offset === 0 ? base : `${base} + ${offset}`
}

/** `view.getUint16(at, true)`: DataView takes no byte order for single bytes. */
export function get(access: string, at: string): Doc {
  return access.endsWith('8') ? call(`view.get${access}`, at) : call(`view.get${access}`, at, 'true')
}

/** The lower and the upper 32 bits. */
export function halvesOf(value: bigint): [string, string] {
  const bits = BigInt.asUintN(64, value)
  return [String(bits & 0xffff_ffffn), String(bits >> 32n)]
}

/** A test for the wire's null value of a leaf, which has one; nothing for what is no single value. */
function nullTest(leaf: FieldIr, at: string): Doc | undefined {
  const { encoding } = leaf
  const nullValue = leaf.nullValue!
  switch (encoding.kind) {
    case 'bigint':
    case 'int53':
    case 'milliseconds':
      return call('is64', 'view', at, ...halvesOf(BigInt(nullValue)))
    case 'float': {
      const value = get(PRIMITIVES[encoding.primitive].access, at)
      if (Number.isNaN(nullValue)) return call('Number.isNaN', value)
      const stored = encoding.primitive === 'float' ? Math.fround(Number(nullValue)) : Number(nullValue)
      // Plus 0: the two zeros are equal, and linters refuse to compare with the negative one.
      return [value, ` === ${literal(stored + 0)}`]
    }
    case 'boolean':
    case 'char':
    case 'text':
      return [get('Uint8', at), ` === ${nullValue}`]
    case 'integer':
    case 'enum': {
      const { access, bytes } = PRIMITIVES[encoding.primitive]
      if (bytes === 8) return call('is64', 'view', at, ...halvesOf(BigInt(nullValue)))
      return [get(access, at), ` === ${nullValue}`]
    }
    default:
      // Arrays are compared as a whole.
      return undefined
  }
}

interface Value {
  readonly doc: Doc
  readonly isTernary: boolean
}

const plain = (doc: Doc): Value => ({ doc, isTernary: false })

export class DecodeWriter {
  readonly #header: HeaderIr
  readonly #uses: (name: string) => void

  /** @param uses told which functions of wire.ts the text needs */
  constructor(header: HeaderIr, uses: (name: string) => void) {
    this.#header = header
    this.#uses = uses
  }

  /** A field's value, null included; `since` is the version that its owner is there from. */
  #value(field: FieldIr, base: number, since: number): Value {
    const offset = base + field.offset
    const at = place('at', offset)
    const tests: Doc[] = []
    if (field.sinceVersion > since && field.encoding.kind !== 'constant')
      tests.push(`version < ${field.sinceVersion}`)
    let value = this.#read(field.encoding, offset, Math.max(since, field.sinceVersion))
    if (field.optional) {
      const leaf = field.encoding.kind === 'composite' ? nullLeaf(field) : field
      const leafAt = leaf === undefined || leaf === field ? at : place('at', base + leaf.offset)
      const test = leaf === undefined ? undefined : nullTest(leaf, leafAt)
      if (test !== undefined) tests.push(test)
      if (field.encoding.kind === 'array') {
        this.#uses('arrayOrNull')
        const nullValue = field.nullValue!
        const stored = field.encoding.primitive === 'float' ? Math.fround(Number(nullValue)) : nullValue
        value = plain(call('arrayOrNull', value.doc, literal(stored)))
      }
    }
    if (tests.length === 0) return value
    const test = tests.flatMap((one, index) => (index === 0 ? [one] : [' || ', one]))
    if (tests.some((one) => print(one).startsWith('is64('))) this.#uses('is64')
    // A formatter moves a comparison below its property's name, but not a lone call.
    const isComparison = print(test).includes(' === ') || print(test).includes(' < ')
    return { doc: ternary(test, 'null', value.doc), isTernary: isComparison }
  }

  #read(encoding: Encoding, offset: number, since: number): Value {
    const at = place('at', offset)
    const wire = (name: string, ...args: Doc[]): Value => {
      this.#uses(name)
      return plain(call(name, 'view', at, ...args))
    }
    switch (encoding.kind) {
      case 'integer':
      case 'bigint':
      case 'float':
      case 'set':
        return plain(get(PRIMITIVES[encoding.primitive].access, at))
      case 'int53':
        return wire(encoding.primitive === 'int64' ? 'int53' : 'uint53')
      case 'milliseconds':
      case 'ip':
      case 'char':
        return wire(encoding.kind)
      case 'boolean':
        return plain([get('Uint8', at), ' === 1'])
      case 'text': {
        const reader = encoding.charset === 'latin1' ? 'latin1' : 'text'
        this.#uses('untilNul')
        return wire(reader, call('untilNul', 'view', at, String(encoding.length)))
      }
      case 'array':
        return wire('array', call(`new ${PRIMITIVES[encoding.primitive].array}`, String(encoding.length)))
      case 'enum':
        return plain(call(`nameOf${encoding.name}`, get(PRIMITIVES[encoding.primitive].access, at)))
      case 'constant':
        return plain(literal(encoding.value))
      case 'composite':
        return plain(this.#object(encoding.members, offset, since, []))
    }
  }

  #object(fields: readonly FieldIr[], base: number, since: number, before: readonly Doc[]): Doc {
    const members = fields.map((field) => {
      const { doc, isTernary } = this.#value(field, base, since)
      return property(field.name, doc, isTernary)
    })
    return list('{', [...before, ...members], '}', ' ')
  }

  /** Lines that read the var data beside the key; the names of what they hold. */
  #data(message: MessageIr): { lines: Doc[]; members: Doc[] } {
    const lines: Doc[] = []
    const members: Doc[] = []
    const count = message.data.length
    const last = message.key === count - 1 ? count - 2 : count - 1
    if (last < 0) return { lines, members }
    const { layout } = this.#header
    const block = get(`Uint${layout.blockLength.width * 8}`, place('at', layout.blockLength.offset))
    const moves = last > 0 ? 'let' : 'const'
    lines.push([`${moves} next = ${place('at', layout.bytes)} + `, block])
    for (const [index, data] of message.data.slice(0, last + 1).entries()) {
      const length = get(`Uint${data.lengthWidth * 8}`, 'next')
      const present = data.sinceVersion > 0 ? `version < ${data.sinceVersion}` : undefined
      const used = [`length${index}`]
      lines.push([`const ${used} = `, present === undefined ? length : ternary(present, '0', length)])
      if (index !== message.key) {
        const reader = data.charset === undefined ? 'bytes' : data.charset === 'latin1' ? 'latin1' : 'text'
        this.#uses(reader)
        const value = call(reader, 'view', `next + ${data.lengthWidth}`, `length${index}`)
        lines.push([`const data${index} = `, value])
        members.push(`${data.name}: data${index}`)
      }
      if (index === last) continue
      const step = `${data.lengthWidth} + length${index}`
      lines.push(
        present === undefined ? `next += ${step}` : `if (version >= ${data.sinceVersion}) next += ${step}`,
      )
    }
    return { lines, members }
  }

  message(message: MessageIr): string {
    const { layout } = this.#header
    const leaves = message.fields.flatMap((field) => [field, ...leavesOf(field)])
    const needsVersion = [...leaves, ...message.data.filter((_, index) => index !== message.key)].some(
      (one) => one.sinceVersion > 0 && !('encoding' in one && one.encoding.kind === 'constant'),
    )
    const { lines, members } = this.#data(message)
    const head: Doc[] = []
    if (needsVersion || lines.some((line) => print(line).includes('version'))) {
      head.push([
        'const version = ',
        get(`Uint${layout.version.width * 8}`, place('at', layout.version.offset)),
      ])
    }
    const own = message.fields.map((field) => {
      const { doc, isTernary } = this.#value(field, layout.bytes, 0)
      return property(field.name, doc, isTernary)
    })
    const all = [`event: ${quote(message.name)}`, 'streamId', 'slot', ...own, ...members]
    const body = [...head, ...lines].map((line) => `${print(line, 2)}\n`).join('')
    const result = all.map((member) => `${print(member, 4, 1)},\n`).join('')
    // An event without fields reads nothing: then compilers may call the parameters unused.
    const unused = `${body}${result}`.includes('view') ? '' : '_'
    const signature = list(
      `function decode${message.name}(`,
      [`${unused}view: DataView`, `${unused}at: number`, 'streamId: string', 'slot: number'],
      `): ${message.name} {`,
    )
    return `${print(signature)}\n${body}  return {\n${result}  }\n}\n`
  }
}

/** The function that names an enum's value. */
export function nameOfEnum(type: EnumIr): string {
  const raw = type.primitive.endsWith('64') ? 'bigint' : 'number'
  const cases = type.values.map(
    ({ name, value }) => `    case ${literal(value)}:\n      return ${quote(name)}\n`,
  )
  const signature = print(list(`function nameOf${type.name}(`, [`value: ${raw}`], `): ${type.name} {`))
  return `${signature}\n  switch (value) {\n${cases.join('')}  }\n  return value\n}\n`
}
