// Frames of a schema that has everything: header members in another order and of other
// widths, null values, versions, var data of several widths. A reading of its own says
// what is an event and what is rejected; for the events' fields the interpreter is
// compared with generated code, one cut of the bytes with another, and the router with
// the decoder.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { interpretSchema } from '../../../src/compile/index.js'
import { type Decoder, makeDecoder } from '../../../src/decoder.js'
import { FrameError } from '../../../src/frame-error.js'
import type { AnySchema } from '../../../src/schema.js'
import { coreModule } from '../../../src/wasm.js'
import { kitchenSink } from '../../compile/generated/kitchen-sink.gen.js'
import { Canaries } from '../../core/gaps.js'
import { Random } from '../../mutate.js'
import { rigOf, TestHost, walkRings } from '../../rig.js'
import { FuzzFailure } from '../failure.js'
import { ROOT } from '../places.js'
import { seedOf } from '../seeds.js'
import { frameOf } from './any-frame.js'
import { cut } from './cuts.js'
import { type Judgement, judgeKitchenSink } from './kitchen-sink-reference.js'

function interpretedKitchenSink(): AnySchema {
  const read = (ending: string): string =>
    readFileSync(join(ROOT, 'test/compile/fixtures', `kitchen-sink${ending}`), 'utf8')
  return interpretSchema({ xmlPath: 'kitchen-sink.xml', xml: read('.xml'), routing: read('.routing.json') })
}

const BATCHES = 16
const FRAMES = 200
const FRAMING_BYTES = 6
const RING_BYTES = 16_384
const MAX_FRAME_BYTES = RING_BYTES / 8
const BYTES = [0, 1, 2, 0x7f, 0x80, 0xfe, 0xff] as const

type Item = FrameError | (Record<string, unknown> & { readonly event: string; readonly slot: number })

/** A frame, damaged behind its framing. */
function damaged(frame: Buffer, random: Random): Buffer {
  const at = FRAMING_BYTES + random.below(frame.length - FRAMING_BYTES)
  switch (random.below(5)) {
    case 0:
      frame[at]! ^= 1 << random.below(8)
      return frame
    case 1:
      frame[at] = random.pick(BYTES)
      return frame
    case 2: {
      const end = Math.max(FRAMING_BYTES, frame.length - 1 - random.below(12))
      const shorter = Buffer.from(frame.subarray(0, end))
      shorter.writeUInt32BE(end, 0)
      return shorter
    }
    case 3: {
      const longer = Buffer.concat([frame, Buffer.alloc(1 + random.below(9), random.uint32() & 255)])
      longer.writeUInt32BE(longer.length, 0)
      return longer
    }
    default:
      return frame
  }
}

function bytesOf(schema: AnySchema, random: Random): Buffer {
  const frames = Array.from({ length: 1 + random.below(FRAMES) }, () =>
    damaged(frameOf(schema, random), random),
  )
  if (random.below(4) === 0) {
    const last = frames.at(-1)!
    if (random.below(2) === 0) last.writeUInt32BE(random.pick([0, 5, 2 ** 31, MAX_FRAME_BYTES + 1]), 0)
    else frames[frames.length - 1] = last.subarray(0, random.below(last.length))
  }
  return Buffer.concat(frames)
}

const isLost = (item: Item | undefined): boolean => item instanceof FrameError && item.code === 'framing-lost'

/** What compares: slots are left out, since they are the decoder's own. */
function plain(item: Item, base = 0, frames = 0): unknown {
  if (!(item instanceof FrameError)) return { ...item, slot: 0 }
  return [item.code, item.reason, item.offset - base, item.frame - frames]
}

/** One decoder after the other: making one takes longer than reading some hundred frames. */
class Decoders {
  readonly #schema: AnySchema
  #decoder: Decoder<AnySchema> | undefined
  #base = 0
  #frames = 0

  constructor(schema: AnySchema) {
    this.#schema = schema
  }

  /** What comes of a source's bytes, cut so. */
  read(bytes: Buffer, cutSeed: number): unknown[] {
    if (this.#decoder === undefined) {
      this.#decoder = makeDecoder(coreModule, this.#schema, { maxFrameBytes: MAX_FRAME_BYTES })
      this.#base = 0
      this.#frames = 0
    }
    const decoder = this.#decoder
    const items: Item[] = []
    cut(bytes, bytes.length, cutSeed, (piece) => {
      items.push(...(decoder.decode(piece) as Item[]))
      return true
    })
    const last = decoder.end()
    if (last !== undefined) items.push(last)
    const all = items.map((item) => plain(item, this.#base, this.#frames))
    this.#base += bytes.length
    this.#frames += items.length
    if (last !== undefined || isLost(items.at(-1))) this.#decoder = undefined
    return all
  }
}

function assertSame(
  oracle: 'same-cuts' | 'same-events',
  what: string,
  one: readonly unknown[],
  other: readonly unknown[],
): void {
  if (isDeepStrictEqual(one, other)) return
  const at = one.findIndex((item, index) => !isDeepStrictEqual(item, other[index]))
  const index = at < 0 ? one.length : at
  throw new FuzzFailure(oracle, `${what}: item ${index + 1}`, { expected: one[index], got: other[index] })
}

/** What was decoded is what the second reading says. */
function assertJudged(judged: readonly Judgement[], whole: readonly unknown[]): void {
  for (let index = 0; index < Math.max(judged.length, whole.length); index++) {
    const [offset, verdict, streamId] = judged[index] ?? []
    const item = whole[index]
    const isError = Array.isArray(item)
    const event = item as { readonly event: string; readonly streamId: string } | undefined
    const got = isError ? item[1] : event?.event
    const facts = { offset, expected: judged[index], got: item }
    const isEvent = streamId !== undefined
    if (got !== verdict) {
      const oracle = isEvent && !isError ? 'same-events' : 'same-reasons'
      throw new FuzzFailure(oracle, 'kitchen sink: a frame is judged otherwise', facts)
    }
    if (isError && item[2] !== offset) throw new FuzzFailure('same-offsets', 'kitchen sink', facts)
    if (isEvent && event?.streamId !== streamId)
      throw new FuzzFailure('same-events', 'kitchen sink: another stream', facts)
  }
}

let interpreted: AnySchema | undefined

/** @returns how many frames there were @throws whatever is found wrong */
export async function playOtherRound(seed: number, input: number): Promise<number> {
  const schema: AnySchema = kitchenSink
  interpreted ??= interpretedKitchenSink()
  const random = new Random(seedOf(seed, 'frames', input))
  const heard: Item[] = []
  const host = new TestHost(random.uint32())
  const note = (item: Item): void => {
    heard.push(item)
  }
  const observer = Object.fromEntries(schema.templates.map(({ method }) => [method, note]))
  const rig = rigOf<AnySchema>(
    schema,
    {
      ...{ shards: 1, orphans: 'deliver', observers: [() => observer] },
      onFrameError: (error) => {
        host.time += 1_000
        note(error)
      },
    },
    { slots: random.pick([1, 4, 64]), ringBytes: RING_BYTES, maxFrameBytes: MAX_FRAME_BYTES },
    host,
  )
  const { core } = rig.engine
  const canaries = new Canaries(core.bytes, core.plan)
  const [once, again, other] = [new Decoders(schema), new Decoders(schema), new Decoders(interpreted)]
  let received = 0
  for (let left = BATCHES; left > 0; left--) {
    const bytes = bytesOf(schema, random)
    const whole = once.read(bytes, 0)
    assertJudged(judgeKitchenSink(bytes, MAX_FRAME_BYTES), whole)
    assertSame('same-cuts', 'decoder', whole, again.read(bytes, random.uint32() | 1))
    assertSame('same-events', 'interpreter', whole, other.read(bytes, 0))
    heard.length = 0
    const source = rig.router.source()
    cut(bytes, bytes.length, random.uint32() | 1, (piece) => {
      try {
        return source.write(piece)
      } catch (error) {
        if (error instanceof FrameError && error.code === 'framing-lost') return false
        throw error
      }
    })
    await source.end()
    const told = whole.filter((item) => !(Array.isArray(item) && item[1] === 'unknown-template'))
    assertSame(
      'same-cuts',
      'router',
      told,
      heard.map((item) => plain(item)),
    )
    received += whole.length
    const stats = rig.router.stats()
    const account = [stats.received, stats.accepted + stats.rejected, stats.delivered, stats.inFlight]
    const expected = [received, received, stats.accepted, 0]
    if (!isDeepStrictEqual(account, expected))
      throw new FuzzFailure('ledger', 'kitchen sink', { expected, got: account })
    if (walkRings(rig) !== 0) throw new FuzzFailure('ledger', 'events are left in a ring')
  }
  const dead = canaries.dead()
  if (dead.length > 0) throw new FuzzFailure('canaries', `written to: ${dead.join(', ')}`)
  await rig.router.shutdown()
  return received
}
