// npm run runtimes: installs what test:runtimes needs, apart from the project's own
// npm ci: the runtimes and tools of tools/package.json, and Chromium from the system's
// packages. What is there already is left as it is.

import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findChromium, modules, toolsFolder } from './tools.mjs'

/** Which lock file the installed modules are of. */
const stamp = join(modules, '.of-lock')

function installTools() {
  const lock = createHash('sha256')
    .update(readFileSync(join(toolsFolder, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) {
    console.log('runtimes and tools: installed already')
    return
  }
  // tools/.npmrc: no scripts are run.
  execFileSync('npm', ['ci'], { cwd: toolsFolder, stdio: 'inherit' })
  writeFileSync(stamp, lock)
  console.log(`runtimes and tools: installed in ${modules}`)
}

function hasCommand(...command) {
  return spawnSync(command[0], command.slice(1), { stdio: 'ignore' }).status === 0
}

function installChromium() {
  const found = findChromium()
  if (found !== undefined) {
    console.log(`Chromium: ${found}, installed already`)
    return
  }
  const isRoot = process.getuid?.() === 0
  if (!hasCommand('apt-get', '--version') || !(isRoot || hasCommand('sudo', '-n', 'true'))) {
    console.log('Chromium: absent. Install it from your system, or say where it is by CHROMIUM_PATH')
    return
  }
  const apt = (...args) => {
    const [file, ...rest] = [...(isRoot ? [] : ['sudo', '-n']), 'apt-get', ...args]
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    execFileSync(file, rest, { env, stdio: ['ignore', 'ignore', 'inherit'] })
  }
  apt('update')
  apt('install', '-y', '--no-install-recommends', 'chromium')
  console.log(`Chromium: installed by apt-get, ${findChromium()}`)
}

installTools()
installChromium()
