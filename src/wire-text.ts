// Writing text: UTF-8, and the encodings of a byte a character, checked before it is written.

import { fail, room } from './wire-error.js'

const utf8Writer = /* @__PURE__ */ new TextEncoder()

export function putLength(view: DataView, at: number, width: 1 | 2 | 4, length: number): void {
  if (width === 1) view.setUint8(at, length)
  else if (width === 2) view.setUint16(at, length, true)
  else view.setUint32(at, length, true)
}

/** Writes characters of a byte each, as far as none is above `most`. @returns whether that was all */
function putUpTo(
  view: DataView,
  at: number,
  value: string,
  max: number,
  most: number,
  event: string,
  field: string,
): boolean {
  const { length } = value
  if (length > max) fail(value, `at most ${max} bytes, it is ${length}`, event, field)
  room(view, at, length, event)
  for (let index = 0; index < length; index++) {
    const code = value.charCodeAt(index)
    if (code > most) return false
    view.setUint8(at + index, code)
  }
  return true
}

/** Writes text whose characters are a byte each, at most `most`. @returns its length in bytes */
export function putCharacters(
  view: DataView,
  at: number,
  value: string,
  max: number,
  most: number,
  event: string,
  field: string,
): number {
  if (!putUpTo(view, at, value, max, most, event, field)) {
    fail(value, `characters up to U+${most.toString(16).padStart(4, '0')}`, event, field)
  }
  return value.length
}

/** Writes text in UTF-8. @returns its length in bytes */
export function putUtf8(
  view: DataView,
  at: number,
  value: string,
  max: number,
  event: string,
  field: string,
): number {
  if (putUpTo(view, at, value, max, 0x7f, event, field)) return value.length
  return putEncoded(view, at, value, max, event, field)
}

function putEncoded(
  view: DataView,
  at: number,
  value: string,
  max: number,
  event: string,
  field: string,
): number {
  if (/\p{Surrogate}/u.test(value))
    fail(value, 'well-formed text: a surrogate stands alone in it', event, field)
  const all = utf8Writer.encode(value)
  const { length } = all
  if (length > max) fail(value, `at most ${max} bytes, it is ${length} in UTF-8`, event, field)
  room(view, at, length, event)
  new Uint8Array(view.buffer, view.byteOffset + at, length).set(all)
  return length
}

/** Writes variable-length text in UTF-8 behind its length. @returns the index after it */
export function putText(
  view: DataView,
  at: number,
  value: unknown,
  width: 1 | 2 | 4,
  max: number,
  event: string,
  field: string,
): number {
  if (typeof value !== 'string') fail(value, 'a string', event, field)
  room(view, at, width, event)
  const length = putUtf8(view, at + width, value, max, event, field)
  putLength(view, at, width, length)
  return at + width + length
}

/** The same in an encoding of a byte a character, whose highest code is `most`. */
export function putPlainText(
  view: DataView,
  at: number,
  value: unknown,
  width: 1 | 2 | 4,
  max: number,
  most: number,
  event: string,
  field: string,
): number {
  if (typeof value !== 'string') fail(value, 'a string', event, field)
  room(view, at, width, event)
  const length = putCharacters(view, at + width, value, max, most, event, field)
  putLength(view, at, width, length)
  return at + width + length
}
