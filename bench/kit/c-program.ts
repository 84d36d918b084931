// The programs in C as contestants: bench/native/core.c, which says what it is.

import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as layout from '../../src/layout.js'
import type { NativeContestant } from '../contestants/contestant.js'
import { compile, programOf, ROOT, replace, sourceOf } from './compiler.js'
import { CORE_FILES, coreInC } from './core-in-c.js'

/** Compiled once, whoever asks. */
let built: Promise<string | undefined> | undefined

async function build(): Promise<string | undefined> {
  const sources = CORE_FILES.map((file) => readFileSync(join(ROOT, 'assembly', `${file}.ts`), 'utf8'))
  await replace('core.h', (path) => {
    writeFileSync(path, coreInC(layout, sources))
    return undefined
  })
  const flags = ['-O3', '-march=native', '-std=gnu11', '-I', dirname(programOf('core.h'))]
  return replace('core', (path) =>
    compile('gcc', [...flags, sourceOf('core.c'), '-o', path], { install: 'apt-get install gcc libc6-dev' }),
  )
}

/** @param what it does: `core` or `memcpy` */
export function cContestant(description: string, what: string, answers: readonly string[]): NativeContestant {
  return {
    description,
    answers,
    async build() {
      built ??= build()
      const absent = await built
      if (absent !== undefined) return { absent }
      // Compiled with the bench, and needs its own compiled modules.
      const image = fileURLToPath(new URL('core-image.js', import.meta.url))
      return { command: [programOf('core'), what, process.execPath, image] }
    },
  }
}
