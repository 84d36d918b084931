// Numbers and tables as people read them.

const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** `1,234,567` */
export function grouped(value: number): string {
  return WHOLE.format(value)
}

/** `1.4 MB`: powers of ten, as rates of networks and disks are given. */
export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  const units = ['kB', 'MB', 'GB', 'TB', 'PB', 'EB']
  let value = bytes / 1_000
  let unit = 0
  // 999.95 would round to 1000.0.
  for (; value >= 999.95 && unit < units.length - 1; unit++) value /= 1_000
  return `${value.toFixed(1)} ${units[unit]}`
}

/** `250 ms`, `12.4 s`, `3 min 5 s`, `2 h 14 min` */
export function durationText(ms: number): string {
  if (ms < SECOND_MS) return `${ms.toFixed(ms < 10 ? 2 : 0)} ms`
  if (ms < MINUTE_MS) return `${(ms / SECOND_MS).toFixed(2)} s`
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min ${Math.floor((ms % MINUTE_MS) / SECOND_MS)} s`
  return `${grouped(Math.floor(ms / HOUR_MS))} h ${Math.floor((ms % HOUR_MS) / MINUTE_MS)} min`
}

/** `EventStart 3, EventFinish 2` */
export function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${grouped(count)}`)
    .join(', ')
}

/** Rows of cells in columns: the first to the left, the others, numbers, to the right. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length)
    })
  }
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  )
}
