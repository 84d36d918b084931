// A page in Chromium: files of a folder, served from loopback, and what the page says.

import { createReadStream, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { pathToFileURL } from 'node:url'
import { casesIn } from './outcome.mjs'
import { LIMIT_MS } from './process.mjs'
import { findChromium, modules } from './tools.mjs'

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' }
// No GPU, no calls home, and no sandbox: root has none.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const launch = async () => {
  const { chromium } = await import(pathToFileURL(join(modules, 'playwright-core', 'index.mjs')).href)
  return chromium.launch({ executablePath: findChromium(), args: FLAGS })
}

/** Serves a folder to this machine alone. */
function serve(folder, headers) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost')
    const file = join(folder, normalize(pathname.endsWith('/') ? `${pathname}index.html` : pathname))
    const type = TYPES[extname(file)]
    if (!file.startsWith(folder) || type === undefined || !existsSync(file)) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, { 'content-type': type, ...headers })
    createReadStream(file).pipe(response)
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}

/**
 * Opens a folder's index.html and waits until it has told all cases, or something went wrong.
 * @param headers of every response
 * @returns its cases; errors of the page and of its console are failed ones
 */
export async function casesOfPage(folder, headers = {}) {
  const server = await serve(folder, headers)
  const browser = await launch()
  const lines = []
  const errors = []
  try {
    const page = await browser.newPage()
    const isLate = await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(true), LIMIT_MS)
      const over = () => {
        clearTimeout(timer)
        resolve(false)
      }
      const fail = (text) => {
        errors.push(text)
        over()
      }
      page.on('console', (message) => {
        const text = message.text()
        if (message.type() === 'error' || message.type() === 'warning') return fail(text)
        lines.push(text)
        if (text === 'shardwire-end') over()
      })
      page.on('pageerror', (error) => fail(String(error.stack)))
      page.on('crash', () => fail('the page crashed'))
      page.on('requestfailed', (request) => fail(`${request.url()}: ${request.failure()?.errorText}`))
      page.goto(`http://127.0.0.1:${server.address().port}/`).catch((error) => fail(error.message))
    })
    const told = errors.map((message) => ({ name: 'the page has no errors', message }))
    return [...casesIn(lines.join('\n'), isLate), ...told]
  } finally {
    await browser.close()
    server.closeAllConnections()
    server.close()
  }
}
