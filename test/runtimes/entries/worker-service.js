// The suite in workerd, bundled as a user does, with the condition "workerd", .wasm files
// left to the platform. A request to / runs it. What only workerd has: many requests that
// share a router, each with its own I/O.

import { createRouter } from 'shardwire'
import core from 'shardwire/core.wasm'
import { mtg } from 'shardwire/mtg'
import { tell } from './tell.js'

const event = { event: 'EventTraffic', streamId: 'a', timestamp: 0, traffic: 1, isRead: true }

/** One request's event, and how many were delivered when it had settled. */
async function send(router) {
  router.send(event)
  await router.settled()
  return new Response(router.stats().delivered)
}

// Observers that return promises would have to wait for I/O of other requests, which
// workerd doesn't let them.
const shared = createRouter(mtg, { observers: [() => ({ eventTraffic: () => {} })] })

/** A Durable Object has I/O of its own, which all its requests share: observers may wait. */
export class Holder {
  #router = createRouter(mtg, {
    observers: [() => ({ eventTraffic: () => new Promise((resolve) => setTimeout(resolve, 1)) })],
  })

  fetch() {
    return send(this.#router)
  }
}

async function suite() {
  const lines = []
  await tell(core, (line) => lines.push(line))
  return new Response(lines.join('\n'))
}

export default {
  fetch(request, { HOLDER }) {
    switch (new URL(request.url).pathname) {
      case '/shared':
        return send(shared)
      case '/object':
        return HOLDER.get(HOLDER.idFromName('one')).fetch(request)
    }
    return suite()
  },
}
