// Where `shardwire generate` writes: standard output, a file, or a TCP receiver.

import { connect } from 'node:net'
import type { Context } from './command.js'
import { cannot, failed } from './failure.js'
import { badUsage } from './flags.js'
import { Output } from './output.js'
import { Target } from './target.js'

export interface Destination {
  /** Resolves when there is room again. False: whoever read it has gone, which ends the work. */
  write(bytes: Uint8Array): Promise<boolean>
  /** All of it is written. */
  commit(): Promise<void>
  /** No more is going to be. */
  discard(): Promise<void>
}

export function standardOutput({ out, isTerminal }: Context): Destination {
  if (isTerminal) {
    throw badUsage('generate', 'frames are bytes, which a terminal can’t show; give -o FILE, or pipe them')
  }
  return {
    write: async (bytes) => {
      await out.write(bytes)
      return !out.closed
    },
    commit: async () => {},
    discard: async () => {},
  }
}

export async function fileDestination(path: string): Promise<Destination> {
  const target = await Target.open(path)
  return {
    write: async (bytes) => {
      await target.write(bytes)
      return true
    },
    commit: () => target.commit(),
    discard: () => target.discard(),
  }
}

/** `tcp://HOST:PORT` @throws Failure exit code 2 when it is anything else */
export function readAddress(text: string): { readonly host: string; readonly port: number } {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain =
    url !== undefined && /^\/?$/.test(url.pathname) && url.search + url.hash + url.username === ''
  if (url?.protocol !== 'tcp:' || !isPlain || url.hostname === '' || !(Number(url.port) > 0)) {
    throw badUsage('generate', `--to is ${JSON.stringify(text)}; give tcp://HOST:PORT`)
  }
  return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(url.port) }
}

export async function tcpDestination(text: string, signal: AbortSignal): Promise<Destination> {
  const { host, port } = readAddress(text)
  const socket = connect({ host, port })
  // A receiver that answers is not listened to, but its end is noticed.
  socket.resume()
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', (error) => reject(cannot('connect to', text, error)))
    signal.addEventListener('abort', () => {
      socket.destroy()
      resolve()
    })
  })
  const output = new Output(socket, text, signal)
  let sent = 0
  const assertOpen = (): void => {
    output.assertWritten()
    if (output.closed) throw failed(`${text} closed the connection after ${sent} bytes; see what it says`)
  }
  return {
    write: async (bytes) => {
      await output.write(bytes)
      assertOpen()
      sent += bytes.length
      return true
    },
    commit: async () => {
      await new Promise<void>((resolve) => {
        socket.once('close', resolve)
        socket.end()
      })
      assertOpen()
    },
    discard: async () => {
      socket.destroy()
    },
  }
}
