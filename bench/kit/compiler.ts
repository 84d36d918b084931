// Compiles the programs of bench/native, where there is a compiler for them.

import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
/** Above this folder whether it is compiled or not. */
function findRoot(): string {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'bench/native/core.c'))) folder = dirname(folder)
  return folder
}

/** The project’s folder. */
export const ROOT = findRoot()

export const sourceOf = (path: string): string => join(ROOT, 'bench/native', path)

/** Where a program goes; its folder is there. */
export function programOf(name: string): string {
  const path = join(ROOT, 'build/bench/native', name)
  mkdirSync(dirname(path), { recursive: true })
  return path
}

/**
 * Runs a compiler.
 * @param install what to say where it isn't there
 * @returns why the program is absent; undefined when it was made
 * @throws Error the compiler is there, and refuses the source
 */
export async function compile(
  compiler: string,
  parameters: readonly string[],
  options: {
    readonly cwd?: string
    readonly env?: Readonly<Record<string, string>>
    readonly install: string
  },
): Promise<string | undefined> {
  const { cwd, env, install } = options
  try {
    // What a compiler that is interrupted leaves stays with what it makes.
    const own = { TMPDIR: join(ROOT, 'build/bench/native'), ...env }
    await run(compiler, parameters, { ...(cwd !== undefined && { cwd }), env: { ...process.env, ...own } })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return `${compiler} is not installed: ${install}`
    throw error
  }
  return undefined
}

/**
 * Makes a file of `programOf` under a name of this process's own, and gives it its name when it is whole: another
 * process may be making, reading or running the same one.
 * @param make gives the reason why it can't be made, if there is one
 */
export async function replace(
  name: string,
  make: (path: string) => string | undefined | Promise<string | undefined>,
): Promise<string | undefined> {
  const own = programOf(`${name}-${process.pid}`)
  const absent = await make(own)
  if (absent === undefined) renameSync(own, programOf(name))
  return absent
}
