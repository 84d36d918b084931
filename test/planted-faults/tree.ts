// Copies of the project with a fault in them, below build/, so that packages resolve
// as they do here. A changed core is compiled by the recipe of scripts/build-core.mjs,
// but in this process: loading the compiler takes longer than what it compiles.

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import asc from 'assemblyscript/asc'
import binaryen from 'assemblyscript/binaryen'
import { OPTIMIZE, writeCore } from '../../scripts/build-core.mjs'
import { bundle } from '../bundled.mjs'
import { BuildFailure, CoreRefused, edited } from './edits.js'
import type { Edit } from './faults.js'

const COPIED = [
  'asconfig.json',
  'assembly',
  'package.json',
  'schema',
  'scripts',
  'src',
  'test',
  'tsconfig.build.json',
  'tsconfig.json',
]
/** Of what changes one of these, the core is made anew. */
const CORE_SOURCES = /^(assembly\/|src\/layout\.ts$|asconfig\.json$|scripts\/build-core\.mjs$)/

/**
 * Copies the project, makes the edits, and compiles what they change.
 * @throws BuildFailure, CoreRefused
 */
export async function plant(root: string, folder: string, edits: readonly Edit[]): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'build'), { recursive: true })
  const filter = (source: string): boolean =>
    !source.includes(`${sep}node_modules`) && !source.endsWith(`${sep}planted-faults`)
  for (const name of COPIED) cpSync(join(root, name), join(folder, name), { recursive: true, filter })
  // Node would find it further up; what starts a package's program by its path would not.
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir')
  cpSync(join(root, 'build/core.wasm'), join(folder, 'build/core.wasm'))
  for (const edit of edits) {
    const file = join(folder, edit.file)
    writeFileSync(file, edited(readFileSync(file, 'utf8'), edit))
  }
  if (edits.some(({ file }) => CORE_SOURCES.test(file))) await compileCore(folder)
}

/** The copy's dist/, for who runs the program as users do. */
export function distOf(root: string, folder: string): void {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  try {
    execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: folder, stdio: 'pipe' })
  } catch (error) {
    throw new BuildFailure(String((error as { stdout?: unknown }).stdout), { cause: error })
  }
}

/** The program of a copy, as one file. */
export async function programOf(folder: string, file: string): Promise<string> {
  try {
    return await bundle(file, folder)
  } catch (error) {
    throw new BuildFailure(String(error), { cause: error })
  }
}

/** The compiled core of a folder, optimized as the one that ships, byte for byte. */
export async function coreOf(folder: string): Promise<Uint8Array> {
  let compiled: Uint8Array | undefined
  const { error, stderr } = await asc.main(
    ['--config', 'asconfig.json', '--target', 'release', '--baseDir', folder],
    {
      writeFile: (name: string, contents: string | Uint8Array) => {
        if (name.endsWith('.wasm')) compiled = contents as Uint8Array
      },
    },
  )
  if (error !== null || compiled === undefined) throw new BuildFailure(`asc: ${stderr.toString()}`)
  const module = binaryen.readBinary(compiled)
  try {
    optimize(module)
    return module.emitBinary()
  } finally {
    module.dispose()
  }
}

async function compileCore(folder: string): Promise<void> {
  const code = await coreOf(folder)
  try {
    writeCore(code, folder)
  } catch (error) {
    throw new CoreRefused((error as Error).message, { cause: error })
  }
}

const FEATURES: Record<string, number> = {
  simd: binaryen.Features.SIMD128,
  'bulk-memory': binaryen.Features.BulkMemory,
  'bulk-memory-opt': binaryen.Features.BulkMemoryOpt,
  'sign-ext': binaryen.Features.SignExt,
  'mutable-globals': binaryen.Features.MutableGlobals,
  'nontrapping-float-to-int': binaryen.Features.NontrappingFPToInt,
}

/** Does what wasm-opt does with the same arguments. */
function optimize(module: binaryen.Module): void {
  // As wasm-opt has them: the compiler has left its own.
  binaryen.setDebugInfo(false)
  binaryen.setShrinkLevel(0)
  binaryen.setAlwaysInlineMaxSize(2)
  binaryen.setFlexibleInlineMaxSize(20)
  binaryen.setOneCallerInlineMaxSize(-1)
  binaryen.setAllowInliningFunctionsWithLoops(false)
  binaryen.setLowMemoryUnused(false)
  binaryen.setZeroFilledMemory(false)
  binaryen.setFastMath(false)
  let features = 0
  for (const argument of OPTIMIZE) {
    const [name, value] = argument.replace(/^-+/, '').split('=') as [string, string | undefined]
    if (name.startsWith('enable-')) features |= feature(name.slice('enable-'.length))
    else if (/^O\d$/.test(name)) {
      module.setFeatures(features)
      binaryen.setOptimizeLevel(Number(name[1]))
      module.optimize()
    } else {
      if (value !== undefined) binaryen.setPassArgument(name, value)
      module.runPasses([name])
    }
  }
}

function feature(name: string): number {
  const known = FEATURES[name]
  if (known === undefined) throw new Error(`test/planted-faults/tree.ts knows no feature ${name}`)
  return known
}
