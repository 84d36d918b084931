// The package itself: what others say of its exports and types, and whether its source
// maps lead anywhere.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { execute } from '../process.mjs'
import { findScript, NOT_INSTALLED } from '../tools.mjs'

const publint = findScript('publint/src/cli.js')
const attw = findScript('@arethetypeswrong/cli/dist/index.js')

/** A case of a checker that says what it has to say by its exit code. */
async function checked(name, script, args, cwd) {
  const { code, output } = await execute(process.execPath, [script, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1' },
  })
  return { name, message: code === 0 ? undefined : output }
}

/** What source maps name and the package doesn't have. */
function missingSources(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name.endsWith('.map'))
    .map((entry) => join(entry.parentPath, entry.name))
  if (files.length === 0) return 'the package has no source maps'
  const missing = files.flatMap((file) =>
    JSON.parse(readFileSync(file, 'utf8'))
      .sources.map((source) => resolve(dirname(file), source))
      .filter((source) => !existsSync(source) || relative(folder, source).startsWith('..'))
      .map((source) => `${relative(folder, file)} names ${relative(folder, source)}`),
  )
  return missing.length === 0 ? undefined : missing.join('\n')
}

export const packageRow = {
  name: 'Package',
  missing: () => (publint === undefined || attw === undefined ? NOT_INSTALLED : undefined),
  version: async () => {
    const versionOf = (path) => JSON.parse(readFileSync(findScript(path), 'utf8')).version
    return `publint ${versionOf('publint/package.json')}, attw ${versionOf('@arethetypeswrong/cli/package.json')}`
  },
  async run({ tarball, folder, emptyProject }) {
    const project = await emptyProject()
    return [
      await checked('publint --strict', publint, ['run', tarball, '--strict'], folder),
      await checked('attw --profile esm-only', attw, [tarball, '--profile', 'esm-only'], folder),
      {
        name: 'the source of every source map is in the package',
        message: missingSources(join(project, 'node_modules', 'shardwire')),
      },
    ]
  },
}
