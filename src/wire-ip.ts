// IP addresses in 16 bytes: IPv4 as IPv4-mapped IPv6 (::ffff:a.b.c.d). As text,
// IPv4 dotted, IPv6 as RFC 5952 writes it.

import { fail } from './wire-error.js'

const GROUPS = 8
const OCTET = /^(?:0|[1-9]\d{0,2})$/
const GROUP = /^[\da-f]{1,4}$/i

/** The third word of ::ffff:0:0/96 as a little-endian load sees it. */
const IPV4_MAPPED = 0xffff_0000 | 0

/** Octets with the dot behind them: two joins fewer an address. */
const dotted = /* @__PURE__ */ Array.from({ length: 256 }, (_, octet) => `${octet}.`)
const plain = /* @__PURE__ */ Array.from({ length: 256 }, (_, octet) => `${octet}`)
const hex = /* @__PURE__ */ plain.map((_, octet) => octet.toString(16))
const padded = /* @__PURE__ */ hex.map((digits) => digits.padStart(2, '0'))

// Addresses come again: a few servers, and clients that reconnect. One place for
// each of 256 hashes; what was there before is forgotten.
const KNOWN = 256
const knownBits = /* @__PURE__ */ new Int32Array(KNOWN * 4)
const knownTexts = /* @__PURE__ */ new Array<string>(KNOWN).fill('')

/** The text of an address. */
export function ip(view: DataView, at: number): string {
  const first = view.getInt32(at, true)
  const second = view.getInt32(at + 4, true)
  const third = view.getInt32(at + 8, true)
  const fourth = view.getInt32(at + 12, true)
  const place = Math.imul(first ^ second ^ third ^ fourth, 0x9e37_79b1) >>> 24
  const bits = place * 4
  if (
    knownBits[bits + 3] === fourth &&
    knownBits[bits + 2] === third &&
    knownBits[bits + 1] === second &&
    knownBits[bits] === first
  ) {
    const known = knownTexts[place]!
    if (known !== '') return known
  }
  const isIpv4 = first === 0 && second === 0 && third === IPV4_MAPPED
  const text = isIpv4 ? ipv4(view, at + 12) : ipv6(view, at)
  knownBits[bits] = first
  knownBits[bits + 1] = second
  knownBits[bits + 2] = third
  knownBits[bits + 3] = fourth
  knownTexts[place] = text
  return text
}

function ipv4(view: DataView, at: number): string {
  return (
    dotted[view.getUint8(at)]! +
    dotted[view.getUint8(at + 1)]! +
    dotted[view.getUint8(at + 2)]! +
    plain[view.getUint8(at + 3)]!
  )
}

/** RFC 5952: no leading zeros, lower case, the longest run of two zero groups or more as `::`, the first if two are as long. */
function ipv6(view: DataView, at: number): string {
  let start = -1
  let longest = 1
  for (let group = 0; group < GROUPS; group++) {
    let run = 0
    while (group + run < GROUPS && view.getUint16(at + (group + run) * 2) === 0) run++
    if (run > longest) {
      longest = run
      start = group
    }
    group += run
  }
  let text = ''
  for (let group = 0; group < GROUPS; group++) {
    if (group === start) {
      text += group === 0 ? '::' : ':'
      group += longest - 1
      continue
    }
    const high = view.getUint8(at + group * 2)
    const low = view.getUint8(at + group * 2 + 1)
    text += high === 0 ? hex[low]! : hex[high]! + padded[low]!
    if (group < GROUPS - 1) text += ':'
  }
  return text
}

/** @returns the four octets as groups of 16 bits, or nothing */
function ipv4Groups(text: string): number[] | undefined {
  const octets = text.split('.')
  if (octets.length !== 4 || !octets.every((octet) => OCTET.test(octet) && Number(octet) < 256))
    return undefined
  const [a, b, c, d] = octets.map(Number)
  return [a! * 256 + b!, c! * 256 + d!]
}

/** @returns the groups of a part without `::`, or nothing */
function hexGroups(text: string, isLast: boolean): number[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  const groups: number[] = []
  for (const [index, part] of parts.entries()) {
    if (GROUP.test(part)) {
      groups.push(Number.parseInt(part, 16))
      continue
    }
    const ipv4 = isLast && index === parts.length - 1 ? ipv4Groups(part) : undefined
    if (ipv4 === undefined) return undefined
    groups.push(...ipv4)
  }
  return groups
}

/** @returns the eight groups of an address, or nothing */
function parse(text: string): number[] | undefined {
  // The longest is 45 characters; a split of more would only cost time.
  if (text.length > 45) return undefined
  const ipv4 = ipv4Groups(text)
  if (ipv4 !== undefined) return [0, 0, 0, 0, 0, 0xffff, ...ipv4]
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const before = hexGroups(halves[0]!, halves.length === 1)
  const after = halves.length === 2 ? hexGroups(halves[1]!, true) : []
  if (before === undefined || after === undefined) return undefined
  const missing = GROUPS - before.length - after.length
  // `::` stands for one group or more.
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  return [...before, ...new Array<number>(missing).fill(0), ...after]
}

/** Writes an address given as text, IPv4 or any form of IPv6. */
export function putIp(view: DataView, at: number, value: unknown, event: string, field: string): void {
  const groups = typeof value === 'string' ? parse(value) : undefined
  if (groups === undefined)
    fail(value, 'an IP address like "192.0.2.1" or "2001:db8::1", without a zone', event, field)
  for (let group = 0; group < GROUPS; group++) view.setUint16(at + group * 2, groups[group]!)
}
