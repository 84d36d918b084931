// JSON lines and an EventEmitter, whose producer knows that state in an array is fast: it gives
// each live stream a small integer, again when that stream has ended, and writes it into each line.

import type { BenchEvent } from '../events.js'
import { JsonRouter, jsonLines, listen } from '../kit/json-lines.js'
import { meterFor } from '../kit/observers.js'
import { SlotMeter } from '../kit/slot-meter.js'
import type { Contestant } from './contestant.js'

/** The producer's list of streams. */
class Slots {
  private readonly taken = new Map<string, number>()
  private readonly free: number[] = []

  /** The event with its stream's slot; 0 where it has no stream. */
  add(event: BenchEvent): object {
    const { streamId } = event
    if (streamId === '') return { slot: 0, ...event }
    let slot = this.taken.get(streamId)
    if (slot === undefined) {
      slot = this.free.pop() ?? this.taken.size + 1
      this.taken.set(streamId, slot)
    }
    if (event.event === 'EventFinish') {
      this.taken.delete(streamId)
      this.free.push(slot)
    }
    return { slot, ...event }
  }
}

interface Lines {
  readonly chunks: readonly Buffer[]
  readonly slots: Slots
}

/** Nobody tells the observer that a stream is over: it takes the end itself for that. */
class LineMeter extends SlotMeter {
  override eventFinish(event: Parameters<SlotMeter['eventFinish']>[0]): void {
    super.eventFinish(event)
    this.streamReleased(event.slot)
  }

  override get tally() {
    this.shutdown()
    return super.tally
  }
}

export const contestant: Contestant<Lines> = {
  description: 'JSON lines with a slot, EventEmitter, state in an array',
  oneShard: true,
  slow: true,
  prepare(frames, { chunkBytes }, before) {
    const slots = before?.slots ?? new Slots()
    return { chunks: jsonLines(frames, chunkBytes, (event) => slots.add(event)), slots }
  },
  open(setting) {
    const router = new JsonRouter()
    const meter = meterFor(setting, () => new LineMeter())
    listen(router, meter)
    return {
      write({ chunks }) {
        for (const chunk of chunks) router.write(chunk)
      },
      finish() {
        if (router.rejected > 0) throw new Error(`${router.rejected} lines of JSON were not understood`)
        return meter.tally
      },
    }
  },
}
