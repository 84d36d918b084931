// Lines over an axis: each contestant's medians, with the range of its rounds, its name at the line's end.

import { apart, linearScale, logScale } from './scale.js'
import { classOf, document, element, escaped, text } from './svg.js'

export interface Point {
  /** Index of the value on the axis. */
  readonly at: number
  readonly median: number
  readonly min: number
  readonly max: number
}

export interface Series {
  readonly contestant: string
  /** Beside its line. */
  readonly name: string
  /** In the axis's order. */
  readonly points: readonly Point[]
}

export interface LineChart {
  readonly title: string
  readonly subtitle: string
  /** What the values are of. */
  readonly axis: string
  /** The values' names, and where they are numbers, their logarithms are their places. */
  readonly labels: readonly string[]
  readonly values?: readonly number[] | undefined
  readonly series: readonly Series[]
}

const WIDTH = 900
const HEIGHT = 540
const LEFT = 64
const RIGHT = 680
const TOP = 84
const BOTTOM = 476
const LABEL_X = RIGHT + 34
const LABEL_GAP = 17
/** Where values differ by more, equal ratios are equal lengths. */
const LINEAR_UP_TO = 5
const ROOM = 1.15

function axisX(chart: LineChart): (index: number) => number {
  const { values, labels } = chart
  const inset = 24
  if (values !== undefined && values.length > 1) {
    const scale = logScale(values[0]!, values.at(-1)!, LEFT + inset, RIGHT - inset)
    return (index) => scale.place(values[index]!)
  }
  return (index) => LEFT + inset + ((RIGHT - LEFT - 2 * inset) * (index + 0.5)) / labels.length
}

function axisY(chart: LineChart) {
  const points = chart.series.flatMap((series) => series.points)
  const low = Math.min(...points.map(({ min }) => min))
  const high = Math.max(...points.map(({ max }) => max))
  if (high / low <= LINEAR_UP_TO) return linearScale(high * ROOM, BOTTOM, TOP)
  return logScale(low / ROOM, high * ROOM, BOTTOM, TOP)
}

/** The plot as an SVG file's text. */
export function lineChart(chart: LineChart): string {
  const placeX = axisX(chart)
  const y = axisY(chart)
  const parts: string[] = [
    text(chart.title, { class: 'title', x: 24, y: 34 }),
    text(chart.subtitle, { class: 'muted', x: 24, y: 58 }),
    text(chart.axis, { class: 'muted', x: (LEFT + RIGHT) / 2, y: HEIGHT - 20, 'text-anchor': 'middle' }),
  ]
  for (const tick of y.ticks) {
    const at = y.place(tick)
    parts.push(element('line', { class: 'grid', x1: LEFT, x2: RIGHT, y1: at, y2: at }))
    const label = tick.toLocaleString('en')
    parts.push(text(label, { class: 'muted', x: LEFT - 10, y: at + 4, 'text-anchor': 'end' }))
  }
  parts.push(element('line', { class: 'axis', x1: LEFT, x2: RIGHT, y1: BOTTOM, y2: BOTTOM }))
  for (const [index, label] of chart.labels.entries()) {
    const x = placeX(index)
    parts.push(element('line', { class: 'axis', x1: x, x2: x, y1: BOTTOM, y2: BOTTOM + 5 }))
    parts.push(text(label, { class: 'muted', x, y: BOTTOM + 22, 'text-anchor': 'middle' }))
  }
  const ends = chart.series.map(({ points }) => y.place(points.at(-1)!.median))
  const labels = apart(ends, LABEL_GAP, BOTTOM)
  for (const [index, { contestant, name, points }] of chart.series.entries()) {
    const look = classOf(contestant)
    const places = points.map((point) => [placeX(point.at), y.place(point.median)] as const)
    const path = places.map(([x, at], step) => `${step === 0 ? 'M' : 'L'}${x.toFixed(1)} ${at.toFixed(1)}`)
    parts.push(element('path', { class: `line ${look}`, d: path.join('') }))
    for (const [step, { min, max, median }] of points.entries()) {
      const [x, at] = places[step]!
      const range = { x1: x, x2: x, y1: y.place(min), y2: y.place(max) }
      parts.push(element('line', { class: `range ${look}`, ...range }))
      const told = element('title', {}, escaped(`${name}: ${median.toFixed(1)}`))
      parts.push(element('circle', { class: `dot ${look}`, cx: x, cy: at, r: 3.5 }, told))
    }
    const [endX, endY] = places.at(-1)!
    const labelY = labels[index]!
    const leader = `M${(endX + 6).toFixed(1)} ${endY.toFixed(1)}L${RIGHT + 8} ${endY.toFixed(1)}L${LABEL_X - 5} ${labelY.toFixed(1)}`
    parts.push(element('path', { class: `leader ${look}`, d: leader }))
    parts.push(text(name, { class: `name ${look}`, x: LABEL_X, y: labelY + 4 }))
  }
  return document(WIDTH, HEIGHT, chart.title, `${chart.subtitle}, by ${chart.axis}`, parts.join('\n'))
}
