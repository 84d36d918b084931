// What a runtime printed, as cases: see entries/tell.js for who prints it.

const LAST_LINES = 15

/**
 * @param output all that was printed
 * @param isLate whether it was ended because the time was up
 * @returns cases `{ name, message }`; a run that broke off is a failed case more
 */
export function casesIn(output, isLate = false) {
  const lines = output.split(/\r?\n/)
  const cases = lines
    .filter((line) => line.startsWith('shardwire-case '))
    .map((line) => JSON.parse(line.slice('shardwire-case '.length)))
  if (lines.includes('shardwire-end')) return cases
  const others = lines.filter((line) => line !== '' && !line.startsWith('shardwire-case '))
  const where = cases.length === 0 ? 'before the first case ended' : `after "${cases.at(-1).name}"`
  const how = isLate ? 'hung, and was ended' : 'broke off'
  const message = [`it ${how} ${where}`, ...others.slice(-LAST_LINES)].join('\n')
  return [...cases, { name: 'the run comes to its end', message }]
}
