// Horizontal bars, in groups: one a contestant.

import { logScale } from './scale.js'
import { classOf, document, element, text } from './svg.js'

export interface Bar {
  readonly contestant: string
  readonly value: number
  /** Beside the bar. */
  readonly label: string
}

export interface BarGroup {
  /** Above its bars; empty where there is but one group. */
  readonly name: string
  readonly bars: readonly Bar[]
}

export interface BarChart {
  readonly title: string
  readonly subtitle: string
  readonly groups: readonly BarGroup[]
  /** Bars begin at 1 and go to both sides, equal ratios are equal lengths; else they begin at 0, each group's longest is as wide as all others' */
  readonly ratios: boolean
}

const WIDTH = 900
const LEFT = 160
const RIGHT = 790
const TOP = 84
const BAR_HEIGHT = 17
const ROW_HEIGHT = 24
const GROUP_HEIGHT = 34

/** Where bars of a group begin and how a value becomes a place. */
function placing(chart: BarChart, group: BarGroup): { zero: number; place: (value: number) => number } {
  if (!chart.ratios) {
    const most = Math.max(...group.bars.map(({ value }) => value))
    return { zero: LEFT, place: (value) => LEFT + (value / most) * (RIGHT - LEFT) }
  }
  const values = chart.groups.flatMap(({ bars }) => bars.map(({ value }) => value))
  const scale = logScale(Math.min(1, ...values) / 1.05, Math.max(1, ...values) * 1.05, LEFT, RIGHT)
  return { zero: scale.place(1), place: scale.place }
}

/** The plot as an SVG file's text. */
export function barChart(chart: BarChart): string {
  const parts = [
    text(chart.title, { class: 'title', x: 24, y: 34 }),
    text(chart.subtitle, { class: 'muted', x: 24, y: 58 }),
  ]
  let at = TOP
  for (const group of chart.groups) {
    if (group.name !== '') {
      parts.push(text(group.name, { class: 'bold', x: 24, y: at + GROUP_HEIGHT - 14 }))
      at += GROUP_HEIGHT
    }
    const { zero, place } = placing(chart, group)
    const top = at
    for (const { contestant, value, label } of group.bars) {
      const look = classOf(contestant)
      const end = place(value)
      const middle = at + BAR_HEIGHT / 2 + 4
      parts.push(text(contestant, { class: `name ${look}`, x: LEFT - 14, y: middle, 'text-anchor': 'end' }))
      const box = {
        x: Math.min(zero, end),
        y: at,
        width: Math.max(1, Math.abs(end - zero)),
        height: BAR_HEIGHT,
      }
      parts.push(element('rect', { class: `bar ${look}`, ...box, rx: 2 }))
      parts.push(text(label, { x: Math.max(zero, end) + 8, y: middle }))
      at += ROW_HEIGHT
    }
    parts.push(element('line', { class: 'axis', x1: zero, x2: zero, y1: top - 4, y2: at - 3 }))
  }
  return document(WIDTH, at + 20, chart.title, chart.subtitle, parts.join('\n'))
}
