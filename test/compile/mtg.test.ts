// The generated mtg module against what real mtg wrote (test/vectors), and its own round trips.

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EncodeError } from '../../src/errors.js'
import { type Event, type Input, mtg, type Observer } from '../../src/mtg/index.js'

const FRAMING_BYTES = 6
const vectors = new URL('../vectors/', import.meta.url)

interface Frame {
  readonly at: number
  readonly end: number
  readonly template: number
  readonly streamId: string
}

/** Frames of a recording, read with nothing of ours but offsets from the standard. */
function* frames(view: DataView): Generator<Frame> {
  for (let at = 0; at < view.byteLength; ) {
    const end = at + view.getUint32(at)
    const id = view.getUint16(at + 8, true)
    const key = at + 14 + view.getUint16(at + 6, true)
    const bytes = new Uint8Array(view.buffer, view.byteOffset + key + 1, view.getUint8(key))
    const streamId = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
    yield { at: at + FRAMING_BYTES, end, template: mtg.templates.findIndex((one) => one.id === id), streamId }
    at = end
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

describe('the recording of real mtg', () => {
  const view = viewOf(readFileSync(new URL('mtg-edge.sbe', vectors)))
  const lines = readFileSync(new URL('mtg-edge.ndjson', vectors), 'utf8').trimEnd().split('\n')

  it('decodes to the events that Go wrote beside it', () => {
    let count = 0
    for (const { at, template, streamId } of frames(view)) {
      const { timestampNs, timestamp, ...expected } = JSON.parse(lines[count]!)
      const { slot, timestamp: milliseconds, ...own } = mtg.decode(template, view, at, streamId, 7)
      expect(own).toStrictEqual(expected)
      expect(Object.keys(own)).toEqual(Object.keys(expected))
      expect(slot).toBe(7)
      // Two neighbouring numbers of that size are 244 ns apart.
      expect(Math.abs(milliseconds - timestamp)).toBeLessThan(0.000_25)
      expect(BigInt(Math.floor(milliseconds))).toBe(BigInt(timestampNs) / 1_000_000n)
      count++
    }
    expect(count).toBe(lines.length)
  })

  it('encodes back to the same bytes, timestamps given as nanoseconds', () => {
    let count = 0
    for (const { at, end, template, streamId } of frames(view)) {
      const { timestampNs } = JSON.parse(lines[count++]!)
      const input = {
        ...mtg.decode(template, view, at, streamId, 0),
        timestamp: BigInt(timestampNs),
      } as Input
      const out = new DataView(new ArrayBuffer(end - at))
      expect(mtg.encode(input, out, 0)).toBe(end - at)
      expect(Buffer.from(out.buffer)).toEqual(Buffer.from(view.buffer, view.byteOffset + at, end - at))
    }
  })
})
const MAX_MS = 18_446_744_073_708

const byEvent: { [E in Input['event']]: fc.Arbitrary<Input & { event: E }> } = (() => {
  const timestamp = fc.oneof(
    fc.double({ min: 1e12, max: 4e12, noNaN: true }),
    fc.integer({ min: 0, max: MAX_MS }),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  )
  const streamId = fc.string({ unit: 'grapheme', maxLength: 12 })
  const remoteIP = fc.oneof(fc.ipV4(), fc.ipV6())
  const base = <E extends Input['event'], F extends object>(
    event: E,
    fields: { [K in keyof F]: fc.Arbitrary<F[K]> },
  ) =>
    fc.record({ event: fc.constant(event), streamId, timestamp, ...fields }) as unknown as fc.Arbitrary<
      Input & { event: E }
    >
  const isBlockList = fc.boolean()
  return {
    EventStart: base('EventStart', { remoteIP }),
    EventConnectedToDC: base('EventConnectedToDC', { remoteIP, dc: fc.integer() }),
    EventTraffic: base('EventTraffic', { traffic: fc.maxSafeNat(), isRead: fc.boolean() }),
    EventFinish: base('EventFinish', {}),
    EventDomainFronting: base('EventDomainFronting', {}),
    EventConcurrencyLimited: base('EventConcurrencyLimited', {}),
    EventIPBlocklisted: base('EventIPBlocklisted', { remoteIP, isBlockList }),
    EventReplayAttack: base('EventReplayAttack', {}),
    EventIPListSize: base('EventIPListSize', { size: fc.maxSafeInteger(), isBlockList }),
  }
})()
const anyInput: fc.Arbitrary<Input> = fc.oneof(...Object.values(byEvent))

function roundTrip(input: Input, streamId: string): Event {
  const view = new DataView(new ArrayBuffer(400))
  mtg.encode(input, view, 3)
  return mtg.decode(
    mtg.templates.findIndex((one) => one.event === input.event),
    view,
    3,
    streamId,
    0,
  )
}

/** An address as its eight groups, by the platform's own parser. */
function canonical(address: string): string {
  const host = new URL(`http://${address.includes(':') ? `[${address}]` : address}/`).hostname
  const groups = /^\[::ffff:([\da-f]+):([\da-f]+)\]$/.exec(host)
  if (groups === null) return host.replace(/[[\]]/g, '')
  const [high, low] = [Number.parseInt(groups[1]!, 16), Number.parseInt(groups[2]!, 16)]
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

describe('round trips', () => {
  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const event = roundTrip(input, input.streamId ?? '')
        const { timestamp, ...rest } = input as Input & { remoteIP?: string }
        const expected = rest.remoteIP === undefined ? rest : { ...rest, remoteIP: canonical(rest.remoteIP) }
        const { timestamp: got, slot, ...own } = event
        expect(slot).toBe(0)
        expect(own).toEqual(expected)
        const wanted = typeof timestamp === 'bigint' ? Number(timestamp) / 1e6 : timestamp
        expect(Math.abs(got - wanted)).toBeLessThanOrEqual(Math.max(wanted * 2 ** -52, 5e-7))
      }),
      { numRuns: 500 },
    )
  })

  it('gives back a timestamp of today exactly', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e12, max: 4e12, noNaN: true }), (timestamp) => {
        expect(roundTrip({ event: 'EventFinish', streamId: 'a', timestamp }, 'a').timestamp).toBe(timestamp)
      }),
    )
  })

  it('is at most 122 ns off for any time until 2039', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 41n * 1_000_000n - 1n }), (timestamp) => {
        const got = roundTrip({ event: 'EventFinish', streamId: 'a', timestamp }, 'a').timestamp
        const whole = Math.floor(got)
        const ns = BigInt(whole) * 1_000_000n + BigInt(Math.round((got - whole) * 1e6))
        const off = ns - timestamp
        expect(off < 0n ? -off : off).toBeLessThanOrEqual(122n)
      }),
    )
  })

  it('takes messages without a stream ID', () => {
    const view = new DataView(new ArrayBuffer(40))
    for (const [event, bytes] of [
      [{ event: 'EventConcurrencyLimited', timestamp: 1 }, 17],
      [{ event: 'EventIPListSize', timestamp: 1, size: 1, isBlockList: true }, 26],
      [{ event: 'EventIPBlocklisted', timestamp: 1, remoteIP: '::1', isBlockList: true }, 34],
    ] as const) {
      view.setUint8(bytes - 1, 1)
      expect(mtg.encode(event, view, 0)).toBe(bytes)
      expect(view.getUint8(bytes - 1)).toBe(0)
    }
  })
})

describe('what an encoder refuses', () => {
  const start = { event: 'EventStart', streamId: 'a', timestamp: 1, remoteIP: '::1' } as const
  const cases: [string, unknown, RegExp][] = [
    ['an unknown event', { ...start, event: 'EventStrat' }, /event is "EventStrat"/],
    ['no object', null, /event is undefined/],
    ['a missing key', { ...start, streamId: undefined }, /EventStart\.streamId is undefined; give a string/],
    ['a long key', { ...start, streamId: 'é'.repeat(128) }, /at most 254 bytes, it is 256 in UTF-8/],
    ['a lone surrogate', { ...start, streamId: 'a\ud800' }, /surrogate/],
    ['a negative time', { ...start, timestamp: -1 }, /EventStart\.timestamp is -1; give milliseconds from 0/],
    ['a time beyond uint64', { ...start, timestamp: 2n ** 64n }, /a bigint from 0 to 18446744073709551615/],
    ['a time that is no number', { ...start, timestamp: Number.NaN }, /timestamp is NaN/],
    ['a zone', { ...start, remoteIP: 'fe80::1%eth0' }, /remoteIP is "fe80::1%eth0"; give an IP address/],
    ['an octet of 256', { ...start, remoteIP: '1.2.3.256' }, /IP address/],
    ['a leading zero', { ...start, remoteIP: '1.2.3.04' }, /IP address/],
    ['nine groups', { ...start, remoteIP: '1:2:3:4:5:6:7:8:9' }, /IP address/],
    ['two gaps', { ...start, remoteIP: '1::2::3' }, /IP address/],
    ['a gap for nothing', { ...start, remoteIP: '1:2:3:4::5:6:7:8' }, /IP address/],
    ['a colon alone', { ...start, remoteIP: ':1::' }, /IP address/],
    ['IPv4 in the middle', { ...start, remoteIP: '::1.2.3.4:5' }, /IP address/],
    ['IPv4 before the gap', { ...start, remoteIP: '1.2.3.4::' }, /IP address/],
    [
      'traffic beyond 2^53',
      { event: 'EventTraffic', streamId: 'a', timestamp: 1, traffic: 2 ** 53, isRead: true },
      /EventTraffic\.traffic is 9007199254740992; give an integer from 0 to 9007199254740991/,
    ],
    [
      'a boolean that is a number',
      { event: 'EventTraffic', streamId: 'a', timestamp: 1, traffic: 2, isRead: 1 },
      /isRead is 1; give true or false/,
    ],
    [
      'a fraction',
      { event: 'EventConnectedToDC', streamId: 'a', timestamp: 1, remoteIP: '::', dc: 0.5 },
      /dc is 0.5; give an integer from -2147483648 to 2147483647/,
    ],
  ]
  it.each(cases)('%s', (_, input, message) => {
    const view = new DataView(new ArrayBuffer(400))
    expect(() => mtg.encode(input as Input, view, 0)).toThrowError(message)
    expect(() => mtg.encode(input as Input, view, 0)).toThrowError(
      expect.objectContaining({ code: 'encode-invalid', name: 'EncodeError' }),
    )
  })

  it('too little room, before it writes behind the view', () => {
    const whole = new Uint8Array(60)
    for (let length = 0; length <= 34; length++) {
      const view = new DataView(whole.buffer, 5, length)
      const encode = () => mtg.encode({ ...start, streamId: 'aé' }, view, 0)
      if (length < 36) expect(encode).toThrowError(EncodeError)
    }
    expect(whole.subarray(5 + 34).every((byte) => byte === 0)).toBe(true)
    expect(() => mtg.encode(start, new DataView(whole.buffer), -1)).toThrowError(/EventStart needs/)
  })
})

it('takes all forms of an address', () => {
  const forms: [string, string][] = [
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::FFFF:0102:0304', '1.2.3.4'],
    ['0:0:0:0:0:ffff:1.2.3.4', '1.2.3.4'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1::', '1::'],
    ['::', '::'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ]
  for (const [given, got] of forms) {
    const event = roundTrip({ event: 'EventStart', streamId: 'a', timestamp: 1, remoteIP: given }, 'a')
    expect(event).toMatchObject({ remoteIP: got })
  }
})

it('calls a method on its observer, and none that is missing', () => {
  const view = new DataView(new ArrayBuffer(100))
  mtg.encode({ event: 'EventTraffic', streamId: 'a', timestamp: 1, traffic: 5, isRead: false }, view, 0)
  class Meter implements Partial<Observer> {
    bytes = 0
    eventTraffic(event: { traffic: number }) {
      this.bytes += event.traffic
      return 'done'
    }
  }
  const meter = new Meter()
  const record = { view, at: 0, ids: ['', 'a'], slot: 1, calls: 0, next: () => false }
  expect(mtg.dispatch(meter, 2, record)).toBe('done')
  expect(meter.bytes).toBe(5)
  expect(mtg.dispatch({}, 2, record)).toBe(undefined)
})
