// Compiles assembly/ to build/core.wasm, checks what the binary may hold, and
// writes it as text into src/core-binary.ts. Nothing of it is committed.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export const MAX_CORE_BYTES = 8 * 1024

const root = join(import.meta.dirname, '..')
const SECTION_NAMES = { 8: 'a start function', 9: 'an element segment', 11: 'a data segment' }

/** What is wrong with a core binary; empty when nothing is. */
export function coreFaults(bytes) {
  const faults = []
  const module = new WebAssembly.Module(bytes)
  const imports = WebAssembly.Module.imports(module).map(
    ({ module, name, kind }) => `${module}.${name} (${kind})`,
  )
  if (imports.join() !== 'env.memory (memory)')
    faults.push(`it imports ${imports.join(', ')}, not just env.memory`)
  // Sections: id, then size as LEB128, after the 8 bytes of magic and version.
  let at = 8
  while (at < bytes.length) {
    const id = bytes[at++]
    let size = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]
      size += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) break
    }
    if (SECTION_NAMES[id] !== undefined) faults.push(`it has ${SECTION_NAMES[id]}`)
    at += size
  }
  if (bytes.length >= MAX_CORE_BYTES)
    faults.push(`it is ${bytes.length} bytes, the limit is ${MAX_CORE_BYTES}`)
  return faults
}

/** Printable characters that any string literal takes as they are: those that minified JavaScript has most come first. */
const LETTERS = 'etrsn,io.()a =hlcduf}:;m#0gp1y+w[]2>bv&46!83kA?-IE5BUSOx_LR*M7FPjVT<9CDWNzHq/YJQXGZ^K%@~'

/**
 * Bytes as text that compresses well. Unlike base64 it keeps each byte apart from the next, most are one character,
 * and those that are frequent look like the code around them. `letters[n]` is the byte n; with { or | behind it, n and
 * once or twice as much as there are letters. src/wasm.ts reads it.
 */
export function asText(bytes) {
  const size = LETTERS.length
  const counts = new Array(size).fill(0)
  for (const byte of bytes) counts[byte % size]++
  const byCount = [...counts.keys()].sort((a, b) => counts[b] - counts[a])
  const letters = Array.from(counts, (_, low) => LETTERS[byCount.indexOf(low)])
  const text = Array.from(bytes, (byte) => letters[byte % size] + ['', '{', '|'][Math.floor(byte / size)])
  return { letters: letters.join(''), text: text.join('') }
}

export function buildCore() {
  const asc = join(
    dirname(createRequire(import.meta.url).resolve('assemblyscript/package.json')),
    'bin',
    'asc.js',
  )
  mkdirSync(join(root, 'build'), { recursive: true })
  execFileSync(process.execPath, [asc, '--config', 'asconfig.json', '--target', 'release'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const bytes = readFileSync(join(root, 'build/core.wasm'))
  const faults = coreFaults(bytes)
  if (faults.length > 0) throw new Error(`build/core.wasm: ${faults.join('; ')}`)
  const { letters, text } = asText(bytes)
  writeFileSync(
    join(root, 'src/core-binary.ts'),
    `// Made by scripts/build-core.mjs from assembly/; not to edit, not committed.
export const coreLetters = '${letters}'
export const coreText =\n  '${text}'\n`,
  )
  return bytes.length
}
