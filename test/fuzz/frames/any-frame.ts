// A frame of any schema, made from its table: what there is to say of a schema of which
// nothing else is known.

import type { AnySchema } from '../../../src/schema.js'
import type { Random } from '../../mutate.js'

const FRAMING_BYTES = 6
const IDS = ['', 'a', 'b', 'c', 'seven77', 'eight888', 'x'.repeat(22), 'y'.repeat(23), 'é'.repeat(9)]
/** Longest var data that is made as long as it may be. */
const MOST_DATA = 1_000
/** Beyond what a length of one byte can say: wider ones have another null. */
const ABOUT_A_BYTE = [254, 255, 256]
const BYTES = [0, 1, 2, 0x7f, 0x80, 0xfe, 0xff] as const

/** One frame of a template, all lengths true, its fields made of bytes at edges or of noise. */
export function frameOf(schema: AnySchema, random: Random): Buffer {
  const { header, templates } = schema
  const template = templates[random.below(templates.length)]!
  const version = random.below(schema.version + 3)
  // As the schema has it, longer, or about as long as some version needs it.
  const step = template.required[random.below(template.required.length)]!.bytes
  const wanted = random.pick([
    template.blockLength,
    template.blockLength + random.below(9),
    step,
    step + random.below(3) - 1,
  ])
  const block = Math.min(Math.max(0, wanted), 2 ** (8 * header.blockLength.width) - 1)
  const data = template.data.filter(({ sinceVersion }) => sinceVersion <= version)
  const texts = data.map(({ utf8, maxLength }, index) => {
    if (index === template.key || utf8) return Buffer.from(IDS[random.below(IDS.length)]!)
    // As long as the schema allows, or one byte longer, if that is short enough to be made often.
    const longest = Math.min(maxLength, MOST_DATA)
    const edges = [longest, longest + 1, ...ABOUT_A_BYTE.filter((length) => length <= maxLength)] as const
    const length = random.below(8) === 0 ? random.pick(edges) : random.below(30)
    return Buffer.alloc(length, random.uint32() & 255)
  })
  const bytes = Buffer.alloc(
    FRAMING_BYTES +
      header.bytes +
      block +
      data.reduce((sum, { lengthWidth }, index) => sum + lengthWidth + texts[index]!.length, 0),
  )
  const isNoise = random.below(2) === 0
  for (let at = FRAMING_BYTES; at < bytes.length; at++)
    bytes[at] = isNoise ? random.uint32() & 255 : random.pick(BYTES)
  bytes.writeUInt32BE(bytes.length, 0)
  bytes.writeUInt16BE(0xeb50, 4)
  const put = (offset: number, width: number, value: number): number =>
    bytes.writeUIntLE(value, offset, width)
  const members = [
    [header.blockLength, block],
    [header.templateId, template.id],
    [header.schemaId, schema.id],
    [header.version, version],
  ] as const
  for (const [{ offset, width }, value] of members) put(FRAMING_BYTES + offset, width, value)
  let at = FRAMING_BYTES + header.bytes + block
  data.forEach(({ lengthWidth }, index) => {
    at = put(at, lengthWidth, texts[index]!.length)
    at += texts[index]!.copy(bytes, at)
  })
  // Booleans and 64-bit numbers would rarely pass.
  for (const { kind, offset, sinceVersion } of template.checks) {
    const isThere = sinceVersion <= version && offset + (kind === 'boolean' ? 1 : 8) <= block
    if (!isThere || random.below(4) === 0) continue
    const from = FRAMING_BYTES + header.bytes + offset
    if (kind === 'boolean') bytes[from] = random.below(2)
    else bytes.fill(0, from + 6, from + 8)
  }
  return bytes
}
