// IR -> encoders: checks and writes, field by field.

import {
  type CompositeIr,
  type Encoding,
  type EnumIr,
  type FieldIr,
  type HeaderIr,
  leavesOf,
  type MessageIr,
  type SchemaIr,
} from './ir.js'
import { isBig, isFloat, PRIMITIVES } from './primitives.js'
import { call, type Doc, group, indent, line, list, print, softLine, ternary } from './print.js'
import { literal, quote } from './text.js'
import { halvesOf, place } from './typescript-decode.js'

const MOST = { utf8: '0x10ffff', ascii: '0x7f', latin1: '0xff' } as const

function set(access: string, at: string, value: Doc): Doc {
  return access.endsWith('8')
    ? call(`view.set${access}`, at, value)
    : call(`view.set${access}`, at, value, 'true')
}

/** Statements, each a line or a block of its own. */
type Statements = string[]

export class EncodeWriter {
  readonly #header: HeaderIr
  readonly #uses: (name: string) => void

  constructor(header: HeaderIr, uses: (name: string) => void) {
    this.#header = header
    this.#uses = uses
  }

  #call(name: string, ...args: Doc[]): Doc {
    this.#uses(name)
    return call(name, ...args)
  }

  /** An integer's checked value; an optional one isn't the null value. */
  #integer(min: number, max: number, value: Doc, nullValue: number | undefined, label: Doc[]): Doc {
    let [low, high] = [min, max]
    if (nullValue === low) low++
    else if (nullValue === high) high--
    const checked = this.#call('integer', value, literal(low), literal(high), ...label)
    if (nullValue === undefined || nullValue < low || nullValue > high) return checked
    return this.#call('notNull', checked, literal(nullValue), ...label)
  }

  #bigInteger(min: bigint, max: bigint, value: Doc, nullValue: bigint | undefined, label: Doc[]): Doc {
    let [low, high] = [min, max]
    if (nullValue === low) low++
    else if (nullValue === high) high--
    const checked = this.#call('bigInteger', value, literal(low), literal(high), ...label)
    if (nullValue === undefined || nullValue < low || nullValue > high) return checked
    return this.#call('notNull', checked, literal(nullValue), ...label)
  }

  /** Writes a value that is there; `nullValue` is what it mustn't be. */
  #put(
    encoding: Exclude<Encoding, { kind: 'composite' | 'constant' }>,
    offset: number,
    value: string,
    nullValue: number | bigint | undefined,
    label: Doc[],
  ): Doc {
    const at = place('at', offset)
    const wire = (name: string, ...args: Doc[]): Doc => this.#call(name, 'view', at, ...args, ...label)
    switch (encoding.kind) {
      case 'integer': {
        const { access } = PRIMITIVES[encoding.primitive]
        const checked = this.#integer(
          encoding.min,
          encoding.max,
          value,
          nullValue as number | undefined,
          label,
        )
        return set(access, at, checked)
      }
      case 'bigint': {
        const { access } = PRIMITIVES[encoding.primitive]
        return set(
          access,
          at,
          this.#bigInteger(encoding.min, encoding.max, value, nullValue as bigint | undefined, label),
        )
      }
      case 'int53': {
        const forbidden = nullValue === undefined ? undefined : Number(nullValue)
        return this.#call(
          'putInt53',
          'view',
          at,
          this.#integer(encoding.min, encoding.max, value, forbidden, label),
        )
      }
      case 'float': {
        const check = encoding.primitive === 'float' ? 'float32' : 'float64'
        const checked = this.#call(check, value, ...label)
        const isNan = nullValue === undefined || Number.isNaN(nullValue)
        const stored = encoding.primitive === 'float' ? Math.fround(Number(nullValue)) : Number(nullValue)
        const full = isNan ? checked : this.#call('notNull', checked, literal(stored), ...label)
        return set(PRIMITIVES[encoding.primitive].access, at, full)
      }
      case 'boolean':
        return set('Uint8', at, this.#call('flag', value, ...label))
      case 'ip':
        return wire('putIp', value)
      case 'milliseconds':
        return wire('putMilliseconds', value)
      case 'char':
        return wire(
          'putFixedText',
          value,
          '1',
          MOST[encoding.charset === 'utf8' ? 'ascii' : encoding.charset],
        )
      case 'text':
        return wire('putFixedText', value, String(encoding.length), MOST[encoding.charset])
      case 'array': {
        const into = call(`new ${PRIMITIVES[encoding.primitive].array}`, String(encoding.length))
        if (isFloat(encoding.primitive)) return wire('putFloats', value, into)
        return wire('putIntegers', value, into, literal(encoding.min), literal(encoding.max))
      }
      case 'enum':
        return this.#putNumber(
          encoding,
          at,
          call(`valueOf${encoding.name}`, value, ...label),
          nullValue,
          label,
        )
      case 'set':
        return this.#putNumber(encoding, at, value, undefined, label)
    }
  }

  /** Enums and sets: any number of their encoding. */
  #putNumber(
    encoding: Extract<Encoding, { kind: 'enum' | 'set' }>,
    at: string,
    value: Doc,
    nullValue: number | bigint | undefined,
    label: Doc[],
  ): Doc {
    const { access, bytes } = PRIMITIVES[encoding.primitive]
    const bits = bytes * 8
    const isSigned = encoding.primitive.startsWith('int')
    if (isBig(encoding.primitive)) {
      const [min, max] = isSigned ? [-(2n ** 63n), 2n ** 63n - 1n] : [0n, 2n ** 64n - 1n]
      return set(access, at, this.#bigInteger(min, max, value, nullValue as bigint | undefined, label))
    }
    const [min, max] = isSigned ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1]
    return set(access, at, this.#integer(min, max, value, nullValue as number | undefined, label))
  }

  /** Writes null: the leaf's null value, or zeros where it has none. */
  #putNull(leaf: FieldIr, offset: number): Doc[] {
    const { encoding, nullValue, bytes } = leaf
    const at = place('at', offset)
    if (nullValue === undefined || encoding.kind === 'text' || encoding.kind === 'ip') {
      const zeros = this.#call('zeros', 'view', at, String(bytes))
      const isOdd = encoding.kind === 'text' && nullValue !== undefined && nullValue !== 0
      return isOdd ? [zeros, set('Uint8', at, literal(nullValue))] : [zeros]
    }
    if (encoding.kind === 'array') {
      const filled: Doc = [
        call(`new ${PRIMITIVES[encoding.primitive].array}`, String(encoding.length)),
        '.fill(',
        literal(nullValue),
        ')',
      ]
      return [this.#call('putArray', 'view', at, filled)]
    }
    if (encoding.kind === 'int53' || encoding.kind === 'milliseconds') {
      return [set('BigUint64', at, literal(BigInt.asUintN(64, BigInt(nullValue))))]
    }
    const primitive = 'primitive' in encoding ? encoding.primitive : 'uint8'
    return [set(PRIMITIVES[primitive].access, at, literal(nullValue))]
  }

  /** All that writes one field, or composite member, whose value `value` is. */
  #field(field: FieldIr, base: number, value: string, label: string, depth: number): Statements {
    const { encoding, optional } = field
    const labels = ['name', quote(label)]
    const offset = base + field.offset
    if (encoding.kind === 'constant') {
      return [print(this.#call('constant', value, literal(encoding.value), ...labels), depth)]
    }
    const inside = optional ? depth + 2 : depth
    const nullValue = optional ? field.nullValue : undefined
    const present =
      encoding.kind === 'composite'
        ? this.#composite(encoding, offset, value, label, inside)
        : [print(this.#put(encoding, offset, value, nullValue, labels), inside)]
    if (!optional) return present
    if (encoding.kind === 'milliseconds') {
      const halves = halvesOf(BigInt(field.nullValue!))
      present.push(
        print(this.#call('notNull64', 'view', place('at', offset), ...halves, value, ...labels), inside),
      )
    }
    const leaves = encoding.kind === 'composite' ? [...leavesOf(field)] : [field]
    const absent = leaves.flatMap((leaf) =>
      this.#putNull(leaf, base + leaf.offset).map((one) => print(one, inside)),
    )
    const pad = ' '.repeat(depth)
    const when = (equals: string, and: string): string => {
      const both: Doc = [`${value} ${equals} undefined ${and}`, line, `${value} ${equals} null`]
      return print(group('if (', indent(softLine, both), softLine, ') {'), depth)
    }
    // Nothing but constants: none of it is on the wire.
    if (absent.length === 0) return [`${when('!==', '&&')}\n${present.join('\n')}\n${pad}}`]
    const test = when('===', '||')
    return [`${test}\n${absent.join('\n')}\n${pad}} else {\n${present.join('\n')}\n${pad}}`]
  }

  #composite(
    { members }: CompositeIr,
    offset: number,
    value: string,
    label: string,
    depth: number,
  ): Statements {
    const lines = [print(this.#call('group', value, 'name', quote(label)), depth)]
    for (const member of members) {
      const { name } = member
      lines.push(...this.#field(member, offset, `${value}.${name}`, `${label}.${name}`, depth))
    }
    return lines
  }

  message(message: MessageIr): string {
    const { layout } = this.#header
    const leaves = message.fields.flatMap((field) => [...leavesOf(field)])
    const used = leaves.reduce((sum, leaf) => sum + leaf.bytes, 0)
    const fields = message.fields.flatMap((field) =>
      this.#field(field, layout.bytes, `event.${field.name}`, field.name, 2),
    )
    const lines: string[] = []
    // Bytes between fields and behind them.
    if (used < message.blockLength) {
      lines.push(
        print(this.#call('zeros', 'view', place('at', layout.bytes), String(message.blockLength)), 2),
      )
    }
    lines.push(...fields)
    const end = place('at', layout.bytes + message.blockLength)
    if (message.key === -1)
      lines.push(print(this.#call('constant', 'event.streamId', "''", 'name', "'streamId'"), 2))
    const puts = message.data.map((_, index) => this.#data(message, index, index === 0 ? end : 'next'))
    if (puts.length === 0) lines.push(`  return ${layout.bytes + message.blockLength}`)
    else if (puts.length === 1) lines.push(print(['return ', puts[0]!, ' - at'], 2))
    else {
      puts.forEach((put, index) => {
        const first = puts.length === 2 ? 'const next = ' : 'let next = '
        const before = index === 0 ? first : index === puts.length - 1 ? 'return ' : 'next = '
        lines.push(print([before, put, index === puts.length - 1 ? ' - at' : ''], 2))
      })
    }
    const body = lines.join('\n')
    // An event without fields and data writes nothing but its header: then compilers may call these unused.
    const unused = body.includes('view') ? '' : '_'
    const signature = list(
      `function encode${message.name}(`,
      [`event: ${message.name}Input`, `${unused}view: DataView`, `${unused}at: number`, 'name: string'],
      '): number {',
    )
    return `${print(signature)}\n${body}\n}\n`
  }

  #data(message: MessageIr, index: number, at: string): Doc {
    const data = message.data[index]!
    const label = [String(data.lengthWidth), String(data.maxLength)]
    const mayMiss = data.optional || (index === message.key && message.keyless)
    const value = `event.${data.name}`
    if (data.charset === undefined) {
      const given = mayMiss ? `${value} ?? new Uint8Array(0)` : value
      return this.#call('putBytes', 'view', at, given, ...label, 'name', quote(data.name))
    }
    const given = mayMiss ? `${value} ?? ''` : value
    const names = ['name', quote(data.name)]
    if (data.charset === 'utf8') return this.#call('putText', 'view', at, given, ...label, ...names)
    return this.#call('putPlainText', 'view', at, given, ...label, MOST[data.charset], ...names)
  }

  /** The function that writes the header, and leaves the rest to the message's encoder. */
  entry(schema: SchemaIr): string {
    const { layout, numGroups, numVarDataFields, hasOtherBytes } = this.#header
    const lines: Doc[] = [
      'const name = event?.event',
      'const index = templates.findIndex((one) => one.event === name)',
      `if (index === -1) return unknownEvent(event, ${quote(schema.name)})`,
      `const { id, blockLength${numVarDataFields === undefined ? '' : ', data'} } = templates[index]!`,
      this.#call('room', 'view', 'at', `${layout.bytes} + blockLength`, 'name'),
    ]
    if (hasOtherBytes) lines.push(this.#call('zeros', 'view', 'at', String(layout.bytes)))
    const members: [{ offset: number; width: number } | undefined, string][] = [
      [layout.blockLength, 'blockLength'],
      [layout.templateId, 'id'],
      [layout.schemaId, String(schema.id)],
      [layout.version, String(schema.version)],
      [numGroups, '0'],
      [numVarDataFields, 'data.length'],
    ]
    for (const [member, value] of members) {
      if (member !== undefined) lines.push(set(`Uint${member.width * 8}`, place('at', member.offset), value))
    }
    lines.push('return encoders[index]!(event as never, view, at, name)')
    const body = lines.map((line) => `${print(line, 2)}\n`).join('')
    const encoders = list(
      'const encoders: readonly ((event: never, view: DataView, at: number, name: string) => number)[] = [',
      schema.messages.map(({ name }) => `encode${name}`),
      ']',
    )
    return `${print(encoders)}\n\nfunction encode(event: Input, view: DataView, at: number): number {\n${body}}\n`
  }
}

/** The function that gives a named value's number; raw numbers pass, to be checked where they are written. */
export function valueOfEnum(type: EnumIr, uses: (name: string) => void): string {
  uses('fail')
  const cases = type.values.map(
    ({ name, value }) => `    case ${quote(name)}:\n      return ${literal(value)}\n`,
  )
  const raw = type.primitive.endsWith('64') ? 'bigint' : 'number'
  const shown = type.values.slice(0, 8).map(({ name }) => name)
  const names = `${shown.join(', ')}${type.values.length > shown.length ? ', …' : ''} or a ${raw}`
  const signature = list(
    `function valueOf${type.name}(`,
    ['value: unknown', 'event: string', 'field: string'],
    '): unknown {',
  )
  const refuse = call('fail', 'value', quote(names), 'event', 'field')
  const result = ['return ', ternary(`typeof value === ${quote(raw)}`, 'value', refuse)]
  return `${print(signature)}\n  switch (value) {\n${cases.join('')}  }\n${print(result, 2)}\n}\n`
}
