// The plots and RESULTS.md, from numbers made up: they are well-formed, show everybody, and the words are true.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SaxesParser } from 'saxes'
import { describe, expect, it } from 'vitest'
import type { Row } from '../../bench/harness.js'
import { barChart } from '../../bench/plot/bar-chart.js'
import { lineChart } from '../../bench/plot/line-chart.js'
import { plotsOf } from '../../bench/plot/plots.js'
import { readResult, resultsText, writeResults } from '../../bench/plot/results.js'
import { apart, linearScale, logScale } from '../../bench/plot/scale.js'
import { losses, lossWords, wordsOf } from '../../bench/plot/words.js'
import type { Result } from '../../bench/result.js'
import { type Competitor, plansOf, SETS } from '../../bench/sets.js'
import { temporaryFolder } from './compiled.js'

const NAMES =
  'shardwire shardwire-batch shardwire-map twin twin-batch core core-c go json-map json-slot memcpy rxjs somebody-new'.split(
    ' ',
  )

const folder = temporaryFolder()

/** What an event costs, by contestant: made up, but not by chance. */
const BASE: Readonly<Record<string, number>> = {
  shardwire: 50,
  'shardwire-batch': 30,
  twin: 80,
  'twin-batch': 60,
  core: 28,
  'core-c': 25,
  memcpy: 5,
}

function row(competitor: Competitor, set: string, medianNs: number): Row {
  const { minNs, maxNs } = { minNs: medianNs * 0.9, maxNs: medianNs * 1.1 }
  return { ...competitor, set, events: 1_000, rounds: 5, medianNs, minNs, maxNs }
}

/** A row for every competitor of every plan. */
function madeUp(cost: (one: Competitor) => number): Row[] {
  return SETS.flatMap((set) =>
    plansOf(set, NAMES, false).flatMap(({ competitors }) =>
      competitors.map((one) => row(one, set.name, cost(one))),
    ),
  )
}

const usual = madeUp(({ contestant, streams, shards }) => {
  return (BASE[contestant] ?? 500) * (1 + streams / 1e6) * (1 + shards / 1_000)
})

const resultOf = (rows: readonly Row[]): Result => ({
  date: '2026-01-02T03:04:05.000Z',
  machine: { processor: 'A|B *fast*', cores: 2, memoryBytes: 2 ** 34, platform: 'linux', arch: 'x64' },
  versions: { shardwire: '0.1.0', node: '20.20.2' },
  absent: [{ contestant: 'go', why: 'Go is not installed' }],
  rows,
})

interface Drawn {
  readonly texts: readonly { readonly words: string; readonly x: number; readonly y: number }[]
  readonly elements: readonly string[]
}

/** Reads an SVG. @throws it isn't well-formed */
function drawn(svg: string): Drawn {
  const texts: { words: string; x: number; y: number }[] = []
  const elements: string[] = []
  let current: { words: string; x: number; y: number } | undefined
  const parser = new SaxesParser({ fragment: false })
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => {
    elements.push(name)
    for (const [key, value] of Object.entries(attributes)) {
      expect(`${name} ${key} ${value}`).not.toMatch(/NaN|Infinity|undefined/)
    }
    if (name === 'text') current = { words: '', x: Number(attributes.x), y: Number(attributes.y) }
  })
  parser.on('text', (words) => {
    if (current !== undefined) current.words += words
  })
  parser.on('closetag', ({ name }) => {
    if (name === 'text' && current !== undefined) texts.push(current)
    current = undefined
  })
  parser.write(svg).close()
  return { texts, elements }
}

describe('the plots', () => {
  const plots = plotsOf(usual)

  it('are one a question, well-formed, and show every contestant of their set', () => {
    const names = plots.map(({ name }) => name)
    expect(names).toEqual(['streams', 'ratios', 'shards', 'chunks', 'ids', 'factories', 'observers'])
    for (const { name, set, svg, title } of plots) {
      const { texts } = drawn(svg)
      const words = texts.map((text) => text.words)
      expect(words).toContain(title)
      for (const { contestant } of usual.filter((one) => one.set === set))
        expect(words, name).toContain(contestant)
    }
  })

  it('have two grounds, and follow the reader’s choice', () => {
    for (const { svg } of plots) {
      expect(svg).toMatch(/--paper:#ffffff/)
      expect(svg).toMatch(/@media \(prefers-color-scheme:dark\)\{svg\{[^}]*--paper:#0d1117/)
    }
  })

  it('have names at the ends of lines that do not overlap', () => {
    const { texts } = drawn(plots[0]!.svg)
    const names = texts.filter(({ words }) => NAMES.includes(words))
    expect(names).toHaveLength(NAMES.length)
    expect(new Set(names.map(({ x }) => x)).size).toBe(1)
    const heights = names.map(({ y }) => y).sort((a, b) => a - b)
    for (const [index, y] of heights.slice(1).entries()) expect(y - heights[index]!).toBeGreaterThan(15)
  })

  it('are not made of sets that were not run', () => {
    expect(plotsOf([])).toEqual([])
    const chunks = usual.filter(({ set }) => set === 'chunks')
    expect(plotsOf(chunks).map(({ name }) => name)).toEqual(['chunks'])
  })

  it('show names as they are, whatever letters they have', () => {
    const odd = `<b>&"'\u0001]]>`
    const shown = `<b>&"']]>`
    const points = [{ at: 0, median: 2, min: 1, max: 3 }]
    const lines = lineChart({
      title: odd,
      subtitle: odd,
      axis: odd,
      labels: [odd],
      series: [{ contestant: odd, name: odd, points }],
    })
    const bars = [{ contestant: odd, value: 1, label: odd }]
    const chart = barChart({ title: odd, subtitle: odd, groups: [{ name: odd, bars }], ratios: false })
    for (const svg of [lines, chart]) {
      const { texts, elements } = drawn(svg)
      expect(texts.filter(({ words }) => words === shown).length).toBeGreaterThanOrEqual(4)
      expect(elements).not.toContain('b')
    }
  })
})

describe('scales', () => {
  it('place values, and tick at round ones', () => {
    const log = logScale(3, 3_000, 0, 300)
    expect(log.place(30)).toBeCloseTo(100)
    expect(log.ticks).toEqual([5, 10, 20, 50, 100, 200, 500, 1_000, 2_000])
    const linear = linearScale(120, 0, 240)
    expect(linear.place(60)).toBe(120)
    expect(linear.ticks).toEqual([0, 50, 100])
  })

  it('move labels apart, in their order, and keep them above the bottom', () => {
    expect(apart([10, 50, 30], 10, 100)).toEqual([10, 50, 30])
    expect(apart([10, 11, 12], 10, 100)).toEqual([10, 20, 30])
    expect(apart([98, 95, 99], 10, 100)).toEqual([90, 80, 100])
  })
})

describe('the words', () => {
  const [streams] = SETS
  const at = (contestant: string, medianNs: number, streamsLive = 10_000): Row => {
    const [plan] = plansOf({ ...streams!, apart: false, blocks: [{ values: {} }] }, [contestant], false)
    return row({ ...plan!.competitors[0]!, streams: streamsLive }, 'streams', medianNs)
  }

  it('say who is fastest; bounds are no rivals', () => {
    const rows = [at('shardwire', 50), at('twin', 80), at('core', 20), at('core-c', 16), at('memcpy', 5)]
    expect(wordsOf(streams!, rows)).toEqual([
      '- 10,000 streams: `shardwire` is fastest, 50.0 ns; `twin` takes 1.60 times as long.',
      '- 10,000 streams: `core` alone takes 20.0 ns; the same in C 16.0 ns, so WebAssembly costs 1.25 times as much; copying the bytes 5.00 ns.',
    ])
    expect(lossWords(SETS, rows)).toEqual(['In no row of this run was another contestant faster.'])
  })

  it('say where another contestant is faster, and no more than that', () => {
    const rows = [
      ...[
        at('shardwire', 100, 200),
        at('shardwire-batch', 50, 200),
        at('twin', 80, 200),
        at('twin-batch', 70, 200),
      ],
      ...[at('shardwire', 100), at('twin', 95), at('go', 300)],
    ]
    expect(lossWords(SETS, rows)).toEqual([
      '- streams, 200 streams: `twin` takes 80.0 ns, `shardwire` 100.0 ns, 1.25 times as long.',
      '- streams, 10,000 streams: `twin` takes 95.0 ns, `shardwire` 100.0 ns, 1.05 times as long, though the rounds overlap.',
    ])
    // Batches are compared with batches.
    expect(
      losses(streams!, [...rows, at('twin-batch', 40, 200)]).map(({ rival }) => rival.contestant),
    ).toEqual(['twin', 'twin-batch', 'twin'])
    expect(wordsOf(streams!, rows)).toEqual([
      '- 200 streams: `shardwire-batch` is fastest, 50.0 ns; `shardwire` takes 2.00 times as long; `twin-batch` takes 1.40 times as long.',
      '- 10,000 streams: `twin` is fastest, 95.0 ns; `shardwire` takes 1.05 times as long.',
    ])
  })

  it('say how much more of something costs', () => {
    const growth = SETS.find(({ name }) => name === 'growth')!
    const rows = [at('shardwire', 50, 1_000), at('shardwire', 150, 1_000_000)].map((one) => ({
      ...one,
      set: 'growth',
    }))
    expect(wordsOf(growth, rows)).toEqual([
      '- `shardwire`: 1,000 streams 50.0 ns, 1,000,000 streams 150.0 ns: 3.00 times as long.',
    ])
  })
})

describe('RESULTS.md', () => {
  it('has a table a set, the plots, the machine, and the remarks', () => {
    const text = resultsText(resultOf(usual), plotsOf(usual), '## Remarks\n\nBy hand.\n')
    expect(text).toContain('2026-01-02, A\\|B \\*fast\\*, 2 cores, 16 GiB, linux x64')
    expect(text).toContain('- Not there: go: Go is not installed.')
    for (const { question } of SETS) expect(text).toContain(`\n## ${question}\n`)
    expect(text.match(/^!\[.*\]\(plots\/\w+\.svg\)$/gm)).toHaveLength(7)
    expect(text).toMatch(/^\| 10,000 streams \| median \| min \| max \| x shardwire \| events \| rounds \|$/m)
    expect(text).toMatch(/^\| twin \| 81\.1 \| 73\.0 \| 89\.2 \| 1\.60 \| 1,000 \| 5 \|$/m)
    expect(text).toMatch(/\n## Remarks\n\nBy hand\.\n$/)
    // Every table's rows have as many cells as its head.
    for (const table of text.match(/(^\|.*\n)+/gm)!) {
      const cells = table
        .trim()
        .split('\n')
        .map((line) => line.replaceAll('\\|', '').split('|').length)
      expect(new Set(cells).size).toBe(1)
    }
  })

  it('is made from what --json writes, beside its plots', () => {
    const files = writeResults(resultOf(usual), 'Remarks.', folder)
    expect(files).toHaveLength(8)
    expect(readdirSync(join(folder, 'plots'))).toHaveLength(7)
    expect(readFileSync(files[0]!, 'utf8')).toMatch(/^# Results\n/)
    expect(() => readResult(files[0]!)).toThrow(/--plot .*RESULTS\.md: /)
  })
})
