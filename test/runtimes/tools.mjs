// Where the runtimes and tools are that `npm run runtimes` installs. Runtimes are taken
// from their platform packages: no install script has to have run.

import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export const toolsFolder = join(import.meta.dirname, 'tools')
export const modules = join(toolsFolder, 'node_modules')

const { platform, arch } = process
const firstOf = (paths) => paths.find((path) => existsSync(path))
const inModules = (...paths) => firstOf(paths.map((path) => join(modules, path)))

/** Node of a major version: the installed one, or the one that runs this. */
export function findNode(major) {
  const own = process.versions.node.split('.')[0] === String(major) ? process.execPath : undefined
  return inModules(`node-${major}/bin/node`) ?? own
}

export const findDeno = () =>
  inModules(`@deno/${platform}-${arch}-glibc/deno`, `@deno/${platform}-${arch}/deno`)

export const findBun = () => inModules(`@oven/bun-${platform}-${arch === 'arm64' ? 'aarch64' : arch}/bin/bun`)

export const findWorkerd = () =>
  inModules(`@cloudflare/workerd-${platform}-${arch === 'x64' ? '64' : arch}/bin/workerd`)

/** The system's Chromium, or what CHROMIUM_PATH says. */
export function findChromium() {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  const folders = (process.env.PATH ?? '').split(delimiter)
  return (
    process.env.CHROMIUM_PATH || firstOf(names.flatMap((name) => folders.map((folder) => join(folder, name))))
  )
}

/** A script of an installed tool, to be run by Node. */
export const findScript = (path) => inModules(path)

export const NOT_INSTALLED = 'not installed: npm run runtimes'
