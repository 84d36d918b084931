// Vitest's coverage of src/, with that of dist/ added, by source maps.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { V8CoverageProvider } from '@vitest/coverage-v8/dist/provider.js'
import { childScripts } from './children.mjs'

/** Of Istanbul's coverage of a file: places, and their counts under the same keys. */
const KINDS = [
  ['branchMap', 'b'],
  ['fnMap', 'f'],
  ['statementMap', 's'],
]

const isSame = (one, other) => one.type === other.type && one.locations?.length === other.locations?.length

/**
 * Adds what dist/ ran of a source file. Two compilers' maps place the same branch some columns apart, so branches are
 * paired by their order in the file.
 * @throws Error when dist/ was made of another source
 */
function add(file, to, from) {
  for (const [places, counts] of KINDS) {
    const keys = Object.keys(to[places])
    const others = Object.values(from[places])
    if (keys.length !== others.length || keys.some((key, index) => !isSame(to[places][key], others[index]))) {
      throw new Error(`${file} and what dist/ has of it differ: npm run build, then once more`)
    }
    Object.values(from[counts]).forEach((more, index) => {
      const sum = [to[counts][keys[index]]].flat().map((count, way) => count + [more].flat()[way])
      to[counts][keys[index]] = Array.isArray(more) ? sum : sum[0]
    })
  }
}

export class Provider extends V8CoverageProvider {
  // What workers are told; they would take V8's own otherwise.
  resolveOptions() {
    return { ...super.resolveOptions(), provider: 'custom' }
  }

  async generateCoverage(context) {
    const covered = await super.generateCoverage(context)
    const files = new Set(covered.files())
    for (const { url, functions } of childScripts()) {
      const code = readFileSync(fileURLToPath(url), 'utf8')
      for (const [file, one] of Object.entries(await this.remapCoverage(url, 0, { code }, functions))) {
        if (files.has(file)) add(file, covered.fileCoverageFor(file).data, one)
      }
    }
    return covered
  }
}
