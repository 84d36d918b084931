// Pieces of generated text: literals, properties, comments. What comes from a
// schema reaches the output only through these, or as a checked identifier.

import type { ConstantValue, Encoding, FieldIr } from './ir.js'
import { isBig, isFloat, PRIMITIVES } from './primitives.js'

const COMMENT_WIDTH = 100
const UNSAFE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufeff]/u

/** A string literal in single quotes; anything unusual as an escape. */
export function quote(text: string): string {
  let body = ''
  for (const unit of text) {
    const code = unit.codePointAt(0)!
    if (unit === "'" || unit === '\\') body += `\\${unit}`
    else if (code >= 0x20 && code < 0x7f) body += unit
    else
      for (let at = 0; at < unit.length; at++)
        body += `\\u${unit.charCodeAt(at).toString(16).padStart(4, '0')}`
  }
  // A formatter prefers the quotes that need no escape.
  return body.includes("\\'") && !body.includes('"') ? `"${body.replaceAll("\\'", "'")}"` : `'${body}'`
}

export function literal(value: ConstantValue): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'bigint') return `${value}n`
  if (Number.isNaN(value)) return 'Number.NaN'
  if (value === Number.POSITIVE_INFINITY) return 'Number.POSITIVE_INFINITY'
  if (value === Number.NEGATIVE_INFINITY) return 'Number.NEGATIVE_INFINITY'
  return Object.is(value, -0) ? '-0' : String(value)
}

/** A literal where a type is meant: not all numbers have one. */
export function literalType(value: ConstantValue): string {
  return typeof value === 'number' && !Number.isFinite(value) ? 'number' : literal(value)
}

/** Description text inside a comment: it can't end it, nor start a tag. */
export function commentText(text: string): string {
  let safe = ''
  for (const character of text.replaceAll('*/', '*∕').replaceAll('@', '＠')) {
    // Control characters and line ends of other kinds would read as something else, and those
    // of bidirectional text would show a reader other code than the compiler sees.
    safe += UNSAFE.test(character) ? ' ' : character
  }
  return safe
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let current = ''
  for (const word of text.split(' ')) {
    if (current !== '' && current.length + 1 + word.length > width) {
      lines.push(current)
      current = word
    } else current = current === '' ? word : `${current} ${word}`
  }
  lines.push(current)
  return lines
}

/** A JSDoc comment of paragraphs and list items, each wrapped. */
export function comment(indentation: number, paragraphs: readonly string[]): string {
  const pad = ' '.repeat(indentation)
  const width = COMMENT_WIDTH - indentation
  const lines = paragraphs
    .map(commentText)
    .filter((text) => text !== '')
    .flatMap((text) => {
      const [first, ...rest] = wrap(text, width)
      return [first!, ...rest.map((next) => (text.startsWith('- ') ? `  ${next}` : next))]
    })
  if (lines.length === 0) return ''
  if (lines.length === 1) return `${pad}/** ${lines[0]} */\n`
  return `${pad}/**\n${lines.map((one) => `${pad} * ${one}`.trimEnd()).join('\n')}\n${pad} */\n`
}

/** The TypeScript type of a value that is there; `isInput`: what the encoder takes. */
export function typeOf(encoding: Encoding, isInput: boolean): string {
  switch (encoding.kind) {
    case 'integer':
    case 'int53':
    case 'float':
      return 'number'
    case 'milliseconds':
      return isInput ? 'number | bigint' : 'number'
    case 'bigint':
      return 'bigint'
    case 'char':
    case 'text':
    case 'ip':
      return 'string'
    case 'boolean':
      return 'boolean'
    case 'array':
      if (isInput) return `ArrayLike<${isBig(encoding.primitive) ? 'bigint' : 'number'}>`
      return PRIMITIVES[encoding.primitive].array
    case 'constant':
      return literalType(encoding.value)
    case 'composite':
      return isInput ? `${encoding.name}Input` : encoding.name
    case 'enum':
    case 'set':
      return encoding.name
  }
}

/** What a value is, for people: its unit where it has one. */
function unitOf(encoding: Encoding): string {
  switch (encoding.kind) {
    case 'integer':
    case 'int53':
      return `integer, ${encoding.min} to ${encoding.max}`
    case 'bigint':
      return `bigint, ${encoding.primitive}`
    case 'float':
      return encoding.primitive === 'float' ? 'number of 32 bits' : 'number'
    case 'milliseconds':
      return 'milliseconds since the Unix epoch, fraction kept'
    case 'char':
      return 'one character'
    case 'text':
      return `text, at most ${encoding.length} bytes`
    case 'ip':
      return 'IPv4 dotted, IPv6 as in RFC 5952'
    case 'boolean':
      return 'boolean'
    case 'array':
      return `${encoding.length} ${isFloat(encoding.primitive) ? 'numbers' : 'integers'}, ${encoding.primitive}`
    case 'constant':
      return `always ${literalType(encoding.value)}`
    case 'composite':
      return encoding.name
    case 'enum':
      return `${encoding.name}, a ${isBig(encoding.primitive) ? 'bigint' : 'number'} for values that this schema doesn't name`
    case 'set':
      return `bits of ${encoding.name}`
  }
}

/** One line about a field: its description, its unit, when it is null. */
export function aboutField(field: FieldIr): string {
  const why = [
    field.optional ? 'null: none' : '',
    field.sinceVersion > 0 ? `null before version ${field.sinceVersion}` : '',
  ]
  const parts = [unitOf(field.encoding), ...why].filter((part) => part !== '').join('; ')
  const description = commentText(field.description).replace(/[.\s]+$/, '')
  return description === '' ? parts : `${description} (${parts})`
}
