// What `shardwire replay` found, as JSON or as a table.

import { styleText } from 'node:util'
import type { Stats } from '../ledger.js'
import type { AnySchema } from '../schema.js'
import { escapeJson, escapeText } from './escape.js'
import type { Session, Traffic } from './meter.js'
import type { Tally } from './tally.js'
import { bytesText, columns, countsText, durationText, grouped } from './text.js'

export interface Report {
  readonly file: string
  readonly schema: string
  readonly shards: number
  /** Whether Ctrl-C ended it. */
  readonly interrupted: boolean
  readonly bytes: number
  readonly seconds: number
  readonly eventsPerSecond: number
  readonly bytesPerSecond: number
  /** Events that reached the observers. */
  readonly events: {
    readonly total: number
    readonly byKind: Readonly<Record<string, number>>
    readonly byShard: readonly number[]
    readonly byKindAndShard: Readonly<Record<string, readonly number[]>>
  }
  /** Null where the schema's events carry none. */
  readonly traffic: Traffic | null
  /** The longest that finished, or null. */
  readonly longestSession: Session | null
  readonly ledger: Stats
}

export interface Run {
  readonly file: string
  readonly schema: AnySchema
  readonly interrupted: boolean
  readonly bytes: number
  readonly seconds: number
  readonly tally: Tally
  readonly stats: Stats
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)

export function makeReport({ file, schema, interrupted, bytes, seconds, tally, stats }: Run): Report {
  const shards = stats.shards.map((_, shard) => shard)
  const rows = schema.templates.map(
    ({ event }) => [event, shards.map((shard) => tally.count(event, shard))] as const,
  )
  const byShard = shards.map((shard) => sum(rows.map(([, counts]) => counts[shard]!)))
  const total = sum(byShard)
  const elapsed = Math.max(seconds, Number.EPSILON)
  return {
    file,
    schema: schema.name,
    shards: shards.length,
    interrupted,
    bytes,
    seconds,
    eventsPerSecond: Math.round(stats.received / elapsed),
    bytesPerSecond: Math.round(bytes / elapsed),
    events: {
      total,
      byKind: Object.fromEntries(rows.map(([event, counts]) => [event, sum(counts)])),
      byShard,
      byKindAndShard: Object.fromEntries(rows),
    },
    traffic: tally.traffic() ?? null,
    longestSession: tally.longestSession() ?? null,
    ledger: stats,
  }
}

export function reportJson(report: Report): string {
  return `${escapeJson(JSON.stringify(report))}\n`
}

/** Shards beyond these are summed up in one column: a table has to fit its terminal. */
const SHARD_COLUMNS = 8

function eventTable({ events, shards }: Report): string[] {
  const shown = Math.min(shards, SHARD_COLUMNS)
  const cells = (counts: readonly number[]): string[] => {
    const rest = shards > shown ? [grouped(sum(counts.slice(shown)))] : []
    return [grouped(sum(counts)), ...counts.slice(0, shown).map(grouped), ...rest]
  }
  const rest = shards > shown ? ['others'] : []
  const heading = ['events', 'all', ...Array.from({ length: shown }, (_, shard) => `shard ${shard}`), ...rest]
  const rows = Object.entries(events.byKindAndShard).map(([event, counts]) => [event, ...cells(counts)])
  return columns([heading, ...rows, ['all', ...cells(events.byShard)]])
}

function ledgerRows(ledger: Stats): string[][] {
  const row = (name: string, count: number, why = ''): string[] => [name, grouped(count), why]
  return [
    row('received', ledger.received, '= accepted + rejected'),
    row('rejected', ledger.rejected, countsText(ledger.rejectedBy)),
    row('accepted', ledger.accepted, '= delivered + failed + ignored + dropped + in flight'),
    row('delivered', ledger.delivered),
    row('failed', ledger.failed),
    row('ignored', ledger.ignored),
    row('dropped', ledger.dropped, countsText(ledger.droppedBy)),
    row('in flight', ledger.inFlight),
    row('streams left open', ledger.streams),
    row('streams evicted', ledger.evicted),
    row('streams restarted', ledger.restarted),
    row('bytes discarded', ledger.discardedBytes),
  ]
}

/** The counts to the right, what they mean behind them. */
function withNotes(rows: readonly (readonly string[])[]): string[] {
  const aligned = columns(rows.map(([name, count]) => [name!, count!]))
  return aligned.map((line, index) => `${line}  ${rows[index]![2]}`.trimEnd())
}

export function reportTable(report: Report, colors: boolean): string {
  const heading = (text: string): string => (colors ? styleText('bold', text) : text)
  const { traffic, longestSession: longest, ledger } = report
  const shards = report.shards === 1 ? '1 shard' : `${grouped(report.shards)} shards`
  const [eventHeading, ...eventRows] = eventTable(report)
  const lines = [
    `${escapeText(report.file)}: ${bytesText(report.bytes)}, schema ${escapeText(report.schema)}, ${shards}`,
    '',
    heading(eventHeading!),
    ...eventRows,
    '',
  ]
  if (traffic !== null) {
    const rows = [
      ['to clients', grouped(traffic.toClientBytes), `bytes (${bytesText(traffic.toClientBytes)})`],
      ['from clients', grouped(traffic.fromClientBytes), `bytes (${bytesText(traffic.fromClientBytes)})`],
    ]
    const session =
      longest === null
        ? 'none has finished'
        : `${durationText(longest.milliseconds)}, ${escapeText(longest.streamId)}, shard ${longest.shard}`
    lines.push(heading('traffic'), ...withNotes(rows), '', heading('longest session'), session, '')
  }
  lines.push(heading('ledger'), ...withNotes(ledgerRows(ledger)), '')
  const rate = `${grouped(report.eventsPerSecond)} events/s, ${bytesText(report.bytesPerSecond)}/s`
  lines.push(heading('rate'), `${rate}, in ${durationText(report.seconds * 1_000)}`)
  return `${lines.join('\n')}\n`
}
