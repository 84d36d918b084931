// What the compiler knows of a schema once it is resolved: names checked and
// renamed, offsets computed, the routing file applied. The generator
// (typescript.ts) and the interpreter (interpret.ts) both work from this alone.

import type { HeaderLayout, HeaderMember } from '../schema.js'
import type { BigInteger, Float, Primitive, SmallInteger } from './primitives.js'

export interface EnumIr {
  readonly kind: 'enum'
  readonly name: string
  readonly description: string
  readonly primitive: 'char' | SmallInteger | BigInteger
  /** The encoding's null value. */
  readonly nullValue: number | bigint
  /** Whether its encoding type is optional, so that fields are unless they say otherwise. */
  readonly optional: boolean
  readonly values: readonly {
    readonly name: string
    readonly value: number | bigint
    readonly description: string
  }[]
}

export interface SetIr {
  readonly kind: 'set'
  readonly name: string
  readonly description: string
  readonly primitive: SmallInteger | BigInteger
  /** `value` has the choice's bit set; a bigint in a set of 64. */
  readonly choices: readonly {
    readonly name: string
    readonly value: number | bigint
    readonly description: string
  }[]
}

export interface CompositeIr {
  readonly kind: 'composite'
  readonly name: string
  readonly description: string
  readonly bytes: number
  readonly members: readonly FieldIr[]
}

/** `utf8`: no more than well-formed; `ascii`, `latin1`: highest code 0x7f, 0xff. */
export type Charset = 'utf8' | 'ascii' | 'latin1'

export type ConstantValue = string | number | bigint | boolean

/** How a value stands on the wire and what it is in JavaScript. */
export type Encoding =
  | { readonly kind: 'integer'; readonly primitive: SmallInteger; readonly min: number; readonly max: number }
  | { readonly kind: 'bigint'; readonly primitive: BigInteger; readonly min: bigint; readonly max: bigint }
  /** 64 bits as a number; the core rejects others. */
  | { readonly kind: 'int53'; readonly primitive: BigInteger; readonly min: number; readonly max: number }
  | { readonly kind: 'float'; readonly primitive: Float }
  | { readonly kind: 'char'; readonly charset: Charset }
  | { readonly kind: 'text'; readonly length: number; readonly charset: Charset }
  | {
      readonly kind: 'array'
      readonly primitive: Exclude<Primitive, 'char'>
      readonly length: number
      readonly min: number | bigint
      readonly max: number | bigint
    }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'ip' }
  | { readonly kind: 'milliseconds' }
  | EnumIr
  | SetIr
  | CompositeIr
  | { readonly kind: 'constant'; readonly value: ConstantValue }

export interface FieldIr {
  /** The property's name, after renaming. */
  readonly name: string
  readonly description: string
  readonly encoding: Encoding
  /** From the start of the block, or of the composite that it is a member of. */
  readonly offset: number
  readonly bytes: number
  /** `null` in frames of a lower version. In a composite: 0, or later than the composite's beginning. */
  readonly sinceVersion: number
  /** Whether the null value means `null`. */
  readonly optional: boolean
  /** The wire's null value, of one element in arrays; none for sets, composites and constants. */
  readonly nullValue: number | bigint | undefined
}

export interface DataIr {
  readonly name: string
  readonly description: string
  readonly lengthWidth: 1 | 2 | 4
  readonly maxLength: number
  /** Bytes where there is none. */
  readonly charset: Charset | undefined
  readonly sinceVersion: number
  readonly optional: boolean
}

export interface MessageIr {
  readonly id: number
  /** The event's name, after renaming. */
  readonly name: string
  readonly method: string
  readonly description: string
  readonly blockLength: number
  readonly fields: readonly FieldIr[]
  readonly data: readonly DataIr[]
  /** Index in `data`, or -1. */
  readonly key: number
  /** The stream ID may be left out when encoding. */
  readonly keyless: boolean
  readonly role: 'opens' | 'ends' | 'none'
}

export interface HeaderIr {
  readonly layout: HeaderLayout
  readonly numGroups: HeaderMember | undefined
  readonly numVarDataFields: HeaderMember | undefined
  /** Whether it has bytes that none of these members fills. */
  readonly hasOtherBytes: boolean
}

export interface SchemaIr {
  /** The name of the exported schema object. */
  readonly name: string
  readonly id: number
  readonly version: number
  readonly description: string
  readonly header: HeaderIr
  /** Those that fields use, in order of first use. */
  readonly enums: readonly EnumIr[]
  readonly sets: readonly SetIr[]
  readonly composites: readonly CompositeIr[]
  readonly messages: readonly MessageIr[]
}

/** The leaves of a field, offsets from where the field's own offset counts from. */
export function* leavesOf(field: FieldIr): Generator<FieldIr> {
  if (field.encoding.kind === 'constant') return
  if (field.encoding.kind !== 'composite') {
    yield field
    return
  }
  for (const member of field.encoding.members) {
    for (const leaf of leavesOf(member)) {
      yield {
        ...leaf,
        name: `${field.name}.${leaf.name}`,
        offset: field.offset + leaf.offset,
        sinceVersion: Math.max(field.sinceVersion, leaf.sinceVersion),
      }
    }
  }
}

/**
 * The member that says whether a composite is null: its first with a null value that can be told by itself. Constants
 * and sets have none; of arrays and addresses no single number is null.
 */
export function nullLeaf(field: FieldIr): FieldIr | undefined {
  const mute: readonly string[] = ['array', 'ip']
  return [...leavesOf(field)].find(
    ({ nullValue, encoding }) => nullValue !== undefined && !mute.includes(encoding.kind),
  )
}
