// Compiles assembly/ to build/core.wasm, checks what the binary may hold, and
// writes it as text into src/core-binary.ts. Nothing of it is committed.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
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

/**
 * Printable characters that any string literal takes as they are. Those that minified JavaScript has most come first,
 * and swaps that made a page smaller were kept. With three SUFFIXES, 64 would do for all bytes.
 */
const LETTERS = ',tr)(ie=4onc1 }:sd;hf.+mg6![a#28w]&p?Nu<05-SOJvb9lx*>PH/yMWDI3EFBUQkLRAY_zjXqTVC7'
const SUFFIXES = ['', '{', '|', '~']

/**
 * Bytes as text that compresses well. Unlike base64 it keeps each byte apart from the next, most are one character,
 * and those that are frequent look like the code around them. `letters[n]` is the byte n; with a suffix behind it, n
 * and once, twice or three times as much as there are letters. src/wasm.ts reads it.
 */
export function asText(bytes) {
  const size = LETTERS.length
  const counts = new Array(size).fill(0)
  for (const byte of bytes) counts[byte % size]++
  const byCount = [...counts.keys()].sort((a, b) => counts[b] - counts[a])
  const letters = Array.from(counts, (_, low) => LETTERS[byCount.indexOf(low)])
  const text = Array.from(bytes, (byte) => letters[byte % size] + SUFFIXES[Math.floor(byte / size)])
  return { letters: letters.join(''), text: text.join('') }
}

/** A custom section that says which build this is: the JavaScript of another one can't use it. */
function idSection(id) {
  const section = Buffer.from([0, 7, 2, ...Buffer.from('id'), 0, 0, 0, 0])
  section.writeUInt32BE(id, 5)
  return section
}

/**
 * The compiler only compiles; its own optimizer, Binaryen, is run here, since asc has no way to say what not to
 * inline: the two loops of the hot path stay functions of their own, so that their locals are registers. Twice is
 * smaller than once.
 */
export const OPTIMIZE = [
  ...[
    'simd',
    'bulk-memory',
    'bulk-memory-opt',
    'sign-ext',
    'mutable-globals',
    'nontrapping-float-to-int',
  ].map((feature) => `--enable-${feature}`),
  '--no-inline=*/readPlain',
  '--no-inline=*/lookAhead',
  '--no-inline=*/findBehind',
  '-O3',
  '-O3',
  '--strip-debug',
  '--strip-producers',
]

/** Runs a tool of a package that another one brings along, in the project's folder. */
function run(tool, ...parameters) {
  execFileSync(process.execPath, [tool, ...parameters], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
}

export function buildCore() {
  const compiler = createRequire(import.meta.url).resolve('assemblyscript/package.json')
  const binaryen = createRequire(compiler).resolve('binaryen')
  mkdirSync(join(root, 'build'), { recursive: true })
  run(join(dirname(compiler), 'bin/asc.js'), '--config', 'asconfig.json', '--target', 'release')
  run(join(dirname(binaryen), 'bin/wasm-opt'), ...OPTIMIZE, 'build/core.wasm', '-o', 'build/core.wasm')
  return writeCore(readFileSync(join(root, 'build/core.wasm')))
}

/**
 * Says which build a compiled core is, checks it, and writes it where `folder`'s sources want it.
 * @returns its size in bytes
 */
export function writeCore(code, folder = root) {
  const id = createHash('sha256').update(code).digest().readUInt32BE(0)
  const bytes = Buffer.concat([code, idSection(id)])
  writeFileSync(join(folder, 'build/core.wasm'), bytes)
  const faults = coreFaults(bytes)
  if (faults.length > 0) throw new Error(`build/core.wasm: ${faults.join('; ')}`)
  const { letters, text } = asText(bytes)
  writeFileSync(
    join(folder, 'src/core-binary.ts'),
    `// Made by scripts/build-core.mjs from assembly/; not to edit, not committed.
export const coreId = 0x${id.toString(16).padStart(8, '0')}
export const coreLetters = '${letters}'
export const coreText =\n  '${text}'\n`,
  )
  return bytes.length
}
