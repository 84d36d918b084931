// RESULTS.md: a run's numbers as tables and in words, and the plots beside it.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '../options.js'
import type { Result } from '../result.js'
import { AXIS_NAMES, type ComparisonSet, SETS } from '../sets.js'
import { byText, distinctions, place } from '../table.js'
import { type Plot, plotsOf } from './plots.js'
import { contests, lossWords, placeOf, wordsOf } from './words.js'

const PLOTS = 'plots'

/** For a cell of a table or running text: what Markdown would take for something else. */
const plain = (words: string): string => words.replace(/[\\`*_{}[\]<>|#]/g, (letter) => `\\${letter}`)

const markdownTable = (head: readonly string[], lines: readonly (readonly string[])[]): string =>
  [head, head.map((_, i) => (i === 0 ? '---' : '--:')), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')

/** A contest's rows, the ratio to `shardwire`, or to the first where it isn't there. */
function contestTable(set: ComparisonSet, result: Result): string {
  const groups = set.apart ? contests(set, result.rows) : [result.rows.filter((row) => row.set === set.name)]
  return groups
    .map((rows) => {
      const base = rows.find(({ contestant }) => contestant === 'shardwire') ?? rows[0]!
      const lines = rows.map((row) => {
        const label = [row.contestant, ...(set.apart ? [] : distinctions(row, rows, set.axis))].join(', ')
        const ratio = row === base ? '1' : (row.medianNs / base.medianNs).toFixed(2)
        const { medianNs, minNs, maxNs, events, rounds } = row
        return [
          plain(label),
          ...[medianNs, minNs, maxNs].map(byText),
          ratio,
          events.toLocaleString('en'),
          String(rounds),
        ]
      })
      const first = set.apart ? placeOf(set, rows) : 'contestant'
      const to = [base.contestant, ...(set.apart ? [] : [place(base, set.axis)])].join(', ')
      return markdownTable([first, 'median', 'min', 'max', `x ${plain(to)}`, 'events', 'rounds'], lines)
    })
    .join('\n\n')
}

function section(set: ComparisonSet, result: Result, plots: readonly Plot[]): string[] {
  if (!result.rows.some((row) => row.set === set.name)) return []
  const images = plots
    .filter((plot) => plot.set === set.name)
    .map(({ name, title }) => `![${plain(title)}](${PLOTS}/${name}.svg)`)
  return [`## ${set.question}`, ...images, contestTable(set, result)]
}

function startUpSection({ startUp }: Result): string[] {
  if (startUp === undefined) return []
  const { samples, importMs, coreMs, createMs, firstEventMs, totalMs, totalMinMs, totalMaxMs } = startUp
  const lines = [
    ['import of the package', importMs],
    ['core: text to compiled module', coreMs],
    ['createRouter', createMs],
    ['first write to first event', firstEventMs],
    ['import done to first event', totalMs],
  ] as const
  return [
    '## How long does it take from the import to the first event?',
    markdownTable(
      ['', 'ms'],
      lines.map(([what, ms]) => [what, ms.toFixed(2)]),
    ),
    `Medians of ${samples} fresh processes; the last from ${totalMinMs.toFixed(2)} to ${totalMaxMs.toFixed(2)} ms.`,
  ]
}

function about({ date, machine, versions, absent }: Result): string {
  const memory = `${(machine.memoryBytes / 2 ** 30).toFixed(0)} GiB`
  const made = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return [
    `- ${date.slice(0, 10)}, ${plain(machine.processor)}, ${machine.cores} cores, ${memory}, ${machine.platform} ${machine.arch}`,
    `- ${plain(made.join(', '))}`,
    ...absent.map(({ contestant, why }) => `- Not there: ${plain(contestant)}: ${plain(why)}.`),
  ].join('\n')
}

/** The file's text. @param remarks words by hand, which no number gives */
export function resultsText(result: Result, plots: readonly Plot[], remarks: string): string {
  const words = SETS.flatMap((set) => {
    const lines = wordsOf(set, result.rows)
    return lines.length === 0 ? [] : [`### ${set.question}`, lines.join('\n')]
  })
  return `${[
    '# Results',
    "Made by `npm run bench -- --plot FILE` from one run's numbers; not to edit. Nanoseconds an event, from bytes to observer call: the median of all rounds, the least, the most. Only ratios within one table carry over to another machine. [README.md](README.md) says what is timed and how.",
    about(result),
    '## Where another contestant is faster',
    'Batches are compared with batches, all else with `shardwire`.',
    lossWords(SETS, result.rows).join('\n'),
    '## Who is fastest',
    ...words,
    ...SETS.flatMap((set) => section(set, result, plots)),
    ...startUpSection(result),
    remarks.trim(),
  ].join('\n\n')}\n`
}

/** A result as `--json` wrote it. @throws UsageError it isn't one */
export function readResult(file: string): Result {
  let found: Partial<Result>
  try {
    found = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new UsageError(`--plot ${file}: ${error instanceof Error ? error.message : error}`)
  }
  const { rows, machine, versions, date } = found ?? {}
  const isRow = (row: Partial<Result['rows'][number]>): boolean =>
    typeof row?.contestant === 'string' &&
    typeof row.set === 'string' &&
    AXIS_NAMES.every((name) => row[name] !== undefined) &&
    [row.medianNs, row.minNs, row.maxNs].every((ns) => typeof ns === 'number' && ns > 0)
  if (!Array.isArray(rows) || !rows.every(isRow) || !machine || !versions || typeof date !== 'string') {
    throw new UsageError(`--plot ${file}: it is not what --json writes`)
  }
  return { absent: [], ...found, rows, machine, versions, date }
}

/** Writes RESULTS.md and its plots. @returns the files */
export function writeResults(result: Result, remarks: string, folder: string): string[] {
  const plots = plotsOf(result.rows)
  mkdirSync(join(folder, PLOTS), { recursive: true })
  const files = [
    { name: join(folder, 'RESULTS.md'), text: resultsText(result, plots, remarks) },
    ...plots.map(({ name, svg }) => ({ name: join(folder, PLOTS, `${name}.svg`), text: svg })),
  ]
  for (const { name, text } of files) writeFileSync(name, text)
  return files.map(({ name }) => name)
}
