// Chromium: without a bundler, with two of them, under a Content Security Policy, and in
// a Web Worker.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { casesOfPage, launch } from '../page.mjs'
import { succeed } from '../process.mjs'
import { findChromium, findScript, NOT_INSTALLED } from '../tools.mjs'

const POLICY = "script-src 'self' 'wasm-unsafe-eval'"
/** What a page without a bundler has to be told: where the package's modules are, and those that they import. */
function importMap(project) {
  const { exports } = JSON.parse(readFileSync(join(project, 'node_modules/shardwire/package.json'), 'utf8'))
  const modules = Object.entries(exports).filter(([, target]) => target.default?.endsWith('.js'))
  return Object.fromEntries([
    ['@assemblyscript/loader', '/node_modules/@assemblyscript/loader/index.js'],
    ...modules.map(([name, target]) => [
      join('shardwire', name),
      join('/node_modules/shardwire', target.default),
    ]),
  ])
}

const html = (body) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>suite</title><link rel="icon" href="data:,">
${body}
</head></html>
`

async function bare(project) {
  const map = `<script type="importmap">${JSON.stringify({ imports: importMap(project) })}</script>`
  writeFileSync(join(project, 'index.html'), html(`${map}<script type="module" src="/console.js"></script>`))
  return project
}

async function vite(project, entry) {
  writeFileSync(join(project, 'index.html'), html(`<script type="module" src="/${entry}"></script>`))
  // The recorded session is large, and no matter of the package.
  writeFileSync(
    join(project, 'vite.config.js'),
    'export default { build: { chunkSizeWarningLimit: 5000 } }\n',
  )
  const args = [findScript('vite/bin/vite.js'), 'build', '--sourcemap', '--logLevel', 'warn']
  const warnings = await succeed(process.execPath, args, { cwd: project })
  if (warnings.trim() !== '') throw new Error(`the build warns:\n${warnings}`)
  return join(project, 'dist')
}

async function esbuild(project) {
  const folder = join(project, 'site')
  mkdirSync(folder)
  const options = ['--bundle', '--minify', '--format=iife', `--outfile=${join(folder, 'bundle.js')}`]
  await succeed(process.execPath, [findScript('esbuild/bin/esbuild'), 'console.js', ...options], {
    cwd: project,
  })
  writeFileSync(join(folder, 'index.html'), html('<script defer src="/bundle.js"></script>'))
  return folder
}

const KINDS = {
  'import map': { build: bare },
  'Vite build': { build: (project) => vite(project, 'console.js') },
  'esbuild bundle': { build: esbuild },
  CSP: {
    build: (project) => vite(project, 'console.js'),
    headers: { 'content-security-policy': POLICY },
  },
  'Web Worker': { build: (project) => vite(project, 'page-of-worker.js') },
}

const missing = () => {
  if (findChromium() === undefined) return 'no Chromium: npm run runtimes, or CHROMIUM_PATH'
  return findScript('playwright-core/index.mjs') === undefined ? NOT_INSTALLED : undefined
}

async function version() {
  const browser = await launch()
  try {
    return browser.version()
  } finally {
    await browser.close()
  }
}

export const chromiumRows = Object.entries(KINDS).map(([kind, { build, headers }]) => ({
  name: `Chromium, ${kind}`,
  missing,
  version,
  async run({ suiteProject }) {
    return casesOfPage(await build(await suiteProject()), headers)
  },
}))
