// One frame whose header isn't the expected one, or whose fields look odd, is
// judged here step by step: header, template, block, fields, var data. The first
// fault names the frame's reason, so the order is part of the contract.

import {
  CHECK_BOOLEAN,
  CHECK_BYTES,
  CHECK_INT53,
  CHECK_NULL,
  CHECK_OFFSET,
  CHECK_SINCE,
  CONTROL_BLOCK_LENGTH_OFFSET,
  CONTROL_HEADER_BYTES,
  CONTROL_SCHEMA_ID,
  CONTROL_SCHEMA_ID_OFFSET,
  CONTROL_TEMPLATE_ID_OFFSET,
  CONTROL_TEMPLATE_MAP_ADDRESS,
  CONTROL_TEMPLATES_ADDRESS,
  CONTROL_VERSION_OFFSET,
  DATA_BYTES,
  DATA_MAX_LENGTH,
  DATA_SINCE,
  DATA_UTF8,
  FRAMING_BYTES,
  REASON_BLOCK_OVERRUN,
  REASON_BLOCK_TOO_SHORT,
  REASON_BOOLEAN_INVALID,
  REASON_DATA_NULL,
  REASON_DATA_OVERRUN,
  REASON_DATA_TOO_LONG,
  REASON_MESSAGE_TOO_SHORT,
  REASON_NUMBER_RANGE,
  REASON_SCHEMA_MISMATCH,
  REASON_TEXT_INVALID,
  REASON_UNKNOWN_TEMPLATE,
  STEP_BYTES,
  STEP_REQUIRED,
  TEMPLATE_BYTES,
  TEMPLATE_CHECKS,
  TEMPLATE_CHECKS_ADDRESS,
  TEMPLATE_DATA,
  TEMPLATE_DATA_ADDRESS,
  TEMPLATE_FLAGS,
  TEMPLATE_IDS,
  TEMPLATE_KEY,
  TEMPLATE_KEYED,
  TEMPLATE_STEPS,
  TEMPLATE_STEPS_ADDRESS,
} from '../src/layout'
import { isUtf8 } from './utf8'

/** What `inspectFrame` found: template index + 1, where the key is, and which field was at fault. */
export let inspectedTemplate: u32 = 0
export let inspectedKeyAt: u32 = 0
export let inspectedKeyLength: u32 = 0
export let inspectedDetail: u32 = 0

/** Largest integer that a JavaScript number holds exactly. */
const MAX_SAFE: u64 = 0x1fffffffffffff

/** Reads a member of the message header; its offset and its width stand at `place`. */
export function readMember(header: u32, place: u32): u32 {
  return readUnsigned(header + load<u32>(place), load<u32>(place, 4))
}

function readUnsigned(at: u32, width: u32): u32 {
  if (width == 1) return load<u8>(at)
  if (width == 2) return load<u16>(at)
  return load<u32>(at)
}

/** Fields that the template wants checked; 0 when all are well. */
function inspectFields(block: u32, version: u32, descriptor: u32): u32 {
  let check: u32 = load<u32>(descriptor, TEMPLATE_CHECKS_ADDRESS)
  const count: u32 = load<u32>(descriptor, TEMPLATE_CHECKS)
  for (let index: u32 = 0; index < count; index++, check += CHECK_BYTES) {
    if (load<u32>(check, CHECK_SINCE) > version) continue
    inspectedDetail = index
    const at: u32 = block + load<u32>(check, CHECK_OFFSET)
    const kind: u32 = load<u32>(check)
    if (kind == CHECK_BOOLEAN) {
      const value: u32 = load<u8>(at)
      if (value <= 1) continue
      if (value == <u32>load<u64>(check, CHECK_NULL)) continue
      return REASON_BOOLEAN_INVALID
    }
    const value: u64 = load<u64>(at)
    const lowest: u64 = kind == CHECK_INT53 ? MAX_SAFE : 0
    if (value + lowest <= MAX_SAFE + lowest) continue
    if (value == load<u64>(check, CHECK_NULL)) continue
    return REASON_NUMBER_RANGE
  }
  return 0
}

/** The var data of one frame; finds the key. 0 when all fit. */
function inspectData(at: u32, end: u32, version: u32, descriptor: u32): u32 {
  const keyed: bool = (load<u32>(descriptor, TEMPLATE_FLAGS) & TEMPLATE_KEYED) != 0
  const key: u32 = load<u32>(descriptor, TEMPLATE_KEY)
  let data: u32 = load<u32>(descriptor, TEMPLATE_DATA_ADDRESS)
  const count: u32 = load<u32>(descriptor, TEMPLATE_DATA)
  for (let index: u32 = 0; index < count; index++, data += DATA_BYTES) {
    if (load<u32>(data, DATA_SINCE) > version) continue
    inspectedDetail = index
    const width: u32 = load<u32>(data)
    if (end - at < width) return REASON_DATA_OVERRUN
    const length: u32 = readUnsigned(at, width)
    at += width
    // The length's top value is its null.
    if (length == <u32>0xffffffff >> (32 - width * 8)) return REASON_DATA_NULL
    if (length > load<u32>(data, DATA_MAX_LENGTH)) return REASON_DATA_TOO_LONG
    if (length > end - at) return REASON_DATA_OVERRUN
    if (keyed && index == key) {
      // Its text is judged when the stream turns out to be new.
      inspectedKeyAt = at
      inspectedKeyLength = length
    } else if (load<u32>(data, DATA_UTF8) != 0 && !isUtf8(at, length)) {
      return REASON_TEXT_INVALID
    }
    at += length
  }
  return 0
}

/** Judges a whole frame of `length` bytes. 0, or the reason why it is rejected. */
export function inspectFrame(frame: u32, length: u32): u32 {
  inspectedDetail = 0
  inspectedKeyLength = 0
  const headerBytes: u32 = load<u32>(CONTROL_HEADER_BYTES)
  if (length < <u32>FRAMING_BYTES + headerBytes) return REASON_MESSAGE_TOO_SHORT
  const header: u32 = frame + FRAMING_BYTES
  const schemaId: u32 = readMember(header, CONTROL_SCHEMA_ID_OFFSET)
  if (schemaId != load<u32>(CONTROL_SCHEMA_ID)) return REASON_SCHEMA_MISMATCH
  const templateId: u32 = readMember(header, CONTROL_TEMPLATE_ID_OFFSET)
  if (templateId >= <u32>TEMPLATE_IDS) return REASON_UNKNOWN_TEMPLATE
  inspectedTemplate = load<u16>(load<u32>(CONTROL_TEMPLATE_MAP_ADDRESS) + (templateId << 1))
  if (inspectedTemplate == 0) return REASON_UNKNOWN_TEMPLATE
  const descriptor: u32 = load<u32>(CONTROL_TEMPLATES_ADDRESS) + inspectedTemplate * TEMPLATE_BYTES

  const version: u32 = readMember(header, CONTROL_VERSION_OFFSET)
  const blockLength: u32 = readMember(header, CONTROL_BLOCK_LENGTH_OFFSET)
  let step: u32 = load<u32>(descriptor, TEMPLATE_STEPS_ADDRESS)
  let required: u32 = 0
  for (let left: u32 = load<u32>(descriptor, TEMPLATE_STEPS); left != 0; left--, step += STEP_BYTES) {
    if (load<u32>(step) > version) break
    required = load<u32>(step, STEP_REQUIRED)
  }
  if (blockLength < required) return REASON_BLOCK_TOO_SHORT
  const block: u32 = header + headerBytes
  const end: u32 = frame + length
  if (blockLength > end - block) return REASON_BLOCK_OVERRUN

  const reason: u32 = inspectFields(block, version, descriptor)
  if (reason != 0) return reason
  return inspectData(block + blockLength, end, version, descriptor)
}
