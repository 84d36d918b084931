// What `--json` writes and `--plot` reads.

import { readFileSync } from 'node:fs'
import { arch, cpus, platform, totalmem } from 'node:os'
import type { Row } from './harness.js'
import type { StartUp } from './start-up.js'

export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memoryBytes: number
  readonly platform: string
  readonly arch: string
}

export interface Result {
  /** When it was run, ISO 8601. */
  readonly date: string
  readonly machine: Machine
  readonly versions: Readonly<Record<string, string>>
  /** Contestants that couldn't be run, and why. */
  readonly absent: readonly { readonly contestant: string; readonly why: string }[]
  readonly startUp?: StartUp | undefined
  readonly rows: readonly Row[]
}

export function thisMachine(): Machine {
  const processors = cpus()
  return {
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryBytes: totalmem(),
    platform: platform(),
    arch: arch(),
  }
}

/** Of what every run needs; contestants add their own. @param manifest the package's own package.json */
export function ownVersions(manifest: URL): Record<string, string> {
  const { version }: { version: string } = JSON.parse(readFileSync(manifest, 'utf8'))
  return { shardwire: version, node: process.versions.node, v8: process.versions.v8 }
}
