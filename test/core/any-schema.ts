// Schemas of all shapes that the core can be given, mtg's being just one: headers of any
// order and width, checks with nulls and versions, var data of three widths. Beside the
// core a judge that reads frames by the same tables, as plainly as can be.
import { Core } from '../../src/core.js'
import * as layout from '../../src/layout.js'
import { planMemory } from '../../src/plan.js'
import { REASONS } from '../../src/reasons.js'
import type {
  AnySchema,
  FieldCheck,
  HeaderLayout,
  HeaderMember,
  Template,
  VarData,
} from '../../src/schema.js'
import { coreModule } from '../../src/wasm.js'
import type { Random } from '../mutate.js'
import { TestHost } from '../support.js'

type Drawn = Pick<AnySchema, 'name' | 'id' | 'version' | 'header' | 'templates'>

const MEMBERS = ['blockLength', 'templateId', 'schemaId', 'version'] as const
const KINDS = ['boolean', 'int53', 'uint53'] as const
const MOST_SAFE = 2n ** 53n - 1n
const STANDARD: HeaderLayout = {
  bytes: 8,
  blockLength: { offset: 0, width: 2 },
  templateId: { offset: 2, width: 2 },
  schemaId: { offset: 4, width: 2 },
  version: { offset: 6, width: 2 },
}
const MAX_FRAME = 512

function drawHeader(random: Random): HeaderLayout {
  if (random.below(3) === 0) return STANDARD
  const members: Partial<Record<(typeof MEMBERS)[number], HeaderMember>> = {}
  let bytes = random.below(3)
  const order = [...MEMBERS]
  while (order.length > 0) {
    const [name] = order.splice(random.below(order.length), 1)
    // A template's ID gets its 8 bits at least, whatever the width.
    const width = random.pick([1, 2, 4] as const)
    members[name!] = { offset: bytes, width }
    bytes += width + random.below(3)
  }
  return { bytes, ...(members as Required<typeof members>) }
}

function drawTemplate(random: Random, id: number, version: number): Template {
  const blockLength = random.below(50)
  const required = [{ sinceVersion: 0, bytes: random.below(blockLength + 1) }]
  for (let since = 1; since <= version; since++) {
    const { bytes } = required.at(-1)!
    if (random.below(2) === 0)
      required.push({ sinceVersion: since, bytes: bytes + random.below(blockLength - bytes + 1) })
  }
  const checks: FieldCheck[] = []
  for (const { sinceVersion, bytes } of required) {
    const kind = random.pick(KINDS)
    const width = kind === 'boolean' ? 1 : 8
    if (bytes < width || random.below(4) === 0) continue
    const nulls = kind === 'boolean' ? [2n, 255n] : [2n ** 63n, 2n ** 64n - 1n, 2n ** 53n + 4n]
    const nullValue = nulls[random.below(nulls.length * 2)]
    const offset = random.below(bytes - width + 1)
    checks.push({
      kind,
      field: `f${checks.length}`,
      offset,
      sinceVersion,
      ...(nullValue !== undefined && { nullValue }),
    })
  }
  const data: VarData[] = []
  for (let left = random.below(4), sinceVersion = 0; left > 0; left--) {
    sinceVersion = Math.min(version, sinceVersion + random.below(2) * random.below(2))
    const lengthWidth = random.pick([1, 1, 2, 4] as const)
    const maxLength = random.pick([2 ** (lengthWidth * 8) - 2, 20])
    data.push({ field: `d${data.length}`, lengthWidth, maxLength, utf8: random.below(2) === 0, sinceVersion })
  }
  const key = random.below(data.length + 1) - 1
  if (key >= 0) data[key] = { ...data[key]!, utf8: true }
  const role = random.pick(['opens', 'ends', 'none', 'none'] as const)
  return {
    id,
    event: `E${id}`,
    method: `e${id}`,
    blockLength,
    required,
    checks,
    numbers: [],
    data,
    key,
    role,
  }
}

export function drawSchema(random: Random): Drawn {
  const header = drawHeader(random)
  const most = ({ width }: HeaderMember): number => Math.min(2 ** (width * 8) - 1, 65_535)
  const version = random.below(4)
  const ids = new Set<number>()
  while (ids.size < 3) ids.add(random.pick([random.below(256), random.below(most(header.templateId) + 1)]))
  const templates = [...ids].map((id) => drawTemplate(random, id, version))
  return { name: 'drawn', id: random.below(most(header.schemaId) + 1), version, header, templates }
}

const littleEndian = (bytes: Uint8Array, at: number, width: number, value: number): void => {
  for (let byte = 0; byte < width; byte++) bytes[at + byte] = Math.floor(value / 2 ** (8 * byte)) & 255
}

/** Mostly a good frame; each number in it may be an odd one. */
export function drawFrame(
  random: Random,
  { id, version: newest, header, templates }: Drawn,
): Uint8Array<ArrayBuffer> {
  const odd = (good: number, ...others: number[]): number =>
    random.below(12) === 0 ? others[random.below(others.length)]! : good
  const { key, checks, data, required, ...template } = templates[random.below(templates.length)]!
  const bytes = new Uint8Array(MAX_FRAME)
  const at = layout.FRAMING_BYTES
  const version = random.below(newest + 2)
  const least = required.filter(({ sinceVersion }) => sinceVersion <= version).at(-1)!.bytes
  const blockLength = odd(
    random.pick([least, template.blockLength]),
    Math.max(0, least - 1),
    least + random.below(9),
  )
  const values = {
    blockLength: odd(blockLength, blockLength + 200),
    templateId: odd(template.id, template.id ^ 1, template.id + 65_536),
    schemaId: odd(id, id ^ 1, id + 65_536),
    version,
  }
  for (const name of MEMBERS) littleEndian(bytes, at + header[name].offset, header[name].width, values[name])
  const block = at + header.bytes
  const view = new DataView(bytes.buffer)
  for (const { kind, offset, nullValue } of checks) {
    if (kind === 'boolean')
      bytes[block + offset] = odd(random.below(2), 2, 3, 254, 255, Number(nullValue ?? 0n))
    else {
      const edges = [MOST_SAFE, MOST_SAFE + 1n, -MOST_SAFE, -MOST_SAFE - 1n, nullValue ?? 0n, -1n]
      const value = random.below(3) === 0 ? edges[random.below(edges.length)]! : BigInt(random.below(1_000))
      view.setBigUint64(block + offset, BigInt.asUintN(64, value), true)
    }
  }
  let end = block + blockLength
  data.forEach(({ lengthWidth, maxLength, sinceVersion }, index) => {
    if (sinceVersion > version) return
    const length = Math.min(odd(random.below(9), 0, 22, 23, 60, maxLength, maxLength + 1), 255)
    const told = odd(length, 2 ** (lengthWidth * 8) - 1, length + 1, length + 70, 2 ** 31)
    littleEndian(bytes, end, lengthWidth, told)
    end += lengthWidth
    const letter = random.pick([0x61, 0x7a])
    bytes.fill(index === key || random.below(3) > 0 ? letter : 0xc3, end, end + length)
    if (length > 0) bytes[end + random.below(length)] = odd(letter, 0xff, 0x80)
    end += length
  })
  const length = Math.max(
    layout.FRAMING_BYTES,
    Math.min(MAX_FRAME, odd(end, end - 1, end + 3, at + header.bytes - 1, random.below(end))),
  )
  view.setUint32(0, length)
  view.setUint16(4, 0xeb50)
  return bytes.slice(0, length)
}

/** What becomes of a frame: a rejection, or the event as a record says it. */
export type Verdict =
  | { readonly reason: string; readonly detail: number }
  | { readonly template: number; readonly keyAt: number; readonly keyLength: number }

/** Which field a rejection names; 0 where it is none's. */
const rejected = (reason: (typeof REASONS)[number], detail = 0): Verdict => ({ reason, detail })

/** By the tables alone, first fault first. */
export function judged({ id, header, templates }: Drawn, frame: Uint8Array<ArrayBuffer>): Verdict {
  const view = new DataView(frame.buffer)
  const unsigned = (at: number, width: number): number =>
    Array.from({ length: width }, (_, byte) => frame[at + byte]! * 2 ** (8 * byte)).reduce(
      (sum, part) => sum + part,
    )
  if (frame.length < layout.FRAMING_BYTES + header.bytes) return rejected('message-too-short')
  const member = ({ offset, width }: HeaderMember): number => unsigned(layout.FRAMING_BYTES + offset, width)
  if (member(header.schemaId) !== id) return rejected('schema-mismatch')
  const template = templates.findIndex((one) => one.id === member(header.templateId))
  if (template < 0) return rejected('unknown-template')
  const { required, checks, data, key } = templates[template]!
  const version = member(header.version)
  const blockLength = member(header.blockLength)
  const block = layout.FRAMING_BYTES + header.bytes
  for (const step of [...required].reverse()) {
    if (step.sinceVersion > version) continue
    if (blockLength < step.bytes) return rejected('block-too-short')
    break
  }
  if (blockLength > frame.length - block) return rejected('block-overrun')
  for (const [index, { kind, offset, sinceVersion, nullValue }] of checks.entries()) {
    if (sinceVersion > version) continue
    if (kind === 'boolean') {
      const value = frame[block + offset]!
      if (value > 1 && BigInt(value) !== nullValue) return rejected('boolean-invalid', index)
      continue
    }
    const bits = view.getBigUint64(block + offset, true)
    const value = kind === 'int53' ? BigInt.asIntN(64, bits) : bits
    if ((value > MOST_SAFE || value < -MOST_SAFE) && bits !== nullValue)
      return rejected('number-range', index)
  }
  let at = block + blockLength
  let [keyAt, keyLength] = [0, 0]
  for (const [index, { lengthWidth, maxLength, utf8, sinceVersion }] of data.entries()) {
    if (sinceVersion > version) continue
    if (frame.length - at < lengthWidth) return rejected('data-overrun', index)
    const length = unsigned(at, lengthWidth)
    at += lengthWidth
    if (length === 2 ** (lengthWidth * 8) - 1) return rejected('data-null', index)
    if (length > (index === key ? Math.min(maxLength, layout.MAX_KEY_BYTES) : maxLength))
      return rejected('data-too-long', index)
    if (length > frame.length - at) return rejected('data-overrun', index)
    if (index === key) [keyAt, keyLength] = [at, length]
    else if (utf8 && !isText(frame.subarray(at, at + length))) return rejected('text-invalid', index)
    at += length
  }
  if (!isText(frame.subarray(keyAt, keyAt + keyLength))) return rejected('text-invalid', key)
  // Without a key its place is of no account.
  return { template, keyAt: keyLength === 0 ? 0 : keyAt - layout.FRAMING_BYTES, keyLength }
}

function isText(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

/** A core that knows such a schema, and judges frame by frame; orphans count as events. */
export function judgeOf(drawn: Drawn): (frame: Uint8Array<ArrayBuffer>) => Verdict {
  const schema = drawn as AnySchema
  const sizes = {
    shards: 1,
    slots: 400,
    ringBytes: 4_096,
    maxFrameBytes: MAX_FRAME,
    startPosition: 0,
    batchRows: 64,
  }
  const core = new Core(coreModule(), schema, planMemory(schema, sizes), new TestHost(), true)
  schema.templates.forEach((_, index) => {
    core.listen(index, 0)
  })
  const { address } = core.plan.input
  const header = core.shardAddress(0) >>> 2
  const word = (offset: number): number => core.words[offset >>> 2]!
  return (frame) => {
    core.bytes.set(frame, address)
    const next = core.ingest(address, address + frame.length)
    if (next !== address + frame.length)
      throw new Error(`${next - address} of ${frame.length} bytes consumed`)
    const tail = core.words[header + (layout.SHARD_TAIL >>> 2)]!
    const settled = core.words[header + (layout.SHARD_SETTLED >>> 2)]!
    core.words[header + (layout.SHARD_SETTLED >>> 2)] = tail
    core.words[header + (layout.SHARD_TAKEN >>> 2)] = tail
    if (core.status === layout.STATUS_REJECTED) {
      if (tail !== settled) throw new Error('rejected, but told')
      return { reason: REASONS[word(layout.CONTROL_REASON)]!, detail: word(layout.CONTROL_DETAIL) }
    }
    if (core.status !== layout.STATUS_DONE || tail === settled)
      throw new Error(`status ${core.status}, and no record`)
    const mask = core.plan.ringBytes - 1
    let at = core.plan.rings.address + (settled & mask)
    if ((word(at) & layout.RECORD_PADDING) !== 0) at = core.plan.rings.address
    const message = frame.subarray(layout.FRAMING_BYTES)
    const copied = core.bytes.subarray(
      at + layout.RECORD_HEADER_BYTES,
      at + layout.RECORD_HEADER_BYTES + message.length,
    )
    if (Buffer.compare(copied, message) !== 0) throw new Error("the record isn't the message")
    const first = word(at + layout.RECORD_TEMPLATE)
    const keyLength = first >>> 16
    if ((word(at + layout.RECORD_SLOT) === 0) !== (keyLength === 0)) throw new Error('a slot goes with a key')
    return { template: first & 0xffff, keyAt: word(at + layout.RECORD_KEY_OFFSET), keyLength }
  }
}
