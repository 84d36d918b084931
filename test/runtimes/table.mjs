// The table at the end: a row a runtime.

const TITLES = ['', 'version', 'passed', 'failed']

/**
 * @param requireAll whether a row that is absent counts as a failure
 * @returns the table as text, and the sums of its columns
 */
export function tableOf(results, requireAll) {
  let [passed, failed] = [0, 0]
  const lines = results.map(({ name, version, absent, cases = [] }) => {
    if (absent !== undefined) {
      if (requireAll) failed++
      return [name, `absent (${absent})`, '', requireAll ? '1' : '']
    }
    const bad = cases.filter(({ message }) => message !== undefined).length
    passed += cases.length - bad
    failed += bad
    return [name, version, String(cases.length - bad), String(bad)]
  })
  const all = [TITLES, ...lines]
  const widths = TITLES.map((_, column) => Math.max(...all.map((line) => line[column].length)))
  // Names to the left, numbers to the right.
  const pad = (cell, column) => (column < 2 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))
  const text = all.map((line) => line.map(pad).join('  ').trimEnd()).join('\n')
  return { text, passed, failed }
}
