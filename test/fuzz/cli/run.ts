// One command line in a process of its own, to its end.

import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROGRAM } from '../places.js'
import type { CommandLine } from './grammar.js'
import { GOOD, PIPE } from './places.js'

/** Milliseconds after which a process counts as one that never ends; they take a tenth of a second. */
const ENDLESS_MS = 30_000
/** Bytes that are kept of what is printed. */
const MOST_KEPT = 16_777_216

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: Buffer
  readonly stderr: Buffer
  readonly isEndless: boolean
}

/** What a shell has to open or close; pipes are ours. */
const REDIRECTIONS = {
  stdin: { null: '</dev/null', folder: '<folder', none: '<&-', frames: '', noise: '', empty: '' },
  stdout: { pipe: '', gone: '', none: '>&-', full: '>/dev/full' },
  stderr: { pipe: '', gone: '', none: '2>&-', full: '2>/dev/full' },
} as const

const running = new Set<ChildProcess>()
// Whatever ends this process ends what it started.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

function start(script: string, args: readonly string[], cwd: string): ChildProcess {
  const child = spawn('sh', ['-c', script, ...args], { cwd, env: { ...process.env, NODE_OPTIONS: '' } })
  running.add(child)
  child.once('close', () => running.delete(child))
  // Whoever ends early doesn't read all of its input.
  child.stdin?.on('error', () => {})
  return child
}

function inputOf(stdin: CommandLine['stdin'], folder: string): Buffer {
  if (stdin === 'frames') return readFileSync(join(folder, GOOD))
  return stdin === 'noise' ? readFileSync(join(folder, 'noise.sbe')) : Buffer.alloc(0)
}

export async function runCommandLine(line: CommandLine, folder: string): Promise<Ended> {
  const { args, stdin, stdout, stderr } = line
  const redirections = [
    REDIRECTIONS.stdin[stdin],
    REDIRECTIONS.stdout[stdout],
    REDIRECTIONS.stderr[stderr],
  ].join(' ')
  const writer = args.some((word) => word.endsWith(PIPE))
    ? start(`exec cat ${GOOD} >${PIPE}`, [], folder)
    : undefined
  const child = start(`exec "$0" "$@" ${redirections}`, [process.execPath, PROGRAM, ...args], folder)
  child.stdin!.end(inputOf(stdin, folder))
  const collect = (stream: NodeJS.ReadableStream, isGone: boolean): Buffer[] => {
    const chunks: Buffer[] = []
    let bytes = 0
    if (isGone) (stream as NodeJS.ReadableStream & { destroy(): void }).destroy()
    else {
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes <= MOST_KEPT) chunks.push(chunk)
      })
    }
    return chunks
  }
  const out = collect(child.stdout!, stdout === 'gone')
  const errors = collect(child.stderr!, stderr === 'gone')
  let isEndless = false
  const limit = setTimeout(() => {
    isEndless = true
    child.kill('SIGKILL')
  }, ENDLESS_MS)
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('close', (...ended) => resolve(ended))
  })
  clearTimeout(limit)
  writer?.kill('SIGKILL')
  return { code, signal, isEndless, stdout: Buffer.concat(out), stderr: Buffer.concat(errors) }
}
