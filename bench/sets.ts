// What is compared with what, as data: sets of comparisons, each for one question, and the plans that they come to.
// A plan is what runs together, rounds interleaved, so that its times can be compared with each other.

import type { ObserverKind } from './contestants/contestant.js'
import type { IdKind } from './ids.js'

/** A contestant at one point of all axes. */
export interface Competitor {
  readonly contestant: string
  /** Live streams. */
  readonly streams: number
  readonly shards: number
  readonly chunkBytes: number
  readonly observer: ObserverKind
  readonly factories: number
  readonly ids: IdKind
}

/** The axes; where a block says nothing of one, its first value is meant. */
export const AXES = {
  streams: [10_000],
  shards: [4],
  chunkBytes: [65_536],
  observer: ['state'],
  factories: [1],
  ids: ['mtg'],
} as const

export type Axis = keyof typeof AXES
export const AXIS_NAMES = Object.keys(AXES) as readonly Axis[]
type Values = { readonly [Name in Axis]?: readonly Competitor[Name][] }

/** Contestants times values: all pairs of them, in this order. */
export interface Block {
  /** Undefined: all that there are. */
  readonly contestants?: readonly string[]
  readonly values: Values
  /** With `--quick`; undefined: not at all. */
  readonly quick?: Values
}

/** The comparisons that answer one question. */
export interface ComparisonSet {
  readonly name: string
  readonly question: string
  /** What differs between the rows of a plan, beside the contestant. */
  readonly axis: Axis
  /** A plan for each number of live streams, where contestants are compared rather than numbers. */
  readonly apart?: boolean
  readonly blocks: readonly Block[]
}

export interface Plan {
  readonly set: ComparisonSet
  readonly competitors: readonly Competitor[]
}

const SHARDWIRE_AND_TWIN = ['shardwire', 'shardwire-batch', 'twin', 'twin-batch']

/** Contestants without observers: what the machine or the core alone could do. They are shown, but aren't rivals. */
export const BOUNDS: readonly string[] = ['core', 'core-c', 'memcpy']

export const SETS: readonly ComparisonSet[] = [
  {
    name: 'streams',
    question: 'What does an event cost, by live streams?',
    axis: 'streams',
    apart: true,
    blocks: [{ values: { streams: [200, 10_000, 100_000, 1_000_000] }, quick: { streams: [200, 10_000] } }],
  },
  {
    name: 'growth',
    question: 'What do a thousand times as many streams cost?',
    axis: 'streams',
    blocks: [
      {
        contestants: SHARDWIRE_AND_TWIN,
        values: { streams: [1_000, 1_000_000] },
        quick: { streams: [1_000, 100_000] },
      },
    ],
  },
  {
    name: 'shards',
    question: 'What do more shards cost?',
    axis: 'shards',
    blocks: [
      {
        contestants: [...SHARDWIRE_AND_TWIN, 'go'],
        values: { shards: [1, 4, 64, 256] },
        quick: { shards: [1, 256] },
      },
      { contestants: ['shardwire'], values: { shards: [1, 4, 64, 256], streams: [1_000_000] } },
    ],
  },
  {
    name: 'ids',
    question: 'What do longer stream IDs cost?',
    axis: 'ids',
    blocks: [
      {
        contestants: ['shardwire', 'twin', 'json-slot', 'msgpackr'],
        values: { ids: ['mtg', 'half-uuid', 'uuid'] },
        quick: { ids: ['mtg', 'half-uuid'] },
      },
    ],
  },
  {
    name: 'observers',
    question: 'What does it cost what observers do?',
    axis: 'observer',
    blocks: [
      {
        contestants: ['shardwire', 'shardwire-map', 'twin', 'json-map', 'rxjs', 'go'],
        values: { observer: ['count', 'state'] },
        quick: { observer: ['count'] },
      },
      // Those that wait for what an observer returns.
      {
        contestants: ['shardwire', 'shardwire-map', 'rxjs'],
        values: { observer: ['async'] },
        quick: { observer: ['async'] },
      },
    ],
  },
  {
    name: 'chunks',
    question: 'What do smaller and larger chunks cost?',
    axis: 'chunkBytes',
    blocks: [
      {
        contestants: SHARDWIRE_AND_TWIN,
        values: { chunkBytes: [1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576] },
        quick: { chunkBytes: [1_024, 1_048_576] },
      },
    ],
  },
  {
    name: 'factories',
    question: 'What do several observers a shard cost?',
    axis: 'factories',
    blocks: [
      {
        contestants: ['shardwire', 'shardwire-batch'],
        values: { factories: [1, 2, 4] },
        quick: { factories: [2] },
      },
    ],
  },
  {
    name: 'flooding',
    question: 'What do IDs cost that somebody chose to collide?',
    axis: 'ids',
    blocks: [
      {
        contestants: ['shardwire'],
        values: { ids: ['one-shard', 'mtg', 'colliding'] },
        quick: { ids: ['one-shard', 'mtg', 'colliding'] },
      },
    ],
  },
]

/** All combinations of a block's values. */
function points(values: Values): Omit<Competitor, 'contestant'>[] {
  let found: Partial<Competitor>[] = [{}]
  for (const name of AXIS_NAMES) {
    const choices: readonly Competitor[Axis][] = values[name] ?? AXES[name]
    found = found.flatMap((point) => choices.map((value) => ({ ...point, [name]: value })))
  }
  return found as Omit<Competitor, 'contestant'>[]
}

/** What competitors have in common that run together: effort and memory depend on live streams. */
function togetherBy(set: ComparisonSet, { streams }: Competitor): number {
  return set.axis === 'streams' && !set.apart ? 0 : streams
}

/**
 * The plans of a set.
 * @param among the contestants that are there and asked for, in the order they are shown
 */
export function plansOf(set: ComparisonSet, among: readonly string[], quick: boolean): Plan[] {
  const competitors = set.blocks.flatMap(({ contestants, values, quick: few }) => {
    const chosen = quick ? few : values
    if (chosen === undefined) return []
    const names = contestants?.filter((name) => among.includes(name)) ?? among
    return names.flatMap((contestant) => points(chosen).map((point) => ({ contestant, ...point })))
  })
  const plans = new Map<number, Competitor[]>()
  for (const one of competitors) {
    const key = togetherBy(set, one)
    plans.set(key, [...(plans.get(key) ?? []), one])
  }
  return [...plans.values()].map((together) => ({ set, competitors: together }))
}
