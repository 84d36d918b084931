// IP addresses in 16 bytes: IPv4 as IPv4-mapped IPv6 (::ffff:a.b.c.d). As text,
// IPv4 dotted, IPv6 as RFC 5952 writes it.

import { fail } from './wire-error.js'

const GROUPS = 8
/** What an address is made of: dots, or a colon. */
const ADDRESS = /^[\da-f.:]*[.:][\da-f.:]*$/i

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
/** Bits that are all zero are `::`, whose hash is 0, in the first place as well. */
const knownTexts = ['::']

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
  )
    return knownTexts[place]!
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

/** @returns the eight groups of an address, or nothing */
function parse(text: string): number[] | undefined {
  if (!ADDRESS.test(text)) return undefined
  let host: string
  try {
    // As a URL's host, an IPv6 address becomes what RFC 5952 writes, without dots.
    host = new URL(`http://[${text.includes(':') ? text : `::ffff:${text}`}]`).hostname
  } catch {
    return undefined
  }
  const [before, after] = host
    .slice(1, -1)
    .split('::')
    .map((half) => half.split(':').filter(Boolean))
  const zeros = new Array<string>(GROUPS).fill('0')
  const groups = after ? [...before!, ...zeros.slice(before!.length + after.length), ...after] : before!
  return groups.map((group) => Number.parseInt(group, 16))
}

/** Writes an address given as text, IPv4 or any form of IPv6. */
export function putIp(view: DataView, at: number, value: unknown, event: string, field: string): void {
  const groups = typeof value === 'string' ? parse(value) : undefined
  if (groups === undefined)
    fail(value, 'an IP address like "192.0.2.1" or "2001:db8::1", without a zone', event, field)
  for (let group = 0; group < GROUPS; group++) view.setUint16(at + group * 2, groups[group]!)
}
