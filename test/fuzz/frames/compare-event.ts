// One event or error of the product beside its reading: field by field, without text
// in between, since that happens millions of times.

import type { FrameError } from '../../../src/frame-error.js'
import type { Event } from '../../../src/mtg/index.js'
import { FuzzFailure } from '../failure.js'
import { EVENTS, type Readings, VERDICTS } from './quick-reference.js'
import { eventOf } from './references-agree.js'

/** Whether an event is the one that was read. Slots are another's matter. */
export function isSameEvent(event: Event, readings: Readings, index: number): boolean {
  const template = readings.templates[index]!
  if (event.event !== EVENTS[template]) return false
  if (event.streamId !== readings.ids[index] || event.timestamp !== readings.timestamps[index]) return false
  switch (event.event) {
    case 'EventStart':
      return event.remoteIP === readings.ips[index]
    case 'EventConnectedToDC':
      return event.remoteIP === readings.ips[index] && event.dc === readings.numbers[index]
    case 'EventTraffic':
      return event.traffic === readings.numbers[index] && event.isRead === readings.flags[index]
    case 'EventIPBlocklisted':
      return event.remoteIP === readings.ips[index] && event.isBlockList === readings.flags[index]
    case 'EventIPListSize':
      return event.size === readings.numbers[index] && event.isBlockList === readings.flags[index]
    default:
      return true
  }
}

/** What a frame is, by the reference, for a message. */
export function readingOf(readings: Readings, index: number): unknown {
  if (index >= readings.count) return 'nothing more'
  const verdict = readings.verdicts[index]!
  return verdict === 0 ? eventOf(readings, index) : VERDICTS[verdict]
}

/** @throws FuzzFailure `same-events` */
export function eventDiffers(where: string, event: Event, readings: Readings, index: number): never {
  const { slot: _slot, ...got } = event
  throw new FuzzFailure('same-events', `${where}: another event than the reference reads`, {
    offset: readings.offsets[index],
    expected: readingOf(readings, index),
    got,
  })
}

/**
 * @param base bytes that the decoder or source was given before these readings
 * @param framesBefore frames that it had read then
 * @throws FuzzFailure `same-reasons`, `same-offsets`
 */
export function assertSameError(
  where: string,
  error: FrameError,
  readings: Readings,
  index: number,
  base: number,
  framesBefore: number,
): void {
  const isPartial = index === readings.count
  const reason = isPartial ? 'truncated' : VERDICTS[readings.verdicts[index]!]
  const offset = base + (isPartial ? readings.consumed : readings.offsets[index]!)
  if (error.reason !== reason || (isPartial && readings.partialBytes === 0)) {
    throw new FuzzFailure('same-reasons', `${where}: the frame is judged otherwise`, {
      offset: offset - base,
      expected: isPartial && readings.partialBytes === 0 ? 'nothing more' : readingOf(readings, index),
      got: `${error.reason} at ${error.offset - base}`,
    })
  }
  if (error.offset !== offset || error.frame !== framesBefore + index + 1) {
    throw new FuzzFailure('same-offsets', `${where}: ${reason} is said of another place`, {
      expected: { offset: offset - base, frame: index + 1 },
      got: { offset: error.offset - base, frame: error.frame - framesBefore },
    })
  }
  const code = readings.isLost && index === readings.count - 1 ? 'framing-lost' : 'frame-rejected'
  if (error.code !== code) {
    throw new FuzzFailure('typed-error', `${where}: ${reason} has the code of something else`, {
      expected: code,
      got: error.code,
    })
  }
}
