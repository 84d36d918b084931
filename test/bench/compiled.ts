// The bench, compiled as `npm run bench` compiles it, in a folder of a test file's own.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** Compiles it. @returns the folder with `run.js` */
export function compiledBench(name: string): string {
  // Below the project, so that packages are found.
  const made = join(root, 'build', `bench-${name}`)
  rmSync(made, { recursive: true, force: true })
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const project = join(root, 'bench/tsconfig.json')
  execFileSync(process.execPath, [compiler, '-p', project, '--outDir', made], { stdio: 'pipe' })
  afterAll(() => rmSync(made, { recursive: true, force: true }))
  return join(made, 'bench')
}

/** A folder that is gone after the tests of a file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'shardwire-bench-test-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Runs a program to its end. @param temporary where it may put what it needs while it runs */
export function run(program: string, args: readonly string[], temporary: string) {
  const env = { ...process.env, TMPDIR: temporary }
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
    env,
  })
  return { status, stdout, stderr }
}
