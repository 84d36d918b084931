// A user's project: the packed tarball installed into an empty folder, with the compiled
// suite beside it. Nothing in it comes from this repository's node_modules.

import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { succeed } from './process.mjs'

export const root = join(import.meta.dirname, '..', '..')
const vectors = join(root, 'test', 'vectors')

/** What all rows share: made once, in a temporary folder that `remove` takes away. */
export async function prepare() {
  const folder = mkdtempSync(join(tmpdir(), 'shardwire-runtimes-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  // Also when this process is interrupted.
  process.on('exit', remove)
  // Packing builds dist/, against which the suite is compiled.
  await succeed('npm', ['pack', '--pack-destination', folder], { cwd: root })
  const tarball = join(
    folder,
    readdirSync(folder).find((file) => file.endsWith('.tgz')),
  )
  const shared = join(folder, 'shared')
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
  const config = join(import.meta.dirname, 'suite')
  await succeed(process.execPath, [tsc, '-p', config, '--outDir', join(shared, 'suite')])
  const frames = brotliDecompressSync(readFileSync(join(vectors, 'mtg-session.sbe.br')))
  const shards = brotliDecompressSync(readFileSync(join(vectors, 'mtg-session.shards.txt.br')))
  const given = {
    framesBase64: frames.toString('base64'),
    shards: shards.toString().replaceAll('\n', ''),
    coreBase64: readFileSync(join(root, 'dist', 'core.wasm')).toString('base64'),
  }
  const exports = Object.entries(given).map(([name, text]) => `export const ${name} = '${text}'\n`)
  writeFileSync(join(shared, 'given.js'), exports.join(''))
  cpSync(join(import.meta.dirname, 'entries'), shared, { recursive: true })
  let projects = 0

  /** An empty project with the package installed. @returns its folder */
  const emptyProject = async () => {
    const project = join(folder, `project-${++projects}`)
    mkdirSync(project)
    writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n')
    await succeed('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], {
      cwd: project,
    })
    return project
  }
  /** The same, with the suite and its entries. */
  const suiteProject = async () => {
    const project = await emptyProject()
    cpSync(shared, project, { recursive: true })
    return project
  }
  return { tarball, folder, emptyProject, suiteProject, remove }
}
