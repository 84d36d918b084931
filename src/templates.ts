// The schema as the core reads it: the header's layout, descriptors of its templates, and the
// masks that let the hot path pass a frame's checks with one 16-byte comparison. Lists of words
// in the order of layout.ts.

import {
  CHECK_BOOLEAN,
  CHECK_INT53,
  CHECK_UINT53,
  FRAMING_BYTES,
  MAX_KEY_BYTES,
  TEMPLATE_BYTES,
  TEMPLATE_ENDS,
  TEMPLATE_KEYED,
  TEMPLATE_OPENS,
} from './layout.js'
import type { AnySchema, FieldCheck, HeaderLayout, Template } from './schema.js'

const MASK_BYTES = 16
const CHECK_KINDS = { boolean: CHECK_BOOLEAN, int53: CHECK_INT53, uint53: CHECK_UINT53 } as const
/** Words of the standard's header: 8 bytes, which one comparison checks whole. */
const STANDARD_HEADER = '8,0,2,2,2,4,2,6,2'

/** The header's bytes, then offset and width of each member: as from CONTROL_HEADER_BYTES on. */
export function headerWords({ bytes, blockLength, templateId, schemaId, version }: HeaderLayout): number[] {
  const members = [blockLength, templateId, schemaId, version]
  return [bytes, ...members.flatMap(({ offset, width }) => [offset, width])]
}

/** Bytes of a block that must be zero for a check to pass unseen: [offset, bits that must be clear]. */
function clearBits({ kind, offset }: FieldCheck): [number, number][] {
  if (kind === 'boolean') return [[offset, 0xfe]]
  // Little-endian: the eleven bits above 2^53 are the last byte and five of the one before.
  // A negative number isn't clear there, so it is judged in full.
  return [
    [offset + 6, 0xe0],
    [offset + 7, 0xff],
  ]
}

/** A template's mask, and where in a frame it goes. */
function maskWords(headerEnd: number, checks: readonly FieldCheck[]): number[] {
  const bits = checks.flatMap(clearBits)
  const [start = 0] = bits.map(([offset]) => offset).sort((a, b) => a - b)
  const mask = new Uint8Array(MASK_BYTES)
  const words = new Uint32Array(mask.buffer)
  if (bits.some(([offset]) => offset - start >= MASK_BYTES)) {
    // One mask can't cover them: one over the framing, which is never all zero,
    // sends every frame to the checks one by one.
    return [...words.fill(-1), 0]
  }
  for (const [offset, clear] of bits) mask[offset - start]! |= clear
  return [...words, headerEnd + start]
}

/**
 * Whether the hot path takes a template's frames: they have a key behind a uint8 length as their only var data and
 * neither open nor end a stream, and the low 16 bits say how long they are.
 */
function isHot(blockEnd: number, version: number, { role, key, data }: Template): boolean {
  const [first] = data
  return (
    role === 'none' &&
    key === 0 &&
    data.length === 1 &&
    first!.lengthWidth === 1 &&
    first!.maxLength >= MAX_KEY_BYTES &&
    first!.sinceVersion <= version &&
    blockEnd + 1 + MAX_KEY_BYTES <= 0xffff
  )
}

const flagsOf = ({ role, key }: Template): number =>
  (role === 'opens' ? TEMPLATE_OPENS : 0) |
  (role === 'ends' ? TEMPLATE_ENDS : 0) |
  (key >= 0 ? TEMPLATE_KEYED : 0)

/** All descriptors, the first of them that of unknown templates, then their lists, as they stand at this address. */
export function templateWords(schema: AnySchema, address: number): number[] {
  const { header, templates } = schema
  const headerEnd = FRAMING_BYTES + header.bytes
  const isStandard = headerWords(header).join() === STANDARD_HEADER
  const listsAddress = address + (templates.length + 1) * TEMPLATE_BYTES
  const lists: number[] = []

  /** Adds a list. @returns its address, and how many items it has */
  function list(items: readonly number[][]): number[] {
    const at = listsAddress + lists.length * 4
    lists.push(...items.flat())
    return [at, items.length]
  }

  /** A header's bytes. With an ID that leads to another descriptor, no frame that leads to this one has them. */
  function expected(id: number, blockLength: number): number[] {
    return [blockLength | (id << 16), schema.id | (schema.version << 16)]
  }

  const unknown = [...expected(templates[0]!.id, 0), ...new Array<number>(TEMPLATE_BYTES / 4 - 2).fill(0)]
  const descriptors = templates.map((template) => {
    const { id, blockLength, key, checks, required, data } = template
    const blockEnd = headerEnd + blockLength
    return [
      ...expected(isStandard && isHot(blockEnd, schema.version, template) ? id : id ^ 1, blockLength),
      blockEnd,
      flagsOf(template),
      ...maskWords(headerEnd, checks),
      ...list(
        checks.map(({ kind, offset, sinceVersion, nullValue = 0n }) => [
          CHECK_KINDS[kind],
          offset,
          sinceVersion,
          0,
          Number(nullValue & 0xffff_ffffn),
          Number(nullValue >> 32n),
        ]),
      ),
      ...list(required.map(({ sinceVersion, bytes }) => [sinceVersion, bytes])),
      ...list(
        data.map(({ lengthWidth, maxLength, utf8, sinceVersion }, index) => [
          lengthWidth,
          index === key ? Math.min(maxLength, MAX_KEY_BYTES) : maxLength,
          utf8 ? 1 : 0,
          sinceVersion,
        ]),
      ),
      Math.max(0, key),
    ]
  })
  return [...unknown, ...descriptors.flat(), ...lists]
}
