// The bytes between the regions of the core's memory, which nobody writes: filled with a
// pattern before a run, looked at afterwards, together with what is written only once.

import * as layout from '../../src/layout.js'
import type { Plan } from '../../src/plan.js'

const CANARY = 0xa5

export interface Gap {
  readonly from: number
  readonly to: number
  readonly name: string
}

/** Between what is used and what is used next: nobody's. */
export function gapsOf(plan: Plan): Gap[] {
  const used: [string, number, number][] = [
    ['control', layout.CONTROL, layout.CONTROL + layout.CONTROL_BYTES],
  ]
  for (const name of [
    'templateMap',
    'templates',
    'listens',
    'hashKey',
    'shardHeaders',
    'slotLists',
  ] as const) {
    used.push([name, plan[name].address, plan[name].address + plan[name].bytes])
  }
  for (const name of ['buckets', 'longIds'] as const) {
    used.push([name, plan[name].address, plan[name].address + plan[name].bytes])
  }
  // A copy of the hot path may run over the last record's end.
  for (let shard = 0; shard < plan.shards; shard++) {
    const ring = plan.rings.address + shard * plan.ringStride
    used.push([`ring ${shard}`, ring, ring + plan.ringBytes + layout.RECORD_OVERRUN_BYTES])
  }
  for (const name of ['rows', 'fields', 'column', 'input'] as const) {
    used.push([name, plan[name].address, plan[name].address + plan[name].bytes])
  }
  const gaps = used.map(([name, , end], index) => {
    const to = used[index + 1]?.[1] ?? plan.pages * 65_536
    return { name: `behind ${name}`, from: end, to }
  })
  return [{ name: 'before control', from: 0, to: layout.CONTROL }, ...gaps]
}

/** A pattern in all gaps of one memory, and a copy of its tables. */
export class Canaries {
  readonly #bytes: Uint8Array
  readonly #gaps: readonly Gap[]
  readonly #fixed: readonly { readonly name: string; readonly at: number; readonly bytes: Buffer }[]

  /** Sets the pattern. */
  constructor(bytes: Uint8Array, plan: Plan) {
    this.#bytes = bytes
    this.#gaps = gapsOf(plan)
    for (const { from, to } of this.#gaps) bytes.fill(CANARY, from, to)
    this.#fixed = (['templateMap', 'templates', 'listens'] as const).map((name) => {
      const { address, bytes: size } = plan[name]
      return { name, at: address, bytes: Buffer.from(bytes.subarray(address, address + size)) }
    })
  }

  /** Names of the gaps and tables that have changed. */
  dead(): string[] {
    const bytes = this.#bytes
    const gaps = this.#gaps.filter(({ from, to }) => bytes.subarray(from, to).some((byte) => byte !== CANARY))
    const tables = this.#fixed.filter(({ at, bytes: was }) => was.compare(bytes, at, at + was.length) !== 0)
    return [...gaps, ...tables].map(({ name }) => name)
  }
}
