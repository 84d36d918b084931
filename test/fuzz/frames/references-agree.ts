// The quick reference beside the clear one: on a sample of every run, so that speed
// can't have cost it its meaning.

import { type EventItem, referenceDecode, referenceXxHash32 } from '../../reference.js'
import { FuzzFailure } from '../failure.js'
import {
  BLOCKLISTED,
  CONNECTED,
  EVENTS,
  LIST_SIZE,
  quickXxHash32,
  type Readings,
  START,
  TRAFFIC,
  VERDICTS,
} from './quick-reference.js'

/** An event of the readings as the clear reference has it. */
export function eventOf(readings: Readings, index: number): Record<string, string | number | boolean> {
  const template = readings.templates[index]!
  const number = readings.numbers[index]!
  const flag = readings.flags[index]!
  const hasIp = template === START || template === CONNECTED || template === BLOCKLISTED
  return {
    event: EVENTS[template]!,
    streamId: readings.ids[index]!,
    timestamp: readings.timestamps[index]!,
    ...(hasIp && { remoteIP: readings.ips[index]! }),
    ...(template === CONNECTED && { dc: number }),
    ...(template === TRAFFIC && { traffic: number, isRead: flag }),
    ...(template === LIST_SIZE && { size: number, isBlockList: flag }),
    ...(template === BLOCKLISTED && { isBlockList: flag }),
  }
}

const textOfEvent = (event: object): string => JSON.stringify(event)

/** @throws FuzzFailure `references-agree` */
export function assertReferencesAgree(
  bytes: Buffer,
  length: number,
  maxFrameBytes: number,
  readings: Readings,
): void {
  const own = bytes.subarray(0, length)
  const clear = referenceDecode(own, { maxFrameBytes })
  const items: { offset: number; text: string; event?: EventItem }[] = clear.items.map((item) =>
    item.kind === 'event'
      ? { offset: item.offset, text: textOfEvent(item.event), event: item }
      : { offset: item.offset, text: item.reason },
  )
  if (clear.lost !== undefined) items.push({ offset: clear.lost.offset, text: clear.lost.reason })
  for (let index = 0; index < Math.max(items.length, readings.count); index++) {
    const item = items[index]
    const verdict = readings.verdicts[index]!
    const text = verdict === 0 ? textOfEvent(eventOf(readings, index)) : VERDICTS[verdict]
    const isThere = item !== undefined && index < readings.count
    if (!isThere || item.offset !== readings.offsets[index] || item.text !== text) {
      const got = { offset: readings.offsets[index], text }
      throw new FuzzFailure('references-agree', `frame ${index + 1} is read otherwise`, {
        clear: item,
        quick: got,
      })
    }
    if (item.event !== undefined) {
      const hash = quickXxHash32(own, readings.idAts[index]!, readings.idLengths[index]!)
      const expected = referenceXxHash32(item.event.idBytes)
      if (hash !== expected) {
        throw new FuzzFailure('references-agree', `the hash of ${item.event.streamId}`, {
          clear: expected,
          quick: hash,
        })
      }
    }
  }
  const ends = [clear.consumed, clear.partialBytes, clear.lost !== undefined]
  const got = [readings.consumed, readings.partialBytes, readings.isLost]
  if (String(ends) !== String(got)) {
    throw new FuzzFailure('references-agree', 'what is left at the end', { clear: ends, quick: got })
  }
}
