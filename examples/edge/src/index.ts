// Frames at the edge: by POST, a router a request; by WebSocket, a router a room.
//
//   POST /route          frames in the body; answers the ledger and the meter's result
//   GET  /rooms/NAME     upgraded: each message holds frames; "stats" as text asks for a report
//                        plain: the report

import type { FrameError } from 'shardwire'
import { pipeStream } from 'shardwire/transports'
import { described, json, refusal } from './answers.js'
import { open } from './meter.js'
import type { Room } from './room.js'

export { Room } from './room.js'

interface Env {
  readonly ROOMS: DurableObjectNamespace<Room>
}

const ROOM_PATH = /^\/rooms\/([\w-]{1,64})$/

// Nothing is made up here, at module scope: there, the platform has no clock, no timers and no
// random numbers. (A router itself may be made there: it needs none before its first write.)
export default {
  async fetch(request, env): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (pathname === '/route') return route(request)
    const room = ROOM_PATH.exec(pathname)?.[1]
    if (room === undefined) return refusal(404, 'not-found', 'POST /route, or GET /rooms/NAME')
    if (request.method !== 'GET') return refusal(405, 'method', 'GET only', { allow: 'GET' })
    // One object a name, wherever its clients are.
    return env.ROOMS.get(env.ROOMS.idFromName(room)).fetch(request)
  },
} satisfies ExportedHandler<Env>

async function route(request: Request): Promise<Response> {
  if (request.method !== 'POST') return refusal(405, 'method', 'POST only', { allow: 'POST' })
  if (request.headers.get('content-type') !== 'application/octet-stream') {
    return refusal(415, 'content-type', 'give frames as application/octet-stream')
  }
  let fault: FrameError | undefined
  // A router for one request.
  const { router, report } = open(1_024, (error) => {
    fault ??= error
  })
  let failure: unknown
  try {
    // Piece by piece as it comes; the body is never in memory as a whole.
    if (request.body !== null) await pipeStream(request.body, router)
  } catch (error) {
    failure = error
  }
  const said = report(await router.shutdown())
  // One malformed frame costs that frame alone: all others were routed, which the report says. But the
  // client should know, so it gets the first of them.
  if (fault !== undefined) return json({ error: described(fault), ...said }, 400)
  if (failure !== undefined) return json({ error: described(failure), ...said }, 500)
  return json(said)
}
