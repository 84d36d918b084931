// What the numbers say, in words: who is fastest where, and where this package is not.

import type { Row } from '../harness.js'
import { AXIS_NAMES, type Axis, BOUNDS, type ComparisonSet } from '../sets.js'
import { byText, place } from '../table.js'

const OWN = 'shardwire'
const OWN_BATCH = 'shardwire-batch'
const isOwn = (name: string): boolean => name === OWN || name.startsWith(`${OWN}-`)
const isBound = ({ contestant }: Row): boolean => BOUNDS.includes(contestant)
const times = (ratio: number): string => `${ratio.toFixed(2)} times`
const quoted = (name: string): string => `\`${name}\``
const nsOf = (row: Row): string => `${byText(row.medianNs)} ns`
const byMedian = (one: Row, other: Row): number => one.medianNs - other.medianNs

/** Rows that differ in nothing but the contestant; shards are the contestant's nature, unless they are the question. */
export function contests(set: ComparisonSet, all: readonly Row[]): Row[][] {
  const found = new Map<string, Row[]>()
  for (const row of all.filter(({ set: name }) => name === set.name)) {
    const names = AXIS_NAMES.filter((name) => name !== 'shards' || set.axis === 'shards')
    const key = JSON.stringify(names.map((name) => row[name]))
    found.set(key, [...(found.get(key) ?? []), row])
  }
  return [...found.values()]
}

/** Where a contest took place, in words. */
export function placeOf(set: ComparisonSet, rows: readonly Row[]): string {
  const names: Axis[] = set.axis === 'streams' ? ['streams'] : [set.axis, 'streams']
  return names.map((name) => place(rows[0]!, name)).join(', ')
}

/** Who is fastest, and by how much. */
function winner(where: string, rows: readonly Row[]): string | undefined {
  const [first, ...others] = rows.filter((row) => !isBound(row)).sort(byMedian)
  const own = rows.find(({ contestant }) => contestant === OWN)
  if (first === undefined || own === undefined || others.length === 0) return undefined
  const start = `- ${where}: ${quoted(first.contestant)} is fastest, ${nsOf(first)}`
  const rival = others.find(({ contestant }) => !isOwn(contestant))
  const to = (row: Row): string =>
    `${quoted(row.contestant)} takes ${times(row.medianNs / first.medianNs)} as long`
  const said = [first === own ? undefined : own, isOwn(first.contestant) ? rival : undefined]
  return `${[start, ...said.filter((row) => row !== undefined).map(to)].join('; ')}.`
}

/** What of a contestant's time the core, and the machine, would take in any case. */
function bounds(where: string, rows: readonly Row[]): string | undefined {
  const of = (name: string) => rows.find(({ contestant }) => contestant === name)
  const core = of('core')
  if (core === undefined) return undefined
  const parts = [`${quoted('core')} alone takes ${nsOf(core)}`]
  const inC = of('core-c')
  if (inC !== undefined) {
    parts.push(
      `the same in C ${nsOf(inC)}, so WebAssembly costs ${times(core.medianNs / inC.medianNs)} as much`,
    )
  }
  const copy = of('memcpy')
  if (copy !== undefined) parts.push(`copying the bytes ${nsOf(copy)}`)
  return `- ${where}: ${parts.join('; ')}.`
}

/** A contestant that is faster than this package's that does the same. */
export interface Loss {
  readonly set: string
  readonly where: string
  readonly rival: Row
  readonly own: Row
}

/** Batches are compared with batches, where they are there; everything else with `shardwire`. */
export function losses(set: ComparisonSet, all: readonly Row[]): Loss[] {
  return contests(set, all).flatMap((rows) => {
    const of = (name: string) => rows.find(({ contestant }) => contestant === name)
    return rows.flatMap((rival): Loss[] => {
      if (isOwn(rival.contestant) || isBound(rival)) return []
      const own = (rival.contestant.endsWith('-batch') ? of(OWN_BATCH) : undefined) ?? of(OWN)
      if (own === undefined || rival.medianNs >= own.medianNs) return []
      return [{ set: set.name, where: placeOf(set, rows), rival, own }]
    })
  })
}

function lossLine({ set, where, rival, own }: Loss): string {
  const overlap = rival.maxNs >= own.minNs ? ', though the rounds overlap' : ''
  const ratio = own.medianNs / rival.medianNs
  return `- ${set}, ${where}: ${quoted(rival.contestant)} takes ${nsOf(rival)}, ${quoted(own.contestant)} ${nsOf(own)}, ${times(ratio)} as long${overlap}.`
}

/** How much a contestant's time grows from one end of the axis to the other. */
function growth(set: ComparisonSet, all: readonly Row[]): string[] {
  const lines = new Map<string, Row[]>()
  for (const row of all.filter(({ set: name }) => name === set.name)) {
    // Its other circumstances: one line at 10,000 streams isn't continued at 1,000,000.
    const rest = AXIS_NAMES.filter((name) => name !== set.axis && name !== 'shards')
    const key = JSON.stringify([row.contestant, ...rest.map((name) => row[name])])
    lines.set(key, [...(lines.get(key) ?? []), row])
  }
  return [...lines.values()].flatMap((rows) => {
    const first = rows[0]!
    const last = rows.at(-1)!
    if (first[set.axis] === last[set.axis]) return []
    const streams = set.axis === 'streams' ? '' : ` (${place(first, 'streams')})`
    return `- ${quoted(first.contestant)}${streams}: ${place(first, set.axis)} ${nsOf(first)}, ${place(last, set.axis)} ${nsOf(last)}: ${times(last.medianNs / first.medianNs)} as long.`
  })
}

/** One set's numbers in words. */
export function wordsOf(set: ComparisonSet, all: readonly Row[]): string[] {
  const found = contests(set, all).flatMap((rows) => {
    const where = placeOf(set, rows)
    return [winner(where, rows), bounds(where, rows)].filter((line) => line !== undefined)
  })
  return set.apart ? found : [...found, ...growth(set, all)]
}

/** Each row in which another contestant is faster. */
export function lossWords(sets: readonly ComparisonSet[], all: readonly Row[]): string[] {
  const found = sets.flatMap((set) => losses(set, all))
  if (found.length > 0) return found.map(lossLine)
  return ['In no row of this run was another contestant faster.']
}
