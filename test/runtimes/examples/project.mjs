// An example as a newcomer has it: its folder alone, copied somewhere, installed. Only
// that shardwire comes from the packed tarball and not from the registry.

import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { succeed } from '../process.mjs'
import { root } from '../project.mjs'

/** What a run in the repository leaves in the folder. */
const MADE = new Set(['node_modules', 'package-lock.json', 'dist', 'build', '.wrangler'])

/**
 * @param made what project.mjs prepared
 * @param name the example's folder
 * @param tools which of its devDependencies the test needs; all others would only take time
 * @returns the copy: its folder, and its package.json
 */
export async function exampleProject({ folder, tarball }, name, tools = []) {
  const project = join(folder, `example-${name}`)
  cpSync(join(root, 'examples', name), project, {
    recursive: true,
    filter: (path) => !MADE.has(basename(path)),
  })
  const file = join(project, 'package.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8'))
  manifest.dependencies.shardwire = `file:${tarball}`
  const isNeeded = ([dependency]) => tools.includes(dependency)
  manifest.devDependencies = Object.fromEntries(
    Object.entries(manifest.devDependencies ?? {}).filter(isNeeded),
  )
  writeFileSync(file, JSON.stringify(manifest))
  await succeed('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: project })
  return { project, scripts: manifest.scripts }
}

/** A script of package.json as a file and its arguments: the program itself, not a shell or npm around it. */
export function commandOf(script) {
  const [file, ...args] = script.split(' ')
  return { file, args }
}
