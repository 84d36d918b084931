// Which plots there are: one a question, of the rows of one set.

import type { Row } from '../harness.js'
import { AXES, type Axis, SETS } from '../sets.js'
import { byText, bytesText, idText } from '../table.js'
import { barChart } from './bar-chart.js'
import { lineChart, type Series } from './line-chart.js'

export interface Plot {
  /** Without its ending. */
  readonly name: string
  /** Of the set that it belongs to. */
  readonly set: string
  readonly title: string
  readonly svg: string
}

const MEDIAN = 'ns an event, median and range of the rounds; lower is better'
const setOf = (name: string) => SETS.find((set) => set.name === name)!
const count = (value: number): string => value.toLocaleString('en')

interface LinePlot {
  readonly set: string
  readonly axis: Axis
  readonly label: string
  /** A value's name on the axis. */
  readonly nameOf: (value: never) => string
}

const LINE_PLOTS: readonly LinePlot[] = [
  { set: 'streams', axis: 'streams', label: 'live streams', nameOf: count },
  { set: 'shards', axis: 'shards', label: 'shards', nameOf: count },
  { set: 'chunks', axis: 'chunkBytes', label: 'bytes of a chunk', nameOf: bytesText },
  { set: 'ids', axis: 'ids', label: 'stream IDs', nameOf: idText },
  { set: 'factories', axis: 'factories', label: 'observers a shard', nameOf: count },
]

/** The values of an axis: numbers by size, words as they come. */
function valuesOf(rows: readonly Row[], axis: Axis): Row[Axis][] {
  const values = [...new Set(rows.map((row) => row[axis]))]
  return values.every((value) => typeof value === 'number') ? values.sort((a, b) => a - b) : values
}

/** Rows of one contestant; those at other than the usual number of streams are another line. */
function lines(rows: readonly Row[], axis: Axis, values: readonly Row[Axis][]): Series[] {
  const byName = new Map<string, Row[]>()
  for (const row of rows) {
    const usual = axis === 'streams' || (AXES.streams as readonly number[]).includes(row.streams)
    const name = usual
      ? row.contestant
      : `${row.contestant} at ${row.streams.toLocaleString('en', { notation: 'compact' })}`
    byName.set(name, [...(byName.get(name) ?? []), row])
  }
  return [...byName].map(([name, own]) => ({
    name,
    contestant: own[0]!.contestant,
    points: own
      .map((row) => ({
        at: values.indexOf(row[axis]),
        median: row.medianNs,
        min: row.minNs,
        max: row.maxNs,
      }))
      .sort((a, b) => a.at - b.at),
  }))
}

function linePlot({ set, axis, label, nameOf }: LinePlot, all: readonly Row[]): Plot[] {
  const rows = all.filter((row) => row.set === set)
  if (rows.length === 0) return []
  const values = valuesOf(rows, axis)
  const title = setOf(set).question
  const svg = lineChart({
    title,
    subtitle: MEDIAN,
    axis: label,
    labels: values.map((value) => nameOf(value as never)),
    values: values.every((value) => typeof value === 'number') ? values : undefined,
    series: lines(rows, axis, values),
  })
  return [{ name: set, set, title, svg }]
}

/** Each contestant's median as a multiple of this package's, at the usual number of streams. */
function ratioPlot(all: readonly Row[]): Plot[] {
  const streams = AXES.streams[0]
  const rows = all.filter((row) => row.set === 'streams' && row.streams === streams)
  const own = rows.find((row) => row.contestant === 'shardwire')
  if (own === undefined || rows.length < 2) return []
  const bars = rows
    .map(({ contestant, medianNs }) => ({ contestant, value: medianNs / own.medianNs }))
    .sort((a, b) => a.value - b.value)
    .map((bar) => ({ ...bar, label: `${bar.value.toFixed(2)}x` }))
  const title = 'How many times as long as shardwire do others take?'
  const subtitle = `Medians at ${count(streams)} live streams, as multiples of shardwire's; bars to the left are faster; logarithmic`
  return [
    {
      name: 'ratios',
      set: 'streams',
      title,
      svg: barChart({ title, subtitle, groups: [{ name: '', bars }], ratios: true }),
    },
  ]
}

const OBSERVER_NAMES: Readonly<Record<Row['observer'], string>> = {
  count: 'they count events and bytes',
  state: 'they keep state of each stream',
  async: 'the same, by async methods, which are awaited',
}

function observerPlot(all: readonly Row[]): Plot[] {
  const rows = all.filter((row) => row.set === 'observers')
  if (rows.length === 0) return []
  const groups = (Object.keys(OBSERVER_NAMES) as Row['observer'][])
    .map((observer) => ({
      name: OBSERVER_NAMES[observer],
      bars: rows
        .filter((row) => row.observer === observer)
        .sort((a, b) => a.medianNs - b.medianNs)
        .map((row) => ({
          contestant: row.contestant,
          value: row.medianNs,
          label: `${byText(row.medianNs)} ns`,
        })),
    }))
    .filter(({ bars }) => bars.length > 0)
  const title = setOf('observers').question
  const subtitle = 'ns an event, median; lower is better; each group to its own scale'
  return [
    { name: 'observers', set: 'observers', title, svg: barChart({ title, subtitle, groups, ratios: false }) },
  ]
}

/** All plots that the rows are enough for. */
export function plotsOf(rows: readonly Row[]): Plot[] {
  const [streams, ...others] = LINE_PLOTS.map((plot) => linePlot(plot, rows))
  return [...streams!, ...ratioPlot(rows), ...others.flat(), ...observerPlot(rows)]
}
