// Where things are, whether this runs bundled or not.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

function findRoot(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
    if (folder === dirname(folder)) throw new Error('there is no package.json above this program')
  }
}

export const ROOT = findRoot()
export const CORPUS = join(ROOT, 'test', 'fuzz', 'corpus')
/** Where inputs that failed are written, and what runs need of the file system. */
export const WRITTEN = join(ROOT, 'build', 'fuzz')
export const PROGRAM = join(ROOT, 'dist', 'cli', 'main.js')

/** Paths of the corpus files of a kind, in the same order everywhere. */
export function corpusFiles(kind: string, ending: RegExp): string[] {
  const folder = join(CORPUS, kind)
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).filter((name) => ending.test(name))
  return names.sort().map((name) => join(folder, name))
}

/** A folder below `WRITTEN`, made. */
export function written(...path: string[]): string {
  const folder = join(WRITTEN, ...path)
  mkdirSync(folder, { recursive: true })
  return folder
}

/** The commit that is tested, as far as git knows. */
export function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' }).trim()
  try {
    return (
      git('rev-parse', 'HEAD') +
      (git('status', '--porcelain') === '' ? '' : ' and changes that are not committed')
    )
  } catch {
    return 'unknown: this is no clone'
  }
}
