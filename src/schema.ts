// What a compiled schema is: the contract between the schema compiler's output
// (and the interpreter of `shardwire inspect --schema`), the core and the drain.
// Everything here is data and three functions; nothing in it knows mtg.

/** Where a header member stands: byte offset in the message header, width in bytes. */
export interface HeaderMember {
  readonly offset: number
  readonly width: 1 | 2 | 4
}

/** The SBE message header: the composite that `headerType` names, members by name. */
export interface HeaderLayout {
  /** Bytes of the whole composite, other members included. */
  readonly bytes: number
  readonly blockLength: HeaderMember
  readonly templateId: HeaderMember
  readonly schemaId: HeaderMember
  readonly version: HeaderMember
}

/** A check of one fixed field that the core makes before a frame is accepted. */
export interface FieldCheck {
  /** `boolean`: a byte, 0 or 1. `int53`, `uint53`: 64 bits within ±(2^53 − 1). */
  readonly kind: 'boolean' | 'int53' | 'uint53'
  /** The field's name, for messages. */
  readonly field: string
  /** Bytes from the start of the root block. */
  readonly offset: number
  /** Not checked in frames of a lower version: the field isn't there. */
  readonly sinceVersion: number
  /** A bit pattern that passes whatever the kind says: the null value of an optional field. */
  readonly nullValue?: bigint
}

/**
 * A fixed field that batches have a column of: what DataView would read, a flag or an enumeration's raw number
 * included. `int53`, `uint53` and `milliseconds` are 64 bits that become a number.
 */
export interface NumberField {
  readonly kind:
    | 'int8'
    | 'uint8'
    | 'int16'
    | 'uint16'
    | 'int32'
    | 'uint32'
    | 'int64'
    | 'uint64'
    | 'int53'
    | 'uint53'
    | 'milliseconds'
    | 'float'
    | 'double'
  /** The column's name: the field's; with its composite's before it, `price.mantissa`. */
  readonly field: string
  /** Bytes from the start of the root block. */
  readonly offset: number
  /** Absent from frames of a lower version. */
  readonly sinceVersion: number
  /** What stands for null, if anything does: an integer's bits, unsigned; of `float` and `double` the bits of the double. */
  readonly nullValue?: bigint
}

/** A variable-length field: a little-endian length, then that many bytes. */
export interface VarData {
  readonly field: string
  readonly lengthWidth: 1 | 2 | 4
  /** Longest allowed, in bytes: one less than the length's top value (which is its null), or `maxValue`. */
  readonly maxLength: number
  /** Whether the bytes must be well-formed UTF-8. */
  readonly utf8: boolean
  readonly sinceVersion: number
}

/** One kind of event. Its index in `Schema.templates` is its template index. */
export interface Template {
  /** SBE template ID, 0 to 65535. */
  readonly id: number
  /** The schema's name of the message, e.g. `EventTraffic`. */
  readonly event: string
  /** The observer's method, e.g. `eventTraffic`. */
  readonly method: string
  /** Root block bytes that this schema version writes. */
  readonly blockLength: number
  /** Root block bytes that a frame of `sinceVersion` or later must have; ascending, the first at version 0. */
  readonly required: readonly { readonly sinceVersion: number; readonly bytes: number }[]
  readonly checks: readonly FieldCheck[]
  /** In the order of the fields. */
  readonly numbers: readonly NumberField[]
  /** In wire order. */
  readonly data: readonly VarData[]
  /** Index in `data` of the key (the stream ID), or -1 when the message has none. */
  readonly key: number
  /** What the event does to its stream. */
  readonly role: 'opens' | 'ends' | 'none'
}

/** What `dispatch` calls an observer with, one record after the other. */
export interface RecordInHand {
  /** Over the memory that holds the message. */
  readonly view: DataView
  /** Index in `view` of the SBE message header; the core has checked all that the template asks for. */
  readonly at: number
  /** The stream's slot, 0 when there is none. */
  readonly slot: number
  /** The keys by slot: the record's is there, `''` for slot 0. */
  readonly ids: readonly (string | undefined)[]
  /** Where `dispatch` says at its end how many calls it made. */
  calls: number
  /**
   * The call of the record in hand has returned nothing.
   * @returns whether another one of the same template is in hand now
   */
  next(): boolean
}

/** Why a stream's slot is over. */
export type ReleaseReason = 'ended' | 'restarted' | 'evicted'

/**
 * What has arrived for a shard since the last call, in order: rows from `start` to before `end`. An observer with
 * `eventBatch` gets its events so, and no other way. All of this is there until its call has returned, or the promise
 * that it returned has settled; then arrays are used again, so copy what you keep. Arrays are this observer's own, and
 * hold other rows' data outside of `start` to `end`.
 * @typeParam Event what `event` gives
 * @typeParam Columns the schema's columns by name
 */
export interface EventBatch<Event, Columns> {
  readonly start: number
  readonly end: number
  /** By row: which event it is, as in the schema module's `kinds`. */
  readonly kind: Uint16Array
  /** By row: the stream's slot, 0 when there is none. */
  readonly slot: Int32Array
  /**
   * By name, then by row: the field's number, made when first asked for. 0 where that event has no such field, and NaN
   * for null; 64-bit columns have null as it stands on the wire. Booleans are 1 and 0, enumerations raw.
   */
  readonly fields: Columns
  /**
   * The event of a row, as `eventX` methods get it.
   * @throws UsageError `batch-misread` the row isn't in the batch, or the batch is over
   */
  event(row: number): Event
  /**
   * The stream ID of a row, `''` when there is none.
   * @throws UsageError `batch-misread`
   */
  streamId(row: number): string
}

/** The methods that every observer may have beside those of its events. */
export interface ObserverBase {
  /**
   * A stream is over and its slot may be another stream's next.
   * @param slot the stream's slot, from 1
   */
  streamReleased?(slot: number, reason: ReleaseReason): unknown
  /** Called once, last. A promise is awaited within the shutdown's deadline. */
  shutdown?(): unknown
}

/**
 * A compiled schema.
 * @typeParam Event what `decode` gives: a union discriminated by `event`
 * @typeParam Observer the interface with one method an event
 * @typeParam Input what `encode` and `router.send` take
 */
export interface Schema<Event extends { readonly event: string }, Observer extends object, Input = Event> {
  readonly name: string
  readonly id: number
  readonly version: number
  readonly header: HeaderLayout
  readonly templates: readonly Template[]
  /**
   * Calls the observer's method, if it has one, for the record in hand, and for all that `next` puts there, as long
   * as the calls return nothing. Gives back what the last one returned.
   * @param template index in `templates`
   */
  dispatch(observer: Partial<Observer>, template: number, record: RecordInHand): unknown
  /**
   * The event of one message.
   * @param template index in `templates`
   * @param view over the memory that holds the message
   * @param at index in `view` of the SBE message header; the core has checked all that the template asks for
   * @param streamId the key, `''` when there is none
   * @param slot the stream's slot, 0 when there is none
   */
  decode(template: number, view: DataView, at: number, streamId: string, slot: number): Event
  /**
   * Writes one SBE message (header, block, var data; no framing).
   * @param at index in `view` to write at
   * @returns bytes written
   * @throws EncodeError `encode-invalid` a field's value isn't of its type or range; `encode-space` it doesn't fit
   */
  encode(event: Input, view: DataView, at: number): number
}

// biome-ignore lint/suspicious/noExplicitAny: the one place where a schema of any kind is meant
export type AnySchema = Schema<any, any, any>
export type EventOf<S> = S extends Schema<infer Event, infer _O, infer _I> ? Event : never
export type ObserverOf<S> = S extends Schema<infer _E, infer Observer, infer _I> ? Observer : never
export type InputOf<S> = S extends Schema<infer _E, infer _O, infer Input> ? Input : never
