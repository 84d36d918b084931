// The WHATWG stream of a source, whose backpressure is the router's; and abort signals.

import { concat } from '../../reference-frames.js'
import { cases, equal, isTrue, matches, thrownBy, throwsCode, turn, until, upTo } from './harness.js'
import { FEW, gate, numbersByStream, pieces, rig, traffic } from './rig.js'

/** A stream of chunks, and how many of them were asked for. */
function streamOf(chunks: readonly Uint8Array[]) {
  let pulled = 0
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const chunk = chunks[pulled++]
      if (chunk === undefined) controller.close()
      else controller.enqueue(chunk)
    },
  })
  return { stream, pulled: () => pulled }
}

export const writable = cases('writable', {
  'takes a piped stream, cut anywhere': async () => {
    const tested = rig({ shards: 2 })
    const bytes = concat(...upTo(100).map((number) => traffic('a', number)))
    await streamOf(pieces(bytes, 7)).stream.pipeTo(tested.router.source().writable)
    equal(numbersByStream(tested.events()), { a: upTo(100) })
    equal((await tested.finish()).rejected, 0)
  },

  'stops a piped stream while a ring is full, and lets it go on': async () => {
    const slow = gate()
    const tested = rig(FEW, () => slow.promise)
    const source = tested.router.source()
    const { stream, pulled } = streamOf(upTo(200).map((number) => traffic('a', number)))
    let isDone = false
    const done = stream.pipeTo(source.writable).then(() => {
      isDone = true
    })
    await until(() => tested.router.stats().inFlight > 3)
    // Whatever can go on goes on: it stands still when that changes nothing any more.
    for (let last = -1; last !== pulled(); await turn()) last = pulled()
    isTrue(pulled() < 50 && !isDone, `${pulled()} chunks were pulled`)
    slow.open()
    await done
    await source.settled()
    equal(numbersByStream(tested.events()), { a: upTo(200) })
    matches(await tested.finish(), { delivered: 200 })
  },

  'of the router itself and of each source is its own, and the same each time': async () => {
    const tested = rig()
    const source = tested.router.source()
    const streams = [tested.router.writable, source.writable]
    isTrue(streams[0] === tested.router.writable && streams[1] === source.writable, 'they change')
    isTrue(streams[0] !== streams[1], 'they are one')
    const writers = streams.map((stream) => stream.getWriter())
    for (const writer of writers) await writer.write(traffic('a', 1))
    for (const writer of writers) await writer.close()
    matches(await tested.finish(), { delivered: 2 })
  },

  'has a writer whose ready is pending while the ring is full': async () => {
    const slow = gate()
    const tested = rig(FEW, () => slow.promise)
    const source = tested.router.source()
    const writer = source.writable.getWriter()
    // As a pipe does: in workerd writes before the stream has started don't change what `ready` is.
    await writer.ready
    const written = upTo(30).map((number) => writer.write(traffic('a', number)))
    let isReady = false
    const ready = writer.ready.then(() => {
      isReady = true
    })
    await turn()
    equal([isReady, writer.desiredSize! <= 0], [false, true])
    slow.open()
    await ready
    await Promise.all(written)
    await writer.close()
    await source.settled()
    equal(numbersByStream(tested.events()), { a: upTo(30) })
    await tested.finish()
  },

  'closes its source: what is held is taken, a cut frame counted': async () => {
    const tested = rig()
    const source = tested.router.source()
    const writer = source.writable.getWriter()
    await writer.write(concat(traffic('a', 1), traffic('a', 2).subarray(0, 9)))
    await writer.close()
    await source.closed()
    await throwsCode('source-ended', () => source.write(traffic('a', 3)))
    matches(await tested.finish(), { delivered: 1, rejectedBy: { truncated: 1 } })
  },

  'that is aborted ends its source; what was taken is routed': async () => {
    const slow = gate()
    const tested = rig(FEW, () => slow.promise)
    const source = tested.router.source()
    const writer = source.writable.getWriter()
    const reason = new Error('enough')
    const closed = thrownBy(() => writer.closed)
    const write = thrownBy(() => writer.write(concat(...upTo(30).map((number) => traffic('a', number)))))
    await until(() => tested.router.stats().inFlight > 3)
    const aborted = writer.abort(reason)
    slow.open()
    await aborted
    isTrue((await closed) === reason && (await write) === reason, 'another reason')
    await source.closed()
    await source.settled()
    equal(numbersByStream(tested.events()), { a: upTo(30) })
    await tested.finish()
  },

  'fails with the error of lost framing, and stays failed': async () => {
    const tested = rig()
    const writer = tested.router.source().writable.getWriter()
    const closed = thrownBy(() => writer.closed)
    const error = await throwsCode('framing-lost', () => writer.write(new Uint8Array(8)))
    isTrue((await closed) === error, 'closed rejects with another')
    isTrue((await thrownBy(() => writer.write(traffic('a', 1)))) === error, 'write rejects with another')
    await tested.finish()
  },

  'fails a pipe whose bytes are no frames': async () => {
    const tested = rig()
    const { stream } = streamOf([traffic('a', 1), new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n')])
    await throwsCode('framing-lost', () => stream.pipeTo(tested.router.source().writable))
    matches(await tested.finish(), { delivered: 1, rejected: 1 })
  },

  'lets a pipe be aborted by a signal': async () => {
    const slow = gate()
    const tested = rig(FEW, () => slow.promise)
    const controller = new AbortController()
    const source = tested.router.source()
    const { stream } = streamOf(upTo(200).map((number) => traffic('a', number)))
    const piped = thrownBy(() => stream.pipeTo(source.writable, { signal: controller.signal }))
    await until(() => tested.router.stats().inFlight > 3)
    const reason = new Error('enough')
    controller.abort(reason)
    slow.open()
    isTrue((await piped) === reason, 'another reason')
    await source.closed()
    const numbers = numbersByStream(tested.events()).a ?? []
    equal(numbers, upTo(numbers.length))
    await tested.finish()
  },
})

export const signals = cases('abort signals', {
  'end a wait with their reason, and nothing else: what was waited for goes on': async () => {
    const slow = gate()
    const tested = rig(FEW, () => slow.promise)
    const source = tested.router.source()
    source.write(concat(...upTo(30).map((number) => traffic('a', number))))
    const controller = new AbortController()
    const options = { signal: controller.signal }
    const waits = [
      () => source.ready(options),
      () => source.settled(options),
      () => source.closed(options),
    ].map(thrownBy)
    const reason = new Error('enough')
    controller.abort(reason)
    for (const wait of waits) isTrue((await wait) === reason, 'another reason')
    slow.open()
    await source.ready()
    await source.settled()
    equal(numbersByStream(tested.events()), { a: upTo(30) })
    await tested.finish()
  },

  'that are aborted already refuse at once': async () => {
    const tested = rig()
    const controller = new AbortController()
    const reason = new Error('no')
    controller.abort(reason)
    const { signal } = controller
    for (const wait of [
      () => tested.router.ready({ signal }),
      () => tested.router.settled({ signal }),
      () => tested.router.source().closed({ signal }),
    ]) {
      isTrue((await thrownBy(wait)) === reason, 'another reason')
    }
    await tested.finish()
  },

  'end the wait for a shutdown, not the shutdown': async () => {
    const slow = gate()
    const tested = rig({}, ({ method }) => (method === 'event' ? slow.promise : undefined))
    tested.router.write(traffic('a', 1))
    const controller = new AbortController()
    const waiting = thrownBy(() => tested.router.shutdown({ signal: controller.signal }))
    const reason = new Error('enough')
    controller.abort(reason)
    isTrue((await waiting) === reason, 'another reason')
    slow.open()
    matches(await tested.finish(), { delivered: 1 })
  },
})
