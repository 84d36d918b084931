// The schema's template table as the core reads it: descriptors, and the masks
// that let the hot path pass a frame's checks with one 16-byte comparison.

import {
  CHECK_BOOLEAN,
  CHECK_BYTES,
  CHECK_HAS_NULL,
  CHECK_INT53,
  CHECK_NULL,
  CHECK_OFFSET,
  CHECK_SINCE,
  CHECK_UINT53,
  CONTROL_BLOCK_LENGTH_OFFSET,
  CONTROL_BLOCK_LENGTH_WIDTH,
  CONTROL_HEADER_BYTES,
  CONTROL_SCHEMA_ID,
  CONTROL_SCHEMA_ID_OFFSET,
  CONTROL_SCHEMA_ID_WIDTH,
  CONTROL_TEMPLATE_ID_OFFSET,
  CONTROL_TEMPLATE_ID_WIDTH,
  CONTROL_VERSION_OFFSET,
  CONTROL_VERSION_WIDTH,
  DATA_BYTES,
  DATA_MAX_LENGTH,
  DATA_SINCE,
  DATA_UTF8,
  FRAMING_BYTES,
  MAX_KEY_BYTES,
  STEP_BYTES,
  STEP_REQUIRED,
  TEMPLATE_BLOCK_END,
  TEMPLATE_BYTES,
  TEMPLATE_CHECKS,
  TEMPLATE_CHECKS_ADDRESS,
  TEMPLATE_DATA,
  TEMPLATE_DATA_ADDRESS,
  TEMPLATE_ENDS,
  TEMPLATE_FLAGS,
  TEMPLATE_HEADER,
  TEMPLATE_KEY,
  TEMPLATE_KEYED,
  TEMPLATE_MASK,
  TEMPLATE_MASK_OFFSET,
  TEMPLATE_OPENS,
  TEMPLATE_PLAIN,
  TEMPLATE_STEPS,
  TEMPLATE_STEPS_ADDRESS,
} from './layout.js'
import type { Plan } from './plan.js'
import type { AnySchema, FieldCheck, HeaderLayout, HeaderMember, Template } from './schema.js'

const MASK_BYTES = 16
const CHECK_KINDS = { boolean: CHECK_BOOLEAN, int53: CHECK_INT53, uint53: CHECK_UINT53 } as const

/** Whether the header is the standard's 8 bytes, which one comparison checks whole. */
function isStandard({ bytes, blockLength, templateId, schemaId, version }: HeaderLayout): boolean {
  const members = [blockLength, templateId, schemaId, version]
  return bytes === 8 && members.every(({ offset, width }, index) => offset === index * 2 && width === 2)
}

/** Bytes of a block that must be zero for a check to pass unseen: [offset, bits that must be clear]. */
function clearBits(check: FieldCheck): [number, number][] {
  if (check.kind === 'boolean') return [[check.offset, 0xfe]]
  // Little-endian: the eleven bits above 2^53 are the last byte and five of the one before.
  // A negative number isn't clear there, so it is judged in full.
  return [
    [check.offset + 6, 0xe0],
    [check.offset + 7, 0xff],
  ]
}

/** Writes a template's mask. @returns where in a frame it goes */
function writeMask(view: DataView, at: number, headerEnd: number, checks: readonly FieldCheck[]): number {
  const bits = checks.flatMap(clearBits)
  const [start = 0] = bits.map(([offset]) => offset).sort((a, b) => a - b)
  const mask = new Uint8Array(view.buffer, at + TEMPLATE_MASK, MASK_BYTES)
  if (bits.some(([offset]) => offset - start >= MASK_BYTES)) {
    // One mask can't cover them: one over the framing, which is never all zero,
    // sends every frame to the checks one by one.
    mask.fill(0xff)
    return 0
  }
  for (const [offset, clear] of bits) mask[offset - start]! |= clear
  return headerEnd + start
}

function flagsOf({ header, version }: AnySchema, { role, key, data }: Template): number {
  const [first] = data
  const isPlain =
    isStandard(header) &&
    key === 0 &&
    data.length === 1 &&
    first!.lengthWidth === 1 &&
    first!.maxLength >= MAX_KEY_BYTES &&
    first!.sinceVersion <= version
  return (
    (isPlain ? TEMPLATE_PLAIN : 0) |
    (role === 'opens' ? TEMPLATE_OPENS : 0) |
    (role === 'ends' ? TEMPLATE_ENDS : 0) |
    (key >= 0 ? TEMPLATE_KEYED : 0)
  )
}

/** Writes the header layout and all templates into a new instance's memory. */
export function writeTemplates(view: DataView, plan: Plan, schema: AnySchema): void {
  const u16 = (address: number, value: number): void => view.setUint16(address, value, true)
  const u32 = (address: number, value: number): void => view.setUint32(address, value, true)
  const { header, templates } = schema
  const headerEnd = FRAMING_BYTES + header.bytes
  const member = (offsetAt: number, widthAt: number, { offset, width }: HeaderMember): void => {
    u32(offsetAt, offset)
    u32(widthAt, width)
  }
  u32(CONTROL_SCHEMA_ID, schema.id)
  u32(CONTROL_HEADER_BYTES, header.bytes)
  member(CONTROL_BLOCK_LENGTH_OFFSET, CONTROL_BLOCK_LENGTH_WIDTH, header.blockLength)
  member(CONTROL_TEMPLATE_ID_OFFSET, CONTROL_TEMPLATE_ID_WIDTH, header.templateId)
  member(CONTROL_SCHEMA_ID_OFFSET, CONTROL_SCHEMA_ID_WIDTH, header.schemaId)
  member(CONTROL_VERSION_OFFSET, CONTROL_VERSION_WIDTH, header.version)

  let at = plan.templates.address
  /** Where the next list goes: behind all descriptors. */
  let free = at + (templates.length + 1) * TEMPLATE_BYTES

  /** Writes a list of the descriptor in hand, and where it is. */
  function list<Item>(
    items: readonly Item[],
    itemBytes: number,
    addressOffset: number,
    countOffset: number,
    write: (item: Item, to: number, index: number) => void,
  ): void {
    u32(at + addressOffset, free)
    u32(at + countOffset, items.length)
    items.forEach((item, index) => {
      write(item, free, index)
      free += itemBytes
    })
  }

  templates.forEach((template, index) => {
    const { id, blockLength, key, checks, required, data } = template
    at += TEMPLATE_BYTES
    u16(plan.templateMap.address + id * 2, index + 1)
    u16(at + TEMPLATE_HEADER, blockLength)
    u16(at + TEMPLATE_HEADER + 2, id)
    u16(at + TEMPLATE_HEADER + 4, schema.id)
    u16(at + TEMPLATE_HEADER + 6, schema.version)
    u32(at + TEMPLATE_BLOCK_END, headerEnd + blockLength)
    u32(at + TEMPLATE_FLAGS, flagsOf(schema, template))
    u32(at + TEMPLATE_KEY, Math.max(0, key))
    u32(at + TEMPLATE_MASK_OFFSET, writeMask(view, at, headerEnd, checks))
    list(checks, CHECK_BYTES, TEMPLATE_CHECKS_ADDRESS, TEMPLATE_CHECKS, (check, to) => {
      u32(to, CHECK_KINDS[check.kind])
      u32(to + CHECK_OFFSET, check.offset)
      u32(to + CHECK_SINCE, check.sinceVersion)
      u32(to + CHECK_HAS_NULL, check.nullValue === undefined ? 0 : 1)
      view.setBigUint64(to + CHECK_NULL, check.nullValue ?? 0n, true)
    })
    list(required, STEP_BYTES, TEMPLATE_STEPS_ADDRESS, TEMPLATE_STEPS, (step, to) => {
      u32(to, step.sinceVersion)
      u32(to + STEP_REQUIRED, step.bytes)
    })
    list(data, DATA_BYTES, TEMPLATE_DATA_ADDRESS, TEMPLATE_DATA, (field, to, place) => {
      u32(to, field.lengthWidth)
      u32(to + DATA_MAX_LENGTH, place === key ? Math.min(field.maxLength, MAX_KEY_BYTES) : field.maxLength)
      u32(to + DATA_UTF8, field.utf8 ? 1 : 0)
      u32(to + DATA_SINCE, field.sinceVersion)
    })
  })
}
