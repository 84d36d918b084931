// IR -> the template table that the core reads.

import type { FieldCheck, NumberField, Template } from '../schema.js'
import { type FieldIr, leavesOf, type MessageIr, nullLeaf } from './ir.js'

function checksOf(message: MessageIr): FieldCheck[] {
  const checks: FieldCheck[] = []
  for (const field of message.fields) {
    for (const leaf of leavesOf(field)) {
      const { encoding, name, offset, sinceVersion } = leaf
      if (encoding.kind !== 'boolean' && encoding.kind !== 'int53') continue
      const kind =
        encoding.kind === 'boolean' ? 'boolean' : encoding.primitive === 'int64' ? 'int53' : 'uint53'
      const check: FieldCheck = { kind, field: name, offset, sinceVersion }
      // An optional composite has no checked members but its first: messages.ts.
      const isNullable = leaf.optional || (field.encoding.kind === 'composite' && field.optional)
      // As it stands on the wire, unsigned.
      const nullValue = BigInt.asUintN(leaf.bytes * 8, BigInt(leaf.nullValue!))
      checks.push(isNullable ? { ...check, nullValue } : check)
    }
  }
  return checks
}

/** What a column reads of a field; nothing where that is no number. */
function numberKind({ encoding }: FieldIr): NumberField['kind'] | undefined {
  switch (encoding.kind) {
    case 'boolean':
      return 'uint8'
    case 'milliseconds':
      return 'milliseconds'
    case 'int53':
      return encoding.primitive === 'int64' ? 'int53' : 'uint53'
    case 'integer':
    case 'bigint':
    case 'float':
    case 'set':
      return encoding.primitive
    case 'enum':
      return encoding.primitive === 'char' ? 'uint8' : encoding.primitive
    default:
      return undefined
  }
}

/** Null as a column compares it: an integer's bits, a floating-point number as a double's. NaN says it by itself. */
function nullBits({ nullValue, bytes, encoding }: FieldIr): bigint | undefined {
  if (nullValue === undefined || Number.isNaN(nullValue)) return undefined
  if (encoding.kind !== 'float') return BigInt.asUintN(bytes * 8, BigInt(nullValue))
  const value = Number(nullValue)
  return new BigUint64Array(
    new Float64Array([encoding.primitive === 'float' ? Math.fround(value) : value]).buffer,
  )[0]!
}

function numbersOf(message: MessageIr): NumberField[] {
  return message.fields.flatMap((field) => {
    const nullable = field.optional && field.encoding.kind === 'composite' ? nullLeaf(field) : undefined
    return [...leavesOf(field)].flatMap((leaf) => {
      const kind = numberKind(leaf)
      if (kind === undefined) return []
      const number: NumberField = {
        kind,
        field: leaf.name,
        offset: leaf.offset,
        sinceVersion: leaf.sinceVersion,
      }
      // A composite is null when the first of its members that can be is.
      const isNullable = leaf.optional || leaf.sinceVersion > 0 || leaf.name === nullable?.name
      const nullValue = isNullable ? nullBits(leaf) : undefined
      return [nullValue === undefined ? number : { ...number, nullValue }]
    })
  })
}

/** How long a block must be, by version: to the end of the last field that exists then. */
function requiredOf(message: MessageIr): { sinceVersion: number; bytes: number }[] {
  const leaves = message.fields.flatMap((field) => [...leavesOf(field)])
  const versions = [...new Set([0, ...leaves.map((leaf) => leaf.sinceVersion)])].sort((a, b) => a - b)
  const steps: { sinceVersion: number; bytes: number }[] = []
  for (const sinceVersion of versions) {
    const ends = leaves
      .filter((leaf) => leaf.sinceVersion <= sinceVersion)
      .map((leaf) => leaf.offset + leaf.bytes)
    const bytes = Math.max(0, ...ends)
    if (steps.at(-1)?.bytes !== bytes) steps.push({ sinceVersion, bytes })
  }
  return steps
}

export function templateOf(message: MessageIr): Template {
  return {
    id: message.id,
    event: message.name,
    method: message.method,
    blockLength: message.blockLength,
    required: requiredOf(message),
    checks: checksOf(message),
    numbers: numbersOf(message),
    data: message.data.map((data) => ({
      field: data.name,
      lengthWidth: data.lengthWidth,
      maxLength: data.maxLength,
      utf8: data.charset === 'utf8' || data.charset === 'ascii',
      sinceVersion: data.sinceVersion,
    })),
    key: message.key,
    role: message.role,
  }
}
