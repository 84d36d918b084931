// IR -> the template table that the core reads.

import type { FieldCheck, Template } from '../schema.js'
import { leavesOf, type MessageIr } from './ir.js'

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
