// Recordings and standard input as chunks of bytes. A file is read piece by piece,
// however large it is; what ends in .gz or .br is unpacked on the way.

import { constants, fstatSync, openSync, type Stats } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { Socket } from 'node:net'
import { addAbortSignal, pipeline, type Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip } from 'node:zlib'
import { cannot, codeOf, failed, isAbort } from './failure.js'

/** Bytes a read: few system calls, and the chunk's events still fit the cache. */
const READ_BYTES = 262_144

export interface Input {
  /** As the user gave it; `-` is standard input. */
  readonly name: string
  /** Bytes in all, where that is known beforehand. */
  readonly bytes: number | undefined
  /** Ends early, without an error, when the signal is aborted. */
  readonly chunks: AsyncIterable<Uint8Array>
}

/**
 * Opening a named pipe for reading waits for a writer, in a thread that nothing can
 * interrupt. So it is opened without waiting and read by events, as a socket is.
 */
function openPipe(path: string): Readable {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return new Socket({ fd, readable: true, writable: false })
}

function unpack(packed: Readable, path: string): Readable {
  const unpacked = path.endsWith('.gz')
    ? createGunzip({ chunkSize: READ_BYTES })
    : createBrotliDecompress({ chunkSize: READ_BYTES })
  // Each destroys the other; the error comes out of `unpacked`.
  pipeline(packed, unpacked, () => {})
  return unpacked
}

function packedError(path: string, error: unknown): unknown {
  const code = codeOf(error)
  const kind = path.endsWith('.gz') ? 'gzip' : 'Brotli'
  if (code === 'Z_BUF_ERROR') return failed(`cannot read ${path}: its ${kind} data is cut off; get it whole`)
  if (!code.startsWith('Z_') && !code.startsWith('ERR__')) return error
  return failed(`cannot read ${path}: it isn't ${kind} data, as its name says; rename or replace it`)
}

async function* read(stream: Readable, path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  addAbortSignal(signal, stream)
  try {
    for await (const chunk of stream) yield chunk as Uint8Array
  } catch (error) {
    if (isAbort(error)) return
    throw cannot('read', path === '-' ? 'standard input' : path, packedError(path, error))
  } finally {
    stream.destroy()
  }
}

function openStandardInput(signal: AbortSignal): Input {
  try {
    // Node reads a directory as if nothing were in it.
    if (fstatSync(0).isDirectory()) throw failed('cannot read standard input: it is a directory; give a file')
  } catch (error) {
    throw cannot('read', 'standard input', error)
  }
  return { name: '-', bytes: undefined, chunks: read(process.stdin, '-', signal) }
}

/** @throws Failure when there is no such file, or none to read */
export async function openInput(path: string, signal: AbortSignal): Promise<Input> {
  if (path === '-') return openStandardInput(signal)
  let facts: Stats
  let stream: Readable
  try {
    facts = await stat(path)
    stream = facts.isFIFO()
      ? openPipe(path)
      : (await open(path)).createReadStream({ highWaterMark: READ_BYTES })
  } catch (error) {
    throw cannot('read', path, error)
  }
  const isPacked = /\.(gz|br)$/.test(path)
  return {
    name: path,
    bytes: facts.isFile() && !isPacked ? facts.size : undefined,
    chunks: read(isPacked ? unpack(stream, path) : stream, path, signal),
  }
}
