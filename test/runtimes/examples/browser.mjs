// examples/browser in Chromium: by Vite's development server, and as a built page.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import WebSocket, { WebSocketServer } from 'ws'
import { launch } from '../page.mjs'
import { succeed } from '../process.mjs'
import { Program } from '../program.mjs'
import { chromiumRows } from '../rows/chromium.mjs'
import { assertSays, example } from './example.mjs'
import { assertLedger, garbage, session, sessionFrames } from './facts.mjs'
import { commandOf } from './project.mjs'

/** As in producer.ts. */
const SESSIONS = 1_000
const EVENTS = 20_000

/** A page as a reader sees it. */
class Page {
  errors = []
  #page

  static async open(browser, url) {
    const page = new Page(await browser.newPage())
    await page.#page.goto(url)
    return page
  }

  constructor(page) {
    this.#page = page
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text())
    })
    page.on('pageerror', (error) => this.errors.push(error.message))
  }

  /** Waits until the page is no longer running. @returns how it ended, and its last counts */
  async ends() {
    await this.#page.waitForFunction(() => document.getElementById('state').textContent !== 'running')
    const state = await this.#page.textContent('#state')
    return { state, ...JSON.parse(await this.#page.textContent('#counts')) }
  }

  async stopWhenBusy() {
    await this.#page.waitForFunction(() =>
      /"delivered": [1-9]/.test(document.getElementById('counts').textContent),
    )
    await this.#page.click('#stop')
  }
}

async function checkWorker(url, browser, check) {
  await check('frames of a Web Worker arrive', async () => {
    const page = await Page.open(browser, `${url}?events=${EVENTS}`)
    const { state, stats, sessions, bytes } = await page.ends()
    assert.deepEqual(page.errors, [])
    assert.equal(state, 'ended')
    let wanted = 0
    for (let index = SESSIONS; index < EVENTS; index++) wanted += index % 1_500
    assert.deepEqual({ sessions, bytes }, { sessions: SESSIONS, bytes: wanted })
    assertSays(stats, { received: EVENTS, accepted: EVENTS, delivered: EVENTS, inFlight: 0, sources: 0 })
  })
  await check('it can be stopped in the middle, and the ledger is whole', async () => {
    const page = await Page.open(browser, `${url}?events=1000000000`)
    await page.stopWhenBusy()
    const { state, stats } = await page.ends()
    assert.deepEqual(page.errors, [])
    assert.equal(state, 'stopped')
    assertSays(stats, { inFlight: 0, dropped: 0, sources: 0 })
    assertLedger(stats)
  })
}

async function checkWebSocket(url, sender, browser, check) {
  await check('the recorded session arrives by WebSocket', async () => {
    const page = await Page.open(browser, `${url}?ws=${sender}`)
    const { state, stats, sessions, bytes, most } = await page.ends()
    assert.deepEqual(page.errors, [])
    assert.equal(state, 'ended')
    assert.deepEqual(
      { sessions, bytes, most },
      { sessions: session.sessions, bytes: session.bytes, most: session.most },
    )
    assertSays(stats, { received: session.events, accepted: session.events, rejected: 0, inFlight: 0 })
    assertLedger(stats)
  })
  await check('garbage closes the WebSocket, and the page says so', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    try {
      await once(server, 'listening')
      const closed = new Promise((resolve) => {
        server.on('connection', (socket) => {
          socket.on('close', resolve)
          socket.send(garbage)
        })
      })
      const page = await Page.open(browser, `${url}?ws=ws://127.0.0.1:${server.address().port}`)
      const { state, stats } = await page.ends()
      assert.match(state, /^failed: frame 1 at byte 0: length \d+ is not between/)
      assertSays(stats, { received: 1, rejected: 1 })
      assertLedger(stats)
      const code = await closed
      assert.ok(code >= 3_000, `closed with ${code}`)
    } finally {
      server.close()
    }
  })
  await check('the sender lets in no page of another site', async () => {
    const socket = new WebSocket(sender, { origin: 'https://example.com' })
    const [error] = await once(socket, 'error')
    assert.match(error.message, /401/)
  })
}

async function checks({ project, scripts, check, keep }) {
  const vite = (script, ...more) => {
    const { file, args } = commandOf(script)
    const options = { cwd: project, env: { ...process.env, NO_COLOR: '1' } }
    return { file: join(project, 'node_modules', '.bin', file), args: [...args, ...more], options }
  }
  const serve = async (script) => {
    const { file, args, options } = vite(script, '--port', '0')
    const [, url] = await keep(new Program(file, args, options)).prints(/(http:\S+)/, 'its address')
    return url
  }
  const browser = await launch()
  try {
    await checkWorker(await serve(scripts.start), browser, (name, run) =>
      check(`served by Vite: ${name}`, run),
    )
    await check('it builds', () => {
      const { file, args, options } = vite(scripts.build)
      return succeed(file, args, options)
    })
    const recording = join(project, 'session.sbe')
    writeFileSync(recording, sessionFrames)
    const { args } = commandOf(scripts.sender)
    const sender = keep(new Program(process.execPath, [...args, recording, '0'], { cwd: project }))
    const { listening } = await sender.says((line) => line.listening, 'its address')
    const url = await serve(scripts.preview)
    const checkBuilt = (name, run) => check(`built: ${name}`, run)
    await checkWorker(url, browser, checkBuilt)
    await checkWebSocket(url, listening, browser, checkBuilt)
  } finally {
    await browser.close()
  }
}

export const browser = example({
  name: 'browser',
  tools: ['vite', 'ws'],
  hasTypes: true,
  platform: chromiumRows[0],
  checks,
})
