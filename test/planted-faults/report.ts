// What npm run planted-faults tells.

import type { Fault } from './faults.js'
import type { Verdict } from './judge.js'

/** How many of the generic seeds noticed a fault by an oracle; the rest of a slice that hung or died is not known. */
export interface Noticing {
  readonly seeds: number
  readonly noticed: number
  readonly unknown: number
  /** The seed that noticed after the fewest events. */
  readonly soonest: { readonly seed: number; readonly events: number } | undefined
}

export interface Row {
  readonly fault: Fault
  readonly verdict: Verdict
  readonly noticing?: Noticing
}

function outcomeOf({ fault, verdict, noticing }: Row): string {
  if (verdict.kind === 'unnoticed') return `NOT NOTICED in ${verdict.events} events`
  if (verdict.kind !== 'caught' && verdict.kind !== 'elsewhere') return verdict.kind.toUpperCase()
  const { oracle, how, events } = verdict
  const unit = { simulation: 'events', frames: 'frames', schemas: 'schemas', cli: 'runs', tests: '' }[
    fault.by
  ]
  const after = fault.by === 'tests' ? how : `${how}, ${events} ${unit}`
  const unknown = noticing !== undefined && noticing.unknown > 0 ? `, ${noticing.unknown} unknown` : ''
  const soonest = noticing?.soonest && `, soonest ${noticing.soonest.seed} (${noticing.soonest.events})`
  const seeds =
    noticing === undefined ? '' : `; ${noticing.noticed} of ${noticing.seeds} seeds${unknown}${soonest ?? ''}`
  return `${oracle}${verdict.kind === 'elsewhere' ? ` BUT EXPECTED ${fault.oracles.join(', ')}` : ''}; ${after}${seeds}`
}

/** A line a fault: number, name, file, who noticed, and after how much. */
export function tableOf(rows: readonly Row[]): string {
  return rows
    .map((row) => {
      const { number, name, edits } = row.fault
      const line = `${String(number).padStart(3)}  ${name.padEnd(50)} ${edits[0].file.padEnd(26)} ${outcomeOf(row)}\n`
      const { verdict } = row
      if (!('output' in verdict)) return line
      return `${line}${verdict.output.replace(/^/gm, '     | ')}\n`
    })
    .join('')
}

export function summaryOf(rows: readonly Row[], nothing: Verdict, seconds: number): object {
  return {
    faults: rows.length,
    caught: rows.filter(({ verdict }) => verdict.kind === 'caught').length,
    nothing,
    seconds,
    rows: rows.map(({ fault: { number, name, tier, edits, by, oracles }, verdict, noticing }) => ({
      number,
      name,
      tier,
      file: edits[0].file,
      by,
      oracles,
      ...verdict,
      ...(noticing !== undefined && { noticing }),
    })),
  }
}
