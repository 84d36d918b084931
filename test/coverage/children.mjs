// What programs ran of dist/ that were started by tests: the command line above all.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const root = join(import.meta.dirname, '../..')
const dist = `${pathToFileURL(join(root, 'dist')).href}/`
/** Of a copy of dist/, too: a test makes one, to run it without some of its packages. */
const inDist = /^file:(?!.*\/node_modules\/).*\/dist\/(?=[^.])/

/** Where each of them leaves a file; in the folder that Vitest clears before a run and after it. */
export const children = join(root, 'coverage', '.tmp', 'children')

/** Scripts of dist/, each with the ranges that V8 counted, over all programs. */
export function childScripts() {
  // What Vitest's own provider adds up with.
  const require = createRequire(createRequire(import.meta.url).resolve('@vitest/coverage-v8'))
  const { mergeProcessCovs } = require('@bcoe/v8-coverage')
  let merged = { result: [] }
  for (const name of existsSync(children) ? readdirSync(children) : []) {
    const { result } = JSON.parse(readFileSync(join(children, name), 'utf8'))
    const ours = result.filter(({ url }) => inDist.test(url))
    for (const script of ours) script.url = script.url.replace(inDist, dist)
    merged = mergeProcessCovs([merged, { result: ours }])
  }
  return merged.result
}
