// What onFrameError gets, and what `write` throws when framing is lost.

import type { Core } from './core.js'
import { ShardwireError } from './errors.js'
import type { Input } from './input.js'
import {
  CONTROL_DETAIL,
  CONTROL_FRAME_ADDRESS,
  CONTROL_REASON,
  FRAMING_BYTES,
  REASON_BOOLEAN_INVALID,
  REASON_FRAMING_ENCODING,
  REASON_FRAMING_LENGTH,
  REASON_NUMBER_RANGE,
  REASON_TRUNCATED,
} from './layout.js'
import { REASONS, type RejectReason } from './reasons.js'
import type { AnySchema, HeaderMember } from './schema.js'
import type { Source } from './source.js'

/**
 * A frame was rejected. Codes: `frame-rejected` (that frame alone), `framing-lost` (its source is closed).
 */
export class FrameError extends ShardwireError {
  override readonly name = 'FrameError'
  /** Why: stable, kebab-case. */
  declare readonly reason: RejectReason
  /** Bytes from the source's start to the frame's. */
  declare readonly offset: number
  /** Number of the frame in its source, from 1. */
  declare readonly frame: number
  /** The source that it came from; undefined from a `Decoder`. */
  declare readonly source: Source | undefined

  constructor(
    code: 'frame-rejected' | 'framing-lost',
    message: string,
    facts: { reason: RejectReason; offset: number; frame: number; source: Source | undefined },
  ) {
    super(code, message)
    Object.assign(this, facts)
  }
}

/**
 * What is wrong with a frame and what to do.
 * @param head its framing and message header
 * @param detail index of the check or data field at fault, where it is one
 */
function describe(
  reason: number,
  head: DataView,
  detail: number,
  schema: AnySchema,
  maxFrameBytes: number,
): string | undefined {
  const member = ({ offset, width }: HeaderMember): number => {
    const at = FRAMING_BYTES + offset
    if (width === 1) return head.getUint8(at)
    return width === 2 ? head.getUint16(at, true) : head.getUint32(at, true)
  }
  const { header, id, templates } = schema
  const length = head.getUint32(0)
  const encoding = head.getUint16(4).toString(16)
  const blockLength = member(header.blockLength)
  const version = member(header.version)
  const templateId = member(header.templateId)
  const template = templates.find((one) => one.id === templateId)
  const required = template?.required.filter((step) => step.sinceVersion <= version).at(-1)?.bytes
  const isChecked = reason === REASON_BOOLEAN_INVALID || reason === REASON_NUMBER_RANGE
  const field = `${template?.event}.${template?.[isChecked ? 'checks' : 'data'][detail]?.field}`
  // In the order of the reasons' numbers.
  const sentences = [
    '',
    `length ${length} is not between 6 and ${maxFrameBytes}; frame messages, or raise maxFrameBytes`,
    `encoding type 0x${encoding} is not 0xeb50; send SBE 1.0, little-endian`,
    `${length} bytes can't hold a message header; fix the producer`,
    `schema ${member(header.schemaId)} is not ${id}; make a router for it`,
    `template ${templateId} is not in the schema; update the schema to read it`,
    `block is ${blockLength} bytes, ${template?.event} needs ${required}; update the producer`,
    `block of ${blockLength} bytes runs past the ${length} of the frame; fix the producer`,
    `${field} is neither 0 nor 1; fix the producer`,
    `${field} is beyond 53 bits; compile that field as a bigint, or fix the producer`,
    `${field} runs past the end of the frame; fix the producer`,
    `${field} has the null length; write length 0 for none`,
    `${field} is longer than the schema allows; shorten it`,
    `${field} is not UTF-8; fix the producer`,
    'the source ended inside the frame; send it whole',
  ]
  return sentences[reason]
}

/** What the core says of the frame at which it stopped, read before anything else is loaded. */
export class FrameFault {
  readonly reason: number
  /** Puts it into words, which costs as much as many frames. */
  readonly error: (source: Source | undefined) => FrameError

  /** @param offset bytes from the source's start to the frame's */
  constructor(core: Core, schema: AnySchema, input: Input, offset: number, truncated = false) {
    const { bytes, words, plan } = core
    const reason = truncated ? REASON_TRUNCATED : words[CONTROL_REASON >>> 2]!
    const frame = input.frames + (truncated ? 1 : 0)
    const detail = words[CONTROL_DETAIL >>> 2]!
    const address = words[CONTROL_FRAME_ADDRESS >>> 2]!
    // Of a frame that was cut off, the core has said nothing: then these bytes are of another, and not told.
    const head = bytes.slice(address, address + FRAMING_BYTES + schema.header.bytes)
    this.reason = reason
    this.error = (source) => {
      const isLost = reason === REASON_FRAMING_LENGTH || reason === REASON_FRAMING_ENCODING
      const what = describe(reason, new DataView(head.buffer), detail, schema, plan.maxFrameBytes)
      return new FrameError(
        isLost ? 'framing-lost' : 'frame-rejected',
        `frame ${frame} at byte ${offset}: ${what}`,
        { reason: REASONS[reason] as RejectReason, offset, frame, source },
      )
    }
  }
}
