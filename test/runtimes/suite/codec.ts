// What goes in and comes out: every event and field, by router, decoder and encoder, against
// frames that are written, and read, by hand.

import { createDecoder, encodeFrame, FrameError } from 'shardwire'
import { type Event, type Input, mtg } from 'shardwire/mtg'
import { referenceDecode } from '../../reference.js'
import { concat, type FrameSpec, frame, ipBytes } from '../../reference-frames.js'
import { cases, equal, isTrue, matches, throwsCode } from './harness.js'
import { pieces, rig, traffic } from './rig.js'

const NOW_NS = 1_795_564_783_993_242_922n

/** Every event, with values at the edges of their types. */
const SPECS: readonly FrameSpec[] = [
  { template: 1, streamId: 'a', remoteIP: '255.255.255.255', timestamp: NOW_NS },
  { template: 1, streamId: '\u{feff}b', remoteIP: '2001:db8::ff00:42:8329' },
  { template: 1, streamId: 'x'.repeat(254), remoteIP: '::', timestamp: 2n ** 64n - 1n },
  { template: 2, streamId: '流', remoteIP: '1:0:0:2::3', dc: 2 ** 31 - 1 },
  { template: 2, streamId: '\u{1f600}', remoteIP: '::1', dc: -(2 ** 31) },
  { template: 3, streamId: 'a', traffic: 2n ** 53n - 1n, isRead: true, timestamp: 1n },
  { template: 3, streamId: 'a', traffic: 0, isRead: false },
  { template: 4, streamId: 'a', timestamp: 999_999n },
  { template: 5, streamId: 'c\0d' },
  { template: 6, timestamp: NOW_NS },
  { template: 7, remoteIP: '192.0.2.1', isBlockList: true },
  { template: 8, streamId: 'a' },
  { template: 9, size: 2n ** 53n - 1n, isBlockList: false },
  { template: 9, size: 1n - 2n ** 53n, isBlockList: true },
]
const FRAMES = SPECS.map(frame)
const ALL = concat(...FRAMES)

/** What the reference says that they are. */
const EXPECTED = referenceDecode(ALL).items.flatMap((item) => (item.kind === 'event' ? [item] : []))

const withoutSlot = ({ slot: _slot, ...fields }: Event): object => fields

export const codec = cases('reading and writing', {
  'a router delivers every event with every field as it was written': async () => {
    equal(EXPECTED.length, SPECS.length, 'good frames')
    const tested = rig()
    tested.router.write(ALL)
    equal(
      tested.events().map(withoutSlot),
      EXPECTED.map(({ event }) => event),
    )
    await tested.finish()
  },

  'a decoder gives the same, whole and cut at every place': () => {
    for (const length of [ALL.length, 1, 2, 3, 5, 17, 64]) {
      const decoder = createDecoder(mtg)
      const items = pieces(ALL, length).flatMap((piece) => decoder.decode(piece))
      const events = items.map((item) => (item instanceof FrameError ? item : withoutSlot(item)))
      equal(
        events,
        EXPECTED.map(({ event }) => event),
      )
      equal(decoder.end(), undefined, 'end()')
    }
  },

  'a decoder tells what is wrong with a frame, and of one that is cut off': () => {
    const decoder = createDecoder(mtg)
    const good = traffic('a', 1)
    const items = decoder.decode(concat(good, frame({ template: 3, isRead: 2 }), good, good.subarray(0, 9)))
    equal(
      items.map((item) => (item instanceof FrameError ? item.reason : item.event)),
      ['EventTraffic', 'boolean-invalid', 'EventTraffic'],
    )
    matches(decoder.end() ?? {}, { code: 'frame-rejected', reason: 'truncated', frame: 4 })
  },

  'encodeFrame writes the bytes that the wire format asks for': () => {
    EXPECTED.forEach(({ event, timestampNs }, index) => {
      const target = new Uint8Array(400).fill(0xa5)
      const bytes = encodeFrame(mtg, { ...event, timestamp: timestampNs } as never, target)
      equal(Array.from(target.subarray(0, bytes)), Array.from(FRAMES[index]!), event.event)
      isTrue(
        target.subarray(bytes).every((byte) => byte === 0xa5),
        'it writes behind the frame',
      )
    })
  },

  'encodeFrame refuses what no frame can hold, and a target that is too small': async () => {
    const good = { event: 'EventTraffic', streamId: 'a', timestamp: 0, traffic: 1, isRead: true }
    const target = new Uint8Array(400)
    const bad = [
      { ...good, traffic: -1 },
      { ...good, traffic: 2 ** 53 },
      { ...good, traffic: 0.5 },
      { ...good, isRead: 1 },
      { ...good, streamId: 'x'.repeat(255) },
      { ...good, streamId: '\ud800' },
      { ...good, timestamp: -1 },
      { ...good, event: 'EventTrafic' },
      { event: 'EventStart', streamId: 'a', timestamp: 0, remoteIP: '1.2.3' },
    ]
    for (const event of bad) {
      await throwsCode('encode-invalid', () => encodeFrame(mtg, event as Input, target))
    }
    for (let size = 0; size < traffic('a', 1).length; size++) {
      await throwsCode('encode-space', () => encodeFrame(mtg, good as Input, target.subarray(0, size)))
    }
  },

  'addresses are written and read in all their spellings': async () => {
    const texts = [
      '::',
      '::1',
      '1::',
      '2001:db8::1',
      '1:2:3:4:5:6:7:8',
      '0.0.0.0',
      '10.0.0.1',
      'fe80::1:0:0:1',
    ]
    const tested = rig()
    for (const remoteIP of texts) {
      tested.router.send({ event: 'EventStart', streamId: 'a', timestamp: 0, remoteIP })
      tested.router.write(frame({ template: 1, streamId: 'a', remoteIP: ipBytes(remoteIP) }))
    }
    const read = tested.events().map((event) => ('remoteIP' in event ? event.remoteIP : ''))
    equal(
      read,
      texts.flatMap((text) => [text, text]),
    )
    await tested.finish()
  },
})
