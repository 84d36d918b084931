// JSON lines, an EventEmitter, and state in a Map by stream ID: what most services do, done well.
// Text is decoded once a chunk, only whole lines are, and a bad line costs that line alone.

import { EventEmitter } from 'node:events'
import type * as events from '../events.js'
import { readEvents } from '../events.js'
import { foldStream, type Tally } from '../tally.js'
import { CHUNK_BYTES, type Contestant, recut } from './contestant.js'

const NEWLINE = 10

interface Session {
  bytes: number
}

/** Splits chunks into lines and emits each line's event by its name. */
class JsonRouter extends EventEmitter {
  private rest: Buffer | undefined
  rejected = 0

  write(chunk: Buffer): void {
    const end = chunk.lastIndexOf(NEWLINE) + 1
    if (end === 0) {
      this.rest = this.rest === undefined ? chunk : Buffer.concat([this.rest, chunk])
      return
    }
    let from = 0
    if (this.rest !== undefined) {
      from = chunk.indexOf(NEWLINE) + 1
      this.line(Buffer.concat([this.rest, chunk.subarray(0, from)]).toString('utf8'))
    }
    const text = chunk.toString('utf8', from, end)
    for (let at = 0; at < text.length; ) {
      const newline = text.indexOf('\n', at)
      this.line(text.slice(at, newline))
      at = newline + 1
    }
    this.rest = end < chunk.length ? chunk.subarray(end) : undefined
  }

  private line(text: string): void {
    let event: events.BenchEvent
    try {
      event = JSON.parse(text)
    } catch {
      this.rejected++
      return
    }
    this.emit(event.event, event)
  }
}

/** Listens to every event and keeps each stream's state in a Map. */
class MapMeter {
  private readonly kinds = new Array<number>(9).fill(0)
  private readonly sessions = new Map<string, Session>()
  private bytesRead = 0
  private bytesWritten = 0
  private live = 0
  private streamChecksum = 0
  private addressLetters = 0
  private dataCentres = 0
  private listSizes = 0
  private newest = 0

  constructor(router: JsonRouter) {
    router
      .on('EventStart', (event: events.EventStart) => {
        this.seen(0, event)
        this.live++
        this.addressLetters += event.remoteIP.length
        this.sessions.set(event.streamId, { bytes: 0 })
      })
      .on('EventConnectedToDC', (event: events.EventConnectedToDC) => {
        this.seen(1, event)
        this.addressLetters += event.remoteIP.length
        this.dataCentres += event.dc
      })
      .on('EventTraffic', (event: events.EventTraffic) => {
        this.seen(2, event)
        if (event.isRead) this.bytesRead += event.traffic
        else this.bytesWritten += event.traffic
        const session = this.sessions.get(event.streamId)
        if (session !== undefined) session.bytes += event.traffic
        else this.sessions.set(event.streamId, { bytes: event.traffic })
      })
      .on('EventFinish', (event: events.EventFinish) => {
        this.seen(3, event)
        this.live--
        this.streamChecksum += foldStream(this.sessions.get(event.streamId)?.bytes ?? 0)
        this.sessions.delete(event.streamId)
      })
      .on('EventDomainFronting', (event: events.EventDomainFronting) => this.seen(4, event))
      .on('EventConcurrencyLimited', (event: events.EventConcurrencyLimited) => this.seen(5, event))
      .on('EventIPBlocklisted', (event: events.EventIPBlocklisted) => {
        this.seen(6, event)
        this.addressLetters += event.remoteIP.length
      })
      .on('EventReplayAttack', (event: events.EventReplayAttack) => this.seen(7, event))
      .on('EventIPListSize', (event: events.EventIPListSize) => {
        this.seen(8, event)
        this.listSizes += event.isBlockList ? event.size : -event.size
      })
  }

  private seen(kind: number, event: events.BenchEvent): void {
    this.kinds[kind]!++
    if (event.timestamp > this.newest) this.newest = event.timestamp
  }

  finish(): Tally {
    for (const session of this.sessions.values()) this.streamChecksum += foldStream(session.bytes)
    const { kinds, bytesRead, bytesWritten, live, addressLetters, dataCentres, listSizes, newest } = this
    const streamChecksum = this.streamChecksum | 0
    return {
      kinds,
      bytesRead,
      bytesWritten,
      live,
      streamChecksum,
      addressLetters,
      dataCentres,
      listSizes,
      newest,
    }
  }
}

function* jsonLines(chunks: readonly Uint8Array[]): Generator<Buffer> {
  for (const chunk of chunks) {
    let lines = ''
    for (const event of readEvents([chunk])) lines += `${JSON.stringify(event)}\n`
    yield Buffer.from(lines, 'utf8')
  }
}

export const contestant: Contestant<Buffer[]> = {
  name: 'json-map',
  description: 'JSON lines, EventEmitter, state in a Map',
  shards: 1,
  prepare: (chunks) =>
    recut(jsonLines(chunks), CHUNK_BYTES).map((chunk) =>
      Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength),
    ),
  open() {
    const router = new JsonRouter()
    const meter = new MapMeter(router)
    return {
      write(chunks) {
        for (const chunk of chunks) router.write(chunk)
      },
      finish() {
        if (router.rejected > 0) throw new Error(`${router.rejected} lines of JSON were not understood`)
        return meter.finish()
      },
    }
  },
}
