// The rows of a plan as text.

import type { Row } from './harness.js'
import { AXES, AXIS_NAMES, type Axis } from './sets.js'

const PLACES: Readonly<Record<Axis, (value: never) => string>> = {
  streams: (value: number) => `${value.toLocaleString('en')} streams`,
  shards: (value: number) => `${value} ${value === 1 ? 'shard' : 'shards'}`,
  chunkBytes: (value: number) => bytesText(value),
  observer: (value: string) => value,
  factories: (value: number) => `${value} ${value === 1 ? 'factory' : 'factories'}`,
  ids: (value: Row['ids']) => idText(value),
}

const ID_NAMES: Readonly<Record<Row['ids'], string>> = {
  mtg: '22-byte IDs',
  'half-uuid': 'half of them UUIDs',
  uuid: 'UUIDs',
  'one-shard': 'IDs of one shard',
  colliding: 'IDs of one hash',
}

export const idText = (kind: Row['ids']): string => ID_NAMES[kind]

/** Bytes as KiB or MiB. */
export function bytesText(bytes: number): string {
  return bytes < 1_048_576 ? `${bytes / 1_024} KiB` : `${bytes / 1_048_576} MiB`
}

/** A row's place on an axis, with its unit. */
export const place = (row: Pick<Row, Axis>, axis: Axis): string => PLACES[axis](row[axis] as never)

/** What a row has other than the default, and other rows have otherwise. */
export function distinctions(row: Row, rows: readonly Row[], axis: Axis): string[] {
  const varied = AXIS_NAMES.filter((name) => new Set(rows.map((one) => one[name])).size > 1)
  const odd = AXIS_NAMES.filter((name) => !(AXES[name] as readonly unknown[]).includes(row[name]))
  // A contestant without shards has one by nature; that is no choice.
  const names = AXIS_NAMES.filter(
    (name) => name === axis || (name !== 'shards' && varied.includes(name) && odd.includes(name)),
  )
  return names.map((name) => place(row, name))
}

export const byText = (ns: number): string => (ns < 10 ? ns.toFixed(2) : ns.toFixed(ns < 1_000 ? 1 : 0))

/** In columns; the ratio is to the first row. */
export function table(rows: readonly Row[], axis: Axis, apart: boolean): string {
  const base = rows[0]!
  const label = (row: Row): string =>
    apart ? row.contestant : [row.contestant, ...distinctions(row, rows, axis)].join(', ')
  const lines = rows.map((row) => [
    label(row),
    byText(row.medianNs),
    byText(row.minNs),
    byText(row.maxNs),
    row === base ? '1' : (row.medianNs / base.medianNs).toFixed(2),
  ])
  const head = ['', 'median', 'min', 'max', `x ${label(base)}`]
  const width = Math.max(12, ...lines.map(([name]) => name!.length + 2))
  const last = Math.max(10, head[4]!.length + 2)
  const cell = (text: string, i: number): string =>
    i === 0 ? text.padEnd(width) : text.padStart(i === 4 ? last : 11)
  return [head, ...lines].map((cells) => cells.map(cell).join('')).join('\n')
}
