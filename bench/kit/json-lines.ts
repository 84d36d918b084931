// JSON lines and an EventEmitter: what most services do, done well. Text is decoded once a chunk,
// only whole lines are, and a bad line costs that line alone.

import { EventEmitter } from 'node:events'
import { type BenchEvent, EVENT_NAMES, readEvents } from '../events.js'
import { recut } from './cut.js'
import type { EventMethods } from './observers.js'

const NEWLINE = 10
/** Lines turned into bytes at once. */
const LINES = 256

/** Splits chunks into lines and emits each line's event by its name. */
export class JsonRouter extends EventEmitter {
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
    let event: BenchEvent
    try {
      event = JSON.parse(text)
    } catch {
      this.rejected++
      return
    }
    this.emit(event.event, event)
  }
}

/** Has an observer hear every event. */
export function listen<Slot>(router: JsonRouter, observer: EventMethods<Slot>): void {
  for (const name of EVENT_NAMES) {
    const method = `e${name.slice(1)}` as keyof EventMethods
    const call = observer[method] as (event: unknown) => void
    router.on(name, call.bind(observer))
  }
}

/** Frames' events as lines, in chunks. @param dress what of an event is written, the event itself where not given */
export function jsonLines(
  frames: Uint8Array,
  chunkBytes: number,
  dress: (event: BenchEvent) => object = (event) => event,
): Buffer[] {
  function* pieces(): Generator<Buffer> {
    let lines: string[] = []
    for (const event of readEvents([frames])) {
      if (lines.push(JSON.stringify(dress(event))) < LINES) continue
      yield Buffer.from(`${lines.join('\n')}\n`, 'utf8')
      lines = []
    }
    if (lines.length > 0) yield Buffer.from(`${lines.join('\n')}\n`, 'utf8')
  }
  return recut(pieces(), chunkBytes)
}
