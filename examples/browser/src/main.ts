// A page that routes frames and shows live counts.
//
//   /                              frames from a Web Worker, over a MessagePort
//   /?events=5000                  so many of them
//   /?ws=ws://127.0.0.1:8090       frames from a WebSocket: npm run sender -- FILE

import { createRouter } from 'shardwire'
import { mtg } from 'shardwire/mtg'
import { pipeMessagePort, pipeWebSocket } from 'shardwire/transports'
import { Meter } from './meter.js'
import type { Order } from './producer.js'

const DEFAULT_EVENTS = 1_000_000
const REFRESH_MS = 200

const meters: Meter[] = []
const router = createRouter(mtg, {
  shards: 4,
  // Called once for each shard.
  observers: [
    () => {
      const meter = new Meter()
      meters.push(meter)
      return meter
    },
  ],
  onFrameError: (error) => console.warn(error.message),
})

const stopping = new AbortController()
const parameters = new URLSearchParams(location.search)

function fromWorker(): Promise<unknown> {
  const worker = new Worker(new URL('./producer.ts', import.meta.url), { type: 'module' })
  const { port1, port2 } = new MessageChannel()
  const order: Order = { port: port2, events: Number(parameters.get('events') ?? DEFAULT_EVENTS) }
  worker.postMessage(order, [port2])
  // Resolves when the worker's writer has ended and all of it was seen by the meters.
  return pipeMessagePort(port1, router, { signal: stopping.signal }).finally(() => worker.terminate())
}

function fromWebSocket(url: string): Promise<unknown> {
  // Each message holds whole frames. A page can't hold a WebSocket's sender back: messages that can't be
  // routed yet wait in a bounded buffer, and when that is full the socket is closed. Observers that return
  // no promises, as these, never let it come to that.
  return pipeWebSocket(new WebSocket(url), router, { signal: stopping.signal })
}

const element = (id: string): HTMLElement => document.getElementById(id)!

function show(stats = router.stats()): void {
  const counts = {
    sessions: meters.reduce((sum, meter) => sum + meter.sessions, 0),
    bytes: meters.reduce((sum, meter) => sum + meter.bytes, 0),
    most: Math.max(...meters.map((meter) => meter.most)),
    stats,
  }
  // As text: what is in a frame never becomes markup.
  element('counts').textContent = JSON.stringify(counts, undefined, 2)
}

async function run(): Promise<void> {
  const url = parameters.get('ws')
  element('origin').textContent = url ?? 'a Web Worker'
  element('stop').addEventListener('click', () => stopping.abort())
  const timer = setInterval(show, REFRESH_MS)
  let state = 'ended'
  try {
    await (url === null ? fromWorker() : fromWebSocket(url))
  } catch (error) {
    state = stopping.signal.aborted ? 'stopped' : `failed: ${(error as Error).message}`
  }
  clearInterval(timer)
  // Drains what was taken, then calls shutdown() on every observer, once.
  show(await router.shutdown())
  element('state').textContent = state
}

void run()
