// The routing file: what SBE can't say. JSON, read strictly; errors name the path.
//
//   name     of the exported schema object; otherwise the package's last part
//   key      the var data field that is the stream ID, in every message; or an
//            object from message (`*`: all others) to field, or null for none
//   opens, ends   messages that begin and end a stream
//   keyless  messages whose stream ID may be left out, or which have none
//   types    from a type's name to what its values are in JavaScript:
//            bigint (of 64 bits, the default), number (of 64 bits, ±(2^53 − 1), the
//            router rejects others), boolean (uint8, or an enum of 0 and 1),
//            ip (16 bytes), milliseconds (uint64 nanoseconds)
//   fields   the same for `Message.field`, `*.field` or `Composite.member`; wins over types
//   rename   { messages, fields, types }: from the schema's name to another
//
// All names here are the schema's, from before renaming.

import { SchemaError, suggest } from './schema-error.js'

export const CHOICES = ['bigint', 'number', 'boolean', 'ip', 'milliseconds'] as const
export type Choice = (typeof CHOICES)[number]

const KEYS = ['$schema', 'name', 'key', 'opens', 'ends', 'keyless', 'types', 'fields', 'rename']
const RENAME_KEYS = ['messages', 'fields', 'types']
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/

type Json = { readonly [key: string]: unknown }

/** A map whose entries must all be used in the end, or they name what isn't there. */
class UsedMap<V> {
  readonly entries: ReadonlyMap<string, V>
  readonly #used = new Set<string>()
  constructor(entries: ReadonlyMap<string, V>) {
    this.entries = entries
  }
  take(name: string): V | undefined {
    this.#used.add(name)
    return this.entries.get(name)
  }
  *unused(): Generator<string> {
    for (const name of this.entries.keys()) if (!this.#used.has(name)) yield name
  }
  get asked(): ReadonlySet<string> {
    return this.#used
  }
}

export class Routing {
  readonly file: string
  readonly name: string | undefined
  readonly isGiven: boolean
  readonly #keys: UsedMap<string | null>
  readonly #lists: Readonly<Record<'opens' | 'ends' | 'keyless', UsedMap<true>>>
  readonly #types: UsedMap<Choice>
  readonly #fields: UsedMap<Choice>
  readonly #renames: Readonly<Record<'messages' | 'fields' | 'types', UsedMap<string>>>

  /** @throws SchemaError `routing-invalid` */
  constructor(text: string | undefined, file: string) {
    this.file = file
    this.isGiven = text !== undefined
    const json = text === undefined ? {} : this.#parse(text)
    this.#checkKeys(json, KEYS, '')
    const { name, key, rename } = json
    if (name !== undefined && (typeof name !== 'string' || !IDENTIFIER.test(name)))
      this.refuse('name', 'must be an identifier')
    this.name = name as string | undefined
    this.#keys = new UsedMap(this.#readKeys(key))
    this.#lists = {
      opens: this.#readList(json, 'opens'),
      ends: this.#readList(json, 'ends'),
      keyless: this.#readList(json, 'keyless'),
    }
    this.#types = new UsedMap(this.#readChoices(json, 'types'))
    this.#fields = new UsedMap(this.#readChoices(json, 'fields'))
    const renames = rename === undefined ? {} : this.#object(rename, 'rename')
    this.#checkKeys(renames, RENAME_KEYS, 'rename.')
    this.#renames = {
      messages: this.#readNames(renames, 'messages'),
      fields: this.#readNames(renames, 'fields'),
      types: this.#readNames(renames, 'types'),
    }
  }

  /** @throws SchemaError `routing-invalid`, always */
  refuse(path: string, why: string): never {
    throw new SchemaError('routing-invalid', this.file, undefined, `${path}: ${why}`)
  }

  /** The field that is a message's key, and the path that says so. */
  keyOf(message: string): { readonly field: string; readonly isOwn: boolean } | undefined {
    const own = this.#keys.take(message)
    const any = this.#keys.take('*')
    const field = own === undefined ? any : own
    return field === undefined || field === null ? undefined : { field, isOwn: own !== undefined }
  }

  is(list: 'opens' | 'ends' | 'keyless', message: string): boolean {
    return this.#lists[list].take(message) === true
  }

  renamed(kind: 'messages' | 'fields' | 'types', name: string): string {
    return this.#renames[kind].take(name) ?? name
  }

  /** A field's name: renamed by itself, or as a field of all messages. */
  renamedField(owner: string, name: string): string {
    const own = this.#renames.fields.take(`${owner}.${name}`)
    const any = this.#renames.fields.take(`*.${name}`)
    return own ?? any ?? name
  }

  /** What a field is in JavaScript, and the path that says so. */
  choice(
    owner: string,
    field: string,
    ...types: readonly string[]
  ): { choice: Choice; path: string } | undefined {
    const names = [`${owner}.${field}`, `*.${field}`]
    // All are asked for, so that none counts as unused.
    const found: [string, Choice | undefined][] = [
      ...names.map((name): [string, Choice | undefined] => [`fields.${name}`, this.#fields.take(name)]),
      ...types.map((name): [string, Choice | undefined] => [`types.${name}`, this.#types.take(name)]),
    ]
    for (const [path, choice] of found) if (choice !== undefined) return { choice, path }
    return undefined
  }

  /** Marks a type as there, though no field uses it. */
  knowType(name: string): void {
    this.#types.take(name)
    this.#renames.types.take(name)
  }

  /** @throws SchemaError `routing-invalid` for a name that the schema doesn't have */
  finish(): void {
    const maps: [string, UsedMap<unknown>][] = [
      ['key', this.#keys],
      ['opens', this.#lists.opens],
      ['ends', this.#lists.ends],
      ['keyless', this.#lists.keyless],
      ['types', this.#types],
      ['fields', this.#fields],
      ['rename.messages', this.#renames.messages],
      ['rename.fields', this.#renames.fields],
      ['rename.types', this.#renames.types],
    ]
    for (const [path, map] of maps) {
      for (const name of map.unused()) {
        const end = suggest(name, map.asked) || 'give a name from the schema'
        this.refuse(path, `the schema has no ${JSON.stringify(name)}: ${end}`)
      }
    }
  }

  #parse(text: string): Json {
    try {
      return this.#object(JSON.parse(text), 'the file')
    } catch (error) {
      if (error instanceof SchemaError) throw error
      throw new SchemaError('routing-invalid', this.file, undefined, `not JSON: ${(error as Error).message}`)
    }
  }

  #object(value: unknown, path: string): Json {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      this.refuse(path, 'must be an object')
    return value as Json
  }

  #checkKeys(json: Json, known: readonly string[], path: string): void {
    for (const key of Object.keys(json)) {
      if (known.includes(key)) continue
      this.refuse(
        `${path}${key}`,
        `unknown: ${suggest(key, known) || `use ${known.filter((name) => name !== '$schema').join(', ')}`}`,
      )
    }
  }

  #readKeys(key: unknown): Map<string, string | null> {
    if (key === undefined) return new Map()
    if (typeof key === 'string') return new Map([['*', key]])
    const entries = Object.entries(this.#object(key, 'key'))
    for (const [message, field] of entries) {
      if (typeof field !== 'string' && field !== null)
        this.refuse(`key.${message}`, 'must be a field name or null')
    }
    return new Map(entries as [string, string | null][])
  }

  #readList(json: Json, name: string): UsedMap<true> {
    const list = json[name] ?? []
    if (!Array.isArray(list) || !list.every((one) => typeof one === 'string')) {
      this.refuse(name, 'must be an array of message names')
    }
    return new UsedMap(new Map(list.map((message: string) => [message, true])))
  }

  #readChoices(json: Json, name: string): Map<string, Choice> {
    const entries = Object.entries(this.#object(json[name] ?? {}, name))
    for (const [key, choice] of entries) {
      if (!(CHOICES as readonly unknown[]).includes(choice)) {
        this.refuse(`${name}.${key}`, `is ${JSON.stringify(choice)}: use one of ${CHOICES.join(', ')}`)
      }
    }
    return new Map(entries as [string, Choice][])
  }

  #readNames(json: Json, name: string): UsedMap<string> {
    const entries = Object.entries(this.#object(json[name] ?? {}, `rename.${name}`))
    for (const [key, to] of entries) {
      if (typeof to !== 'string' || !IDENTIFIER.test(to))
        this.refuse(`rename.${name}.${key}`, 'must be an identifier')
    }
    return new UsedMap(new Map(entries as [string, string][]))
  }
}
