// The types, in the compilers that users have: users/*.ts compiled in a project of its
// own, the package's declarations checked, too.

import { cpSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execute, succeed } from '../process.mjs'
import { findScript, modules, NOT_INSTALLED } from '../tools.mjs'

const COMPILERS = [
  ['5.9', 'typescript-5'],
  ['6', 'typescript-6'],
  ['7', 'typescript-7'],
]
const RESOLUTIONS = { nodenext: 'nodenext', bundler: 'esnext' }
/** What a project says of its platform. */
const PLATFORMS = {
  'es2022 alone': { lib: ['es2022'], types: [], files: ['plain.ts'] },
  'the DOM': { lib: ['es2022', 'dom', 'dom.iterable'], types: [], files: ['plain.ts', 'web.ts'] },
  '@types/node 20': { lib: ['es2022'], types: ['node'], files: ['plain.ts', 'node.ts'] },
  'the DOM and @types/node 20': {
    lib: ['es2022', 'dom', 'dom.iterable'],
    types: ['node'],
    files: ['plain.ts', 'web.ts', 'node.ts'],
  },
}

const configOf = ({ lib, types, files }, moduleResolution) => ({
  compilerOptions: {
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    exactOptionalPropertyTypes: true,
    target: 'es2022',
    module: RESOLUTIONS[moduleResolution],
    moduleResolution,
    lib,
    types,
  },
  files,
})

const row = ([version, folder]) => {
  const tsc = findScript(`${folder}/bin/tsc`)
  return {
    name: `TypeScript ${version}`,
    missing: () => (tsc === undefined ? NOT_INSTALLED : undefined),
    version: async () => (await succeed(process.execPath, [tsc, '--version'])).trim().replace('Version ', ''),
    async run({ emptyProject }) {
      const project = await emptyProject()
      cpSync(join(import.meta.dirname, '..', 'users'), project, { recursive: true })
      for (const name of ['@types', 'undici-types']) {
        symlinkSync(join(modules, name), join(project, 'node_modules', name))
      }
      const cases = []
      for (const [platform, settings] of Object.entries(PLATFORMS)) {
        for (const resolution of Object.keys(RESOLUTIONS)) {
          const config = join(project, 'tsconfig.json')
          writeFileSync(config, JSON.stringify(configOf(settings, resolution)))
          const { code, output } = await execute(process.execPath, [tsc, '-p', config], { cwd: project })
          const message = code === 0 ? undefined : output
          cases.push({ name: `${platform}, moduleResolution ${resolution}`, message })
        }
      }
      return cases
    },
  }
}

export const typeRows = COMPILERS.map(row)
