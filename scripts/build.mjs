// npm run build: the core, then dist/. With --if-missing, only when something of
// it is absent or older than its sources.

import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { buildCore } from './build-core.mjs'

const root = join(import.meta.dirname, '..')

function newest(folder) {
  let time = 0
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) time = Math.max(time, statSync(join(entry.parentPath, entry.name)).mtimeMs)
  }
  return time
}

/** Whether all is there, and dist/ newer than what it is made of. */
function isFresh() {
  const made = [
    'build/core.wasm',
    'src/core-binary.ts',
    'dist/cli/main.js',
    'dist/index.js',
    'dist/core.wasm',
  ]
  if (!made.every((file) => existsSync(join(root, file)))) return false
  return Math.max(newest('assembly'), newest('src')) <= statSync(join(root, 'dist/index.js')).mtimeMs
}

if (process.argv.includes('--if-missing') && isFresh()) process.exit(0)
buildCore()
// A file whose source is gone would stay, and be published.
rmSync(join(root, 'dist'), { recursive: true, force: true })
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
chmodSync(join(root, 'dist/cli/main.js'), 0o755)
copyFileSync(join(root, 'build/core.wasm'), join(root, 'dist/core.wasm'))
// For `import core from 'shardwire/core.wasm'`: the name that exports give to TypeScript.
copyFileSync(join(root, 'src/core.d.wasm.ts'), join(root, 'dist/core.wasm.d.ts'))
