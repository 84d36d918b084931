// The parts of the program that are easier to look at alone.

import { Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { escapeText } from '../../src/cli/escape.js'
import { EventWriter } from '../../src/cli/event-json.js'
import { cannot, isClosedPipe, reasonOf } from '../../src/cli/failure.js'
import { JsonBytes } from '../../src/cli/json-bytes.js'
import { Meter } from '../../src/cli/meter.js'
import { Notes } from '../../src/cli/notes.js'
import { Output } from '../../src/cli/output.js'
import { Reading } from '../../src/cli/reading.js'
import { bytesText, columns, durationText } from '../../src/cli/text.js'
import { gate } from '../support.js'

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

/** A stream that keeps what is written, and Notes over it whose clock the test moves. */
function notesAt(progress: boolean, colors = false) {
  const clock = { nowMs: 5_000 }
  let written = ''
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written += String(chunk)
      done()
    },
  })
  const output = new Output(stream, 'standard error', new AbortController().signal)
  const notes = new Notes(output, { progress, colors, now: () => clock.nowMs })
  return { clock, notes, written: () => written }
}

describe('JsonBytes', () => {
  test('a number means the same when it is read again', () => {
    const numbers = [0, 1, -1, 9, 10, 99, 100, 999_999_999, 1_000_000_000, -2_147_483_648, 4_294_967_295]
    numbers.push(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0.1, -1.5, 1e300, 5e-324)
    // Times of today, and on both sides of the range that is written by itself.
    const exact = [2 ** 40, 2 ** 41, 1_795_565_057_401, 1_795_565_057_999]
    for (const whole of exact) {
      for (let step = -4_100; step <= 4_100; step += 41)
        numbers.push(whole + step / 4_096, whole + step / 1e4)
      numbers.push(whole + 1 - 2 ** -12, whole - 2 ** -13)
    }
    const json = new JsonBytes()
    for (const number of numbers) {
      json.number(number)
      expect(Number(textOf(json.take())), String(number)).toBe(number)
    }
  })

  test('what is no JSON number is a string', () => {
    const json = new JsonBytes()
    for (const number of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      json.number(number)
      expect(textOf(json.take())).toBe(`"${number}"`)
    }
  })

  test('a string means the same when it is read again, however long', () => {
    const strings = [
      '',
      'plain',
      '"\\/\b\f\n\r\t',
      '\u0000\u001f\u007f\u009f',
      'é😀\u2028',
      'a\ud800b\udc00',
      '\u202e',
    ]
    const json = new JsonBytes()
    for (const string of [...strings, '\u001b'.repeat(100_000), 'x'.repeat(1_000_000)]) {
      json.string(string)
      const written = textOf(json.take())
      expect(JSON.parse(written)).toBe(string)
      expect(written).not.toMatch(/[\p{Cc}\u2028\u2029\u202e\ufffd]/u)
    }
  })
})

test('EventWriter writes whatever a decoder can give', () => {
  const writer = new EventWriter(undefined)
  writer.write({
    event: 'Odd',
    slot: 3,
    streamId: 7n,
    own: -1,
    timestamp: 5,
    big: 2n ** 63n,
    bytes: Uint8Array.of(0, 255),
    numbers: Float32Array.of(0.5, 2),
    bigs: BigInt64Array.of(-1n),
    nothing: null,
    inner: { price: { mantissa: 1n, exponent: -2 }, sides: ['Buy'] },
  })
  expect(textOf(writer.take())).toBe(
    '{"event":"Odd","streamId":"7","timestamp":5,"own":-1,"big":"9223372036854775808","bytes":"00ff",' +
      '"numbers":[0.5,2],"bigs":["-1"],"nothing":null,' +
      '"inner":{"price":{"mantissa":"1","exponent":-2},"sides":["Buy"]}}\n',
  )
})

test('EventWriter leaves out a time that an event has not, and keeps to JSON whatever a field is', () => {
  const writer = new EventWriter(() => 3)
  writer.write({ event: 'Odd', streamId: 'a', own: undefined })
  expect(textOf(writer.take())).toBe('{"event":"Odd","streamId":"a","own":null,"shard":3}\n')
})

test('what went wrong is told in words, whatever was thrown', () => {
  const { message, exitCode } = cannot('read', 'a file', Object.assign(new Error(), { code: 'EACCES' }))
  expect(exitCode).toBe(1)
  expect(message).toBe('cannot read a file: permission denied; check who may use it')
  for (const [thrown, words] of [
    [Object.assign(new Error('odd'), { code: 'EODD' }), 'odd'],
    [new Error('no code'), 'no code'],
    ['text', 'text'],
    [null, 'null'],
  ]) {
    expect(reasonOf(thrown)).toBe(words)
    expect(isClosedPipe(thrown)).toBe(false)
  }
})

test('Reading tells the share where it knows the whole, and the rate', async () => {
  for (const [bytes, line] of [
    [200, /^big\.sbe: 50 B of 200 B \(25 %\), 7 frames, [\d.]+ [kMG]?B\/s$/],
    [undefined, /^big\.sbe: 50 B, 7 frames, /],
  ] as const) {
    const { clock, notes, written } = notesAt(true)
    const reading = new Reading({ name: 'big.sbe', bytes, chunks: (async function* () {})() }, notes)
    clock.nowMs += 1_000
    await reading.took(50, () => 7)
    expect(written().replace('\r\u001b[K', '')).toMatch(line)
  }
})

test('Output waits until all is written, and after Ctrl-C no longer than for somebody who reads', async () => {
  for (const isInterrupted of [false, true]) {
    const reader = gate()
    const interrupt = new AbortController()
    const stream = new Writable({
      write: (_chunk, _encoding, done) => void reader.promise.then(() => done()),
    })
    const output = new Output(stream, 'standard output', interrupt.signal)
    await output.write('x')
    let isFlushed = false
    const flushed = output.flush().then(() => {
      isFlushed = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(isFlushed).toBe(false)
    if (isInterrupted) interrupt.abort()
    else reader.open()
    await flushed
    expect(output.assertWritten()).toBe(undefined)
  }
})

test('escapeText leaves one line of printable characters', () => {
  expect(escapeText('a\nb\u001b[31m\u009b\u2028\ufeff\u2066\ud800 é😀\\')).toBe(
    'a\\u000ab\\u001b[31m\\u009b\\u2028\\ufeff\\u2066\\ud800 é😀\\',
  )
})

describe('Notes', () => {
  test('shows progress after a second, five times a second, and clears it for a message', async () => {
    const { clock, notes, written } = notesAt(true)
    clock.nowMs += 999
    await notes.progress(() => 'too early')
    clock.nowMs += 1
    await notes.progress(() => 'one\u001b')
    clock.nowMs += 199
    await notes.progress(() => 'too soon')
    clock.nowMs += 1
    await notes.progress(() => 'two')
    await notes.tell('message')
    await notes.clear()
    expect(written()).toBe('\r\u001b[Kone\\u001b\r\u001b[Ktwo\r\u001b[Kshardwire: message\n')
  })

  test('names the program in colour, where there is any', async () => {
    const { notes, written } = notesAt(false, true)
    await notes.tell('message')
    expect(stripVTControlCharacters(written())).toBe('shardwire: message\n')
  })

  test('shows none where there is no terminal', async () => {
    const { clock, notes, written } = notesAt(false)
    clock.nowMs += 60_000
    await notes.progress(() => 'never')
    expect(written()).toBe('')
  })
})

test('Meter times sessions by their slots, and none whose beginning it missed', () => {
  const meter = new Meter(2)
  const at = (event: string, streamId: string, slot: number, timestamp: number) =>
    ({ event, streamId, slot, timestamp, remoteIP: '::1' }) as never
  meter.eventStart(at('EventStart', 'a', 1, 100))
  meter.eventFinish(at('EventFinish', 'b', 2, 900))
  meter.eventFinish(at('EventFinish', 'a', 1, 150))
  meter.streamReleased(1)
  expect(meter.longest).toEqual({ streamId: 'a', milliseconds: 50, shard: 2 })
  meter.eventStart(at('EventStart', 'c', 1, 200))
  meter.streamReleased(1)
  meter.eventFinish(at('EventFinish', 'd', 1, 9_999))
  meter.eventStart(at('EventStart', 'e', 3, 200))
  meter.eventFinish(at('EventFinish', 'e', 3, 190))
  expect(meter.longest).toEqual({ streamId: 'a', milliseconds: 50, shard: 2 })
  expect(Object.fromEntries(meter.counts)).toEqual({ EventStart: 3, EventFinish: 4 })
})

test('numbers and tables read as people write them', () => {
  expect([0, 999, 1_000, 999_949, 999_951, 23_300_788].map(bytesText)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '999.9 kB',
    '1.0 MB',
    '23.3 MB',
  ])
  expect([0.5, 250, 12_400, 185_000, 8_040_000].map(durationText)).toEqual([
    '0.50 ms',
    '250 ms',
    '12.40 s',
    '3 min 5 s',
    '2 h 14 min',
  ])
  expect(
    columns([
      ['a', 'all'],
      ['event', '1,000'],
    ]),
  ).toEqual(['a        all', 'event  1,000'])
})
