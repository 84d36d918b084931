// One producer: makes events, writes them as frames cut anywhere (or sends them), holds
// back when it is told to, and knows what must become of each byte.

import type { mtg } from '../../src/mtg/index.js'
import type { InputOf } from '../../src/schema.js'
import type { Source } from '../../src/source.js'
import {
  DAMAGES,
  ENDS,
  FrameBuffer,
  fieldsOf,
  frameBytes,
  GOES_ON,
  KEYLESS,
  LOSSES,
  type Newer,
  OPENS,
} from './frames.js'
import type { Stream } from './model.js'
import type { World } from './world.js'

/** How it hands its bytes over. `own`: the router's own source. */
export type Way = 'own' | 'write' | 'delimited' | 'writable' | 'send'

interface InHand {
  stream: Stream
  isOpen: boolean
}

interface Made {
  readonly template: number
  readonly stream: Stream | undefined
  readonly number: number
}

const FAREWELL = new Error('a stream that is aborted')
/** From so many bytes on, a frame's framing has been judged. */
const FRAMING_BYTES = 6
const EMPTY_ID = new Uint8Array(0)

export class Producer {
  /** Waits for the router, one or several times over: writes from within an observer wait on their own. */
  #waits = 0
  /** Nothing comes from it any more. */
  isOver = false
  /** Its `end()` has resolved, or its source was closed. */
  isClosed = false
  /** Bytes handed to the source. */
  writtenBytes = 0
  /** By offset in the source: why the frame there is malformed. */
  readonly malformed = new Map<number, string>()
  /** Where it loses the framing, once that has been made, and whether it has. */
  #lossAt = -1
  #isLost = false
  /** Its frames: the number of the event, or -1 for a malformed one, and where it ends in the source. */
  readonly #numbers: number[] = []
  readonly #ends: number[] = []
  /** Index of the first frame that isn't written whole, and of the first that isn't known to have settled. */
  #whole = 0
  #settled = 0
  readonly #world: World
  readonly #index: number
  readonly #way: Way
  readonly #source: Source
  readonly #writer: WritableStreamDefaultWriter<Uint8Array> | undefined
  readonly #buffer = new FrameBuffer()
  /** Bytes of the buffer that have been written. */
  #from = 0
  #isAwaiting = false
  /** Its source has said that it is closed. */
  #isTold = false
  readonly #inHand: InHand[] = []
  /** Chunks that the source may still be reading. */
  readonly #held: Uint8Array[] = []
  /** An event that `send` refused. */
  #refused: Made | undefined

  constructor(world: World, index: number, way: Way, source: Source) {
    this.#world = world
    this.#index = index
    this.#way = way
    this.#source = source
    if (way === 'own' || way === 'send') this.#isTold = true
    else
      void source.closed().then(() => {
        this.#isTold = true
      })
    if (way === 'writable') {
      this.#writer = (source.writable as WritableStream<Uint8Array>).getWriter()
      // What a write rejects with is judged there.
      this.#writer.closed.catch(() => {})
      // It takes its first write when it has started, in the turn that comes.
      this.#wait(Promise.resolve())
    }
  }

  get isAble(): boolean {
    return this.#waits === 0 && !this.isOver
  }

  isOf(source: unknown): boolean {
    return this.#way === 'own' || source === this.#source
  }

  get isOwn(): boolean {
    return this.#way === 'own'
  }

  /** Writes one chunk, or sends one event. */
  go(): void {
    this.#world.trace(1, this.#index)
    if (this.#way === 'send') this.#send()
    else this.#write(this.#chunk())
  }

  // ---- Making events

  #newStream(): Stream {
    const { dice, settings, streams } = this.#world
    const comesBack = dice.chance(settings.traffic.comesBack)
    return comesBack && this.#old.length > 0 ? this.#old.pop()! : streams.make(false)
  }

  /** Streams that ended and may come back. */
  readonly #old: Stream[] = []

  #next(): Made {
    const world = this.#world
    const { dice, settings, model } = world
    const odds = settings.traffic
    let template: number
    let stream: Stream | undefined
    if (dice.chance(odds.keyless)) template = dice.pick(KEYLESS)
    else if (dice.chance(odds.shared)) {
      template = dice.pick(GOES_ON)
      stream = world.streams.shared()
    } else {
      if (this.#inHand.length < odds.streams) this.#inHand.push({ stream: this.#newStream(), isOpen: false })
      const at = dice.below(this.#inHand.length)
      const hand = this.#inHand[at]!
      stream = hand.stream
      if (hand.isOpen ? dice.chance(odds.restarts) : dice.chance(odds.opens)) {
        template = OPENS
        hand.isOpen = true
      } else if (dice.chance(odds.ends)) {
        template = ENDS
        hand.isOpen = false
        // Now and then something still comes after the end.
        if (dice.chance(0.8)) {
          this.#old.push(stream)
          hand.stream = this.#newStream()
        }
      } else template = dice.pick(GOES_ON)
    }
    const number = model.offer(template, stream, this.#index)
    world.spend()
    return { template, stream, number }
  }

  #newer(template: number, idBytes: number): Newer | undefined {
    const { dice, settings } = this.#world
    if (!dice.chance(settings.traffic.newer)) return undefined
    const room = settings.maxFrameBytes - frameBytes(template, idBytes)
    // Now and then the longest frame that may be.
    const more = dice.chance(0.2) ? room : dice.below(Math.min(room, 40) + 1)
    const blockBytes = dice.below(more + 1)
    return { blockBytes, dataBytes: more - blockBytes, version: dice.below(3) }
  }

  /** Adds a frame to the buffer. */
  #make(): void {
    const { dice, settings, model } = this.#world
    const odds = settings.traffic
    const offset = this.writtenBytes + this.#buffer.filled - this.#from
    const isLost = this.#lossAt >= 0
    if (!isLost && dice.chance(odds.malformed)) {
      const isLoss = dice.chance(odds.loses) && this.#way !== 'own'
      const damage = dice.pick<(typeof DAMAGES)[number] | (typeof LOSSES)[number]>(isLoss ? LOSSES : DAMAGES)
      this.#world.spend()
      this.#buffer.malformed(damage, dice.below(65_536), settings.maxFrameBytes)
      this.malformed.set(offset, damage)
      if (isLoss) this.#lossAt = offset
      this.#noteFrame(-1)
      return
    }
    const { template, stream, number } = this.#next()
    const id = stream?.bytes ?? EMPTY_ID
    this.#buffer.event(template, number, id, this.#newer(template, id.length))
    // Nobody may read what comes behind lost framing: to the model it was never written.
    if (isLost) model.withdraw(number)
    this.#noteFrame(isLost ? -1 : number)
  }

  #noteFrame(number: number): void {
    this.#numbers.push(number)
    this.#ends.push(this.writtenBytes + this.#buffer.filled - this.#from)
  }

  /** The next bytes to write, cut anywhere; whole frames where a chunk is a message. */
  #chunk(): Uint8Array {
    const world = this.#world
    const buffer = this.#buffer
    if (this.#from === buffer.filled) {
      this.#from = 0
      buffer.filled = 0
    }
    const wanted = world.dice.between(1, world.settings.chunkBytes)
    while (buffer.filled - this.#from < wanted && world.budget > 0) this.#make()
    this.#cutOff()
    const cut = this.#way === 'delimited' ? buffer.filled : Math.min(buffer.filled, this.#from + wanted)
    const chunk = buffer.bytes.slice(this.#from, cut)
    this.#from = cut
    return chunk
  }

  /** Now and then a message ends within its last frame, the rest of which never comes. */
  #cutOff(): void {
    const { dice, settings, model } = this.#world
    const end = this.#ends.at(-1) ?? 0
    if (this.#way !== 'delimited' || this.#lossAt >= 0 || end <= this.writtenBytes) return
    if (!dice.chance(settings.traffic.malformed)) return
    const number = this.#numbers.pop()!
    this.#ends.pop()
    const start = this.#ends.at(-1) ?? 0
    this.#buffer.filled -= dice.between(1, end - start - 1)
    if (number >= 0) model.withdraw(number)
    this.malformed.set(start, 'truncated')
    this.#noteFrame(-1)
  }

  // ---- Handing them over

  #write(chunk: Uint8Array): void {
    const before = this.writtenBytes
    this.writtenBytes += chunk.length
    this.#held.push(chunk)
    if (this.#writer !== undefined) {
      // From within its own write another would be queued, and taken when its platform likes.
      this.#waits++
      const written = this.#writer.write(chunk)
      this.#waits--
      this.#wait(written, before)
      return
    }
    try {
      if (this.#source.write(chunk)) this.#taken()
      else this.#wait(this.#ready())
    } catch (error) {
      this.#failed(error, before)
    }
  }

  async #ready(): Promise<void> {
    const { dice } = this.#world
    if (dice.chance(0.1)) {
      const controller = new AbortController()
      const wait = this.#source.ready({ signal: controller.signal })
      controller.abort(this)
      try {
        await wait
      } catch (error) {
        if (error !== this) throw error
      }
    }
    await this.#source.ready()
  }

  /** @param refusedBytes what was written before what this waits for, if that may yet be refused */
  #wait(ready: Promise<unknown>, refusedBytes?: number): void {
    const world = this.#world
    this.#waits++
    world.isStirred = true
    world.waits++
    const tell = (what: () => void): void => {
      const told = (): void => {
        this.#waits--
        what()
      }
      if (this.#writer === undefined) told()
      else world.tellAfterTurn(told)
    }
    ready.then(
      () => tell(() => this.#taken()),
      (error: unknown) => tell(() => this.#failed(error, refusedBytes ?? this.writtenBytes)),
    )
  }

  /** All is taken: the buffers may be used for something else. */
  #taken(): void {
    if (this.#waits > 0) return
    for (const chunk of this.#held) chunk.fill(0xff)
    this.#held.length = 0
    if (this.#lossAt >= 0 && this.#lossAt + FRAMING_BYTES <= this.writtenBytes)
      this.#world.fail('reason', `the framing was lost at ${this.#lossAt}, but all is taken`)
  }

  #send(): void {
    const { router, model } = this.#world
    const made = this.#refused ?? this.#next()
    this.#refused = undefined
    const { template, stream, number } = made
    const event = { ...fieldsOf(template, number), streamId: stream?.text ?? '', timestamp: number }
    try {
      if (router.send(event as InputOf<typeof mtg>)) {
        this.#noteFrame(number)
        this.#countWhole()
        return
      }
      this.#refused = made
      this.#wait(router.ready())
    } catch (error) {
      // A core that trapped may have published it before.
      if (!this.#world.isTrapped) model.withdraw(number)
      this.#failed(error, 0)
    }
  }

  /** @param acceptedBytes of those written, what the source has taken or still may take */
  #failed(error: unknown, acceptedBytes: number): void {
    const world = this.#world
    const { code, reason, offset } = error as { code?: unknown; reason?: unknown; offset?: unknown }
    if (code === 'framing-lost') {
      if (this.#lossAt < 0 || offset !== this.#lossAt || reason !== this.malformed.get(this.#lossAt))
        world.fail('reason', `${String(error)}, but the framing was lost at ${this.#lossAt}`)
      this.#isLost = true
    } else if (code === 'router-closed' && world.isShuttingDown) {
      this.writtenBytes = acceptedBytes
    } else if (code === 'core-poisoned' && world.isTrapped) {
      world.isCutShort = true
    } else if (!(code === 'router-closed' && world.isCutShort)) {
      world.fail('unexpected-error', `producer ${this.#index}: ${String((error as Error).stack ?? error)}`)
    }
    this.#over()
    this.isClosed = true
  }

  #countWhole(): void {
    while (this.#whole < this.#ends.length && this.#ends[this.#whole]! <= this.writtenBytes) this.#whole++
  }

  /** Events that were made and are never going to be written, or not whole. */
  #over(): void {
    if (this.isOver) return
    this.isOver = true
    const { model } = this.#world
    this.#countWhole()
    if (this.#way === 'send') {
      if (this.#refused !== undefined) model.withdraw(this.#refused.number)
      return
    }
    while (this.#numbers.length > this.#whole) {
      const number = this.#numbers.pop()!
      if (number >= 0) model.withdraw(number)
      this.#ends.pop()
    }
    const lastEnd = this.#ends.at(-1) ?? 0
    if (lastEnd < this.writtenBytes && !this.#isLost && !this.#isGoingToBeLost)
      this.malformed.set(lastEnd, 'truncated')
  }

  /** The router may not have got so far: it is still reading when an observer writes, or shuts it down. */
  get #isGoingToBeLost(): boolean {
    const judged = this.malformed.get(this.#lossAt) === 'framing-length' ? 4 : FRAMING_BYTES
    return this.#lossAt >= 0 && this.#lossAt + judged <= this.writtenBytes
  }

  /** Says that nothing more comes; now and then in the middle of a frame. */
  end(): void {
    const world = this.#world
    if (!this.isAble) return
    if (world.dice.chance(0.5) && this.#way !== 'delimited') this.#flush()
    if (!this.isAble) return
    this.#over()
    if (this.#way === 'send' || this.#way === 'own') {
      this.isClosed = true
      return
    }
    world.isStirred = true
    this.#end().then(
      () => {
        this.isClosed = true
      },
      (error: unknown) => this.#failed(error, this.writtenBytes),
    )
  }

  #end(): Promise<void> {
    const writer = this.#writer
    if (writer === undefined) return this.#source.end()
    // An abort takes nothing back.
    if (this.#world.dice.chance(0.3)) return writer.abort(FAREWELL)
    // Of a stream that the router has ended, `close` says only that it can't be closed; `closed` says why.
    return writer.close().catch(() => writer.closed)
  }

  /** Whether something that it waits for never came. */
  get isLeftWaiting(): boolean {
    return this.#isAwaiting || this.#waits > 0 || !this.isClosed || !this.#isTold
  }

  /** Writes what was made and isn't written yet. */
  #flush(): void {
    if (this.#way === 'send' || this.#from === this.#buffer.filled) return
    const rest = this.#buffer.bytes.slice(this.#from, this.#buffer.filled)
    this.#from = this.#buffer.filled
    this.#write(rest)
  }

  /** Waits until all that was written has settled, and holds the router to it. */
  awaitSettled(): void {
    const world = this.#world
    // A stream hands a chunk over when it likes: what it has isn't written before.
    if (this.#isAwaiting || (this.#writer !== undefined && this.#waits > 0)) return
    this.#isAwaiting = true
    this.#countWhole()
    const whole = this.#whole
    const source = this.#way === 'send' ? world.router : this.#source
    world.isStirred = true
    if (world.dice.chance(0.1)) {
      const controller = new AbortController()
      source.settled({ signal: controller.signal }).catch(() => {})
      controller.abort(FAREWELL)
    }
    source.settled().then(
      () => {
        this.#isAwaiting = false
        for (; this.#settled < whole; this.#settled++) {
          const number = this.#numbers[this.#settled]!
          if (number >= 0 && !world.isCutShort && world.model.isOutstanding(number))
            world.fail('settled', `settled() before event ${number} was`)
        }
      },
      (error: unknown) => {
        this.#isAwaiting = false
        if (!world.isShuttingDown && !world.isTrapped)
          world.fail('unexpected-error', `settled(): ${String(error)}`)
      },
    )
  }

  /** What the ledger must have rejected once all this is read: frames by reason. */
  addRejected(by: Map<string, number>): void {
    for (const [offset, reason] of this.malformed) {
      if (offset < this.writtenBytes) by.set(reason, (by.get(reason) ?? 0) + 1)
    }
  }
}
