// examples/node-tcp in each Node that is here.

import { findNode, NOT_INSTALLED } from '../tools.mjs'
import { example } from './example.mjs'
import { session } from './facts.mjs'
import { commandOf } from './project.mjs'
import { checkTcpService } from './tcp.mjs'

/** Each is stopped by another signal. */
const NODES = [
  { major: 20, signal: 'SIGTERM' },
  { major: 22, signal: 'SIGINT' },
  { major: 24, signal: 'SIGTERM' },
]
const found = () => NODES.filter(({ major }) => findNode(major) !== undefined)

export const nodeTcp = example({
  name: 'node-tcp',
  platform: {
    missing: () => (found().length === 0 ? NOT_INSTALLED : undefined),
    version: async () =>
      `Node ${found()
        .map(({ major }) => major)
        .join(', ')}`,
  },
  async checks(given) {
    const { args } = commandOf(given.scripts.start)
    const { finished, finishedBytes, busiest } = session
    for (const { major, signal } of found()) {
      const wanted = { finished, finishedBytes, busiest }
      await checkTcpService(given, { file: findNode(major), args, title: `Node ${major}`, signal, wanted })
    }
  },
})
