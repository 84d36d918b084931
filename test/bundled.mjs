// node test/bundled.mjs FILE.ts [arguments]: runs a program of the tests that is
// written in TypeScript and too heavy for the test runner, in a process of its own.

import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')

/** Modules that know their own place stay where they are. */
const inPlace = {
  name: 'in-place',
  setup({ onResolve }) {
    onResolve({ filter: /\.mjs$/ }, ({ path, resolveDir }) => ({
      path: resolve(resolveDir, path),
      external: true,
    }))
  },
}

/**
 * Bundles a program and what it imports of the project; packages stay outside.
 * @param {string} file the program, below `folder`
 * @param {string} folder where the project's sources are: another than this one when they have been changed
 * @returns {Promise<string>} the file to run
 */
export async function bundle(file, folder = root) {
  const made = join(folder, 'build', 'programs', `${basename(dirname(file))}-${basename(file, '.ts')}.mjs`)
  await build({
    absWorkingDir: folder,
    entryPoints: [resolve(folder, file)],
    outfile: made,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    plugins: [inPlace],
    sourcemap: 'inline',
    logLevel: 'warning',
  })
  return made
}

if (process.argv[1] === import.meta.filename) {
  const [file, ...rest] = process.argv.slice(2)
  if (file === undefined) throw new Error('usage: node test/bundled.mjs FILE.ts [arguments]')
  const made = await bundle(resolve(file))
  process.argv.splice(1, process.argv.length, made, ...rest)
  process.setSourceMapsEnabled(true)
  // Not awaited: the program may import this module, and would wait for it to be over.
  void import(pathToFileURL(made).href)
}
