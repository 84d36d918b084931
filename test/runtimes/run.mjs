// npm run test:runtimes: packs the package, installs it as a user would, and runs the
// conformance suite in each runtime. Ends with a table and a line that counts the cases.

import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { prepare } from './project.mjs'
import { rows } from './rows/index.mjs'
import { tableOf } from './table.mjs'

const HELP = `npm run test:runtimes -- [options]

Packs the package, installs the tarball into empty projects, and runs the conformance
suite in each runtime that is installed (npm run runtimes installs them).

  --only NAME     only rows whose name contains NAME; may be given more than once
  --require-all   a row that can't be run here is a failure
  --help          this text

Rows: ${rows.map(({ name }) => name).join('; ')}
`

function options() {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string', multiple: true, default: [] },
        'require-all': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    return values
  } catch (error) {
    console.error(`${error.message}\n\n${HELP}`)
    process.exit(2)
  }
}

function select(names) {
  const isMeant = ({ name }) =>
    names.length === 0 || names.some((part) => name.toLowerCase().includes(part.toLowerCase()))
  const selected = rows.filter(isMeant)
  if (selected.length > 0) return selected
  console.error(
    `no row is called ${names.join(' or ')}; there are ${rows.map(({ name }) => name).join('; ')}`,
  )
  process.exit(2)
}

/** One row's result: its version and cases, or why it is absent. */
async function resultOf(row, made) {
  const { name } = row
  const absent = row.missing()
  if (absent !== undefined) return { name, absent }
  let version = ''
  try {
    version = await row.version()
    return { name, version, cases: await row.run(made) }
  } catch (error) {
    return { name, version, cases: [{ name: 'the row can be run', message: error.message }] }
  }
}

/** Some rows at a time: most wait for one process each. */
async function resultsOf(selected, made) {
  const results = new Array(selected.length)
  let next = 0
  const work = async () => {
    while (next < selected.length) {
      const index = next++
      results[index] = await resultOf(selected[index], made)
      console.log(progress(results[index]))
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return results
}

function progress({ name, absent, cases }) {
  if (absent !== undefined) return `${name}: absent`
  const failed = cases.filter(({ message }) => message !== undefined)
  const lines = failed.map((one) => `  ${name}, ${one.name}: ${one.message.replaceAll('\n', '\n    ')}`)
  return [`${name}: ${cases.length - failed.length} passed, ${failed.length} failed`, ...lines].join('\n')
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))
const { only, help, 'require-all': requireAll } = options()
if (help) {
  console.log(HELP)
  process.exit(0)
}
const selected = select(only)
const made = await prepare()
const results = await resultsOf(selected, made)
const { text, passed, failed } = tableOf(results, requireAll)
console.log(`\n${text}\n\n${passed} passed, ${failed} failed`)
// Not process.exitCode alone: nothing that a row forgot may keep this process.
process.exit(failed > 0 ? 1 : 0)
