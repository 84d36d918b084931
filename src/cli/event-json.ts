// An event as one line of JSON: `event`, `streamId`, `timestamp`, its own fields in
// schema order, last its shard.

import { JsonBytes } from './json-bytes.js'

/** Gives the shard of a stream ID. */
export type ShardFinder = (streamId: unknown) => number

export class EventWriter {
  readonly #json = new JsonBytes()
  readonly #shardOf: ShardFinder | undefined
  /** `,"name":`, made once a field. */
  readonly #prefixes = new Map<string, string>()

  /** @param shardOf where the shard is wanted */
  constructor(shardOf: ShardFinder | undefined) {
    this.#shardOf = shardOf
  }

  /** The lines written since last asked. */
  take(): Uint8Array {
    return this.#json.take()
  }

  write(event: object): void {
    const fields = event as Readonly<Record<string, unknown>>
    const json = this.#json
    json.raw('{"event":')
    this.#value(fields.event)
    json.raw(',"streamId":')
    this.#value(fields.streamId)
    if (fields.timestamp !== undefined) {
      json.raw(',"timestamp":')
      this.#value(fields.timestamp)
    }
    for (const name in fields) {
      // Slots mean nothing outside a router; the others have been written.
      if (name === 'event' || name === 'streamId' || name === 'slot' || name === 'timestamp') continue
      this.#name(name)
      this.#value(fields[name])
    }
    if (this.#shardOf !== undefined && fields.streamId !== '') {
      json.raw(',"shard":')
      json.number(this.#shardOf(fields.streamId))
    }
    json.raw('}\n')
  }

  #name(name: string): void {
    let prefix = this.#prefixes.get(name)
    if (prefix === undefined) {
      // The compiler takes names of letters, digits and _ only.
      prefix = `,"${name}":`
      this.#prefixes.set(name, prefix)
    }
    this.#json.raw(prefix)
  }

  /** A value that a decoder gives. What JSON's numbers can't hold becomes a string. */
  #value(value: unknown): void {
    const json = this.#json
    switch (typeof value) {
      case 'string':
        json.string(value)
        break
      case 'number':
        json.number(value)
        break
      case 'boolean':
        json.raw(value ? 'true' : 'false')
        break
      case 'bigint':
        json.string(String(value))
        break
      case 'object':
        if (value === null) json.raw('null')
        else if (value instanceof Uint8Array) json.string(Buffer.from(value).toString('hex'))
        else this.#object(value)
        break
      default:
        json.raw('null')
    }
  }

  #object(value: object): void {
    const json = this.#json
    let separator = ''
    if (Array.isArray(value) || ArrayBuffer.isView(value)) {
      json.raw('[')
      for (const element of Array.from(value as unknown as ArrayLike<unknown>)) {
        json.raw(separator)
        separator = ','
        this.#value(element)
      }
      json.raw(']')
      return
    }
    json.raw('{')
    for (const [name, member] of Object.entries(value)) {
      json.raw(`${separator}"${name}":`)
      separator = ','
      this.#value(member)
    }
    json.raw('}')
  }
}
