// mtg's events as every contestant hands them on, and a plain reader of frames. The reader
// is slow and simple: it gives the expected answers and makes the JSON lines, and is never timed.

interface StreamEvent {
  readonly streamId: string
  /** Milliseconds since the epoch, with the fraction. */
  readonly timestamp: number
}
export interface EventStart extends StreamEvent {
  readonly event: 'EventStart'
  readonly remoteIP: string
}
export interface EventConnectedToDC extends StreamEvent {
  readonly event: 'EventConnectedToDC'
  readonly remoteIP: string
  readonly dc: number
}
export interface EventTraffic extends StreamEvent {
  readonly event: 'EventTraffic'
  /** Bytes. */
  readonly traffic: number
  readonly isRead: boolean
}
export interface EventFinish extends StreamEvent {
  readonly event: 'EventFinish'
}
export interface EventDomainFronting extends StreamEvent {
  readonly event: 'EventDomainFronting'
}
export interface EventConcurrencyLimited extends StreamEvent {
  readonly event: 'EventConcurrencyLimited'
}
export interface EventIPBlocklisted extends StreamEvent {
  readonly event: 'EventIPBlocklisted'
  readonly remoteIP: string
  readonly isBlockList: boolean
}
export interface EventReplayAttack extends StreamEvent {
  readonly event: 'EventReplayAttack'
}
export interface EventIPListSize extends StreamEvent {
  readonly event: 'EventIPListSize'
  readonly size: number
  readonly isBlockList: boolean
}
export type BenchEvent =
  | EventStart
  | EventConnectedToDC
  | EventTraffic
  | EventFinish
  | EventDomainFronting
  | EventConcurrencyLimited
  | EventIPBlocklisted
  | EventReplayAttack
  | EventIPListSize

/** An event with the stream's small integer. */
export type Slotted<Event> = Event & { readonly slot: number }

/** In the order of the schema's templates, 1 to 9. */
export const EVENT_NAMES = [
  'EventStart',
  'EventConnectedToDC',
  'EventTraffic',
  'EventFinish',
  'EventDomainFronting',
  'EventConcurrencyLimited',
  'EventIPBlocklisted',
  'EventReplayAttack',
  'EventIPListSize',
] as const satisfies readonly BenchEvent['event'][]

/** An address's usual text: IPv4 dotted, IPv6 as RFC 5952 asks. */
export function addressText(view: DataView, at: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(at + 2 * i))
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return [12, 13, 14, 15].map((i) => view.getUint8(at + i)).join('.')
  }
  const text = groups.map((group) => group.toString(16)).join(':')
  // The longest run of two zeros or more, the first of equals, becomes `::`.
  const runs = text.match(/\b0(?::0)+\b/g) ?? []
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '')
  if (longest === '') return text
  const from = text.search(new RegExp(`\\b${longest}\\b`))
  return `${text.slice(0, from).replace(/:$/, '')}::${text.slice(from + longest.length).replace(/^:/, '')}`
}

/** Reads well-formed frames of mtg's schema from chunks that end where a frame ends. */
export function* readEvents(chunks: Iterable<Uint8Array>): Generator<BenchEvent> {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  for (const chunk of chunks) {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    for (let at = 0; at < chunk.length; ) {
      const length = view.getUint32(at)
      const block = at + 14
      const idAt = block + view.getUint16(at + 6, true)
      const streamId = utf8.decode(chunk.subarray(idAt + 1, at + length))
      const ns = view.getBigUint64(block, true)
      const timestamp = Number(ns / 1_000_000n) + Number(ns % 1_000_000n) / 1e6
      const event = EVENT_NAMES[view.getUint16(at + 8, true) - 1]
      at += length
      switch (event) {
        case 'EventStart':
          yield { event, streamId, timestamp, remoteIP: addressText(view, block + 8) }
          break
        case 'EventConnectedToDC': {
          const dc = view.getInt32(block + 24, true)
          yield { event, streamId, timestamp, remoteIP: addressText(view, block + 8), dc }
          break
        }
        case 'EventTraffic': {
          const traffic = Number(view.getBigUint64(block + 8, true))
          yield { event, streamId, timestamp, traffic, isRead: view.getUint8(block + 16) === 1 }
          break
        }
        case 'EventIPBlocklisted': {
          const remoteIP = addressText(view, block + 8)
          yield { event, streamId, timestamp, remoteIP, isBlockList: view.getUint8(block + 24) === 1 }
          break
        }
        case 'EventIPListSize': {
          const size = Number(view.getBigInt64(block + 8, true))
          yield { event, streamId, timestamp, size, isBlockList: view.getUint8(block + 16) === 1 }
          break
        }
        case undefined:
          throw new Error(`template ${view.getUint16(at - length + 8, true)} is not one of mtg's`)
        default:
          yield { event, streamId, timestamp }
      }
    }
  }
}
