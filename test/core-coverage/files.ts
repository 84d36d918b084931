// Where a coverage run keeps what it made: the instrumented core, its sites, and what
// each test file's process counted, all below build/coverage/.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Instrumented, Site } from '../instrument.mjs'

/** Programs and the test runner are started in the project's folder. */
const folder = join(process.cwd(), 'build/coverage')
const counts = join(folder, 'counts')

export const shippedCore = (): Buffer => readFileSync(join(process.cwd(), 'build/core.wasm'))

/** Begins a run: nothing is left of the last one. */
export function begin({ bytes, conditions }: Instrumented): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(counts, { recursive: true })
  writeFileSync(join(folder, 'core.wasm'), bytes)
  writeFileSync(join(folder, 'sites.json'), JSON.stringify(conditions))
}

export function begun(): { bytes: Uint8Array<ArrayBuffer>; sites: readonly Site[] } {
  return {
    bytes: Uint8Array.from(readFileSync(join(folder, 'core.wasm'))),
    sites: JSON.parse(readFileSync(join(folder, 'sites.json'), 'utf8')),
  }
}

export function keepCounts(name: string, own: Float64Array): void {
  writeFileSync(join(counts, `${name}.json`), JSON.stringify(Array.from(own)))
}

export function* keptCounts(): Generator<number[]> {
  for (const name of readdirSync(counts)) yield JSON.parse(readFileSync(join(counts, name), 'utf8'))
}

/** @returns where it is, for people */
export function keepReport(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return `build/coverage/${name}`
}
