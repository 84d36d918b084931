// Runs the real program, as a user would: the built dist/cli/main.js in a process.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

export const PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
export const VECTORS = fileURLToPath(new URL('../vectors/', import.meta.url))
export const SCHEMA = fileURLToPath(new URL('../../schema/mtg.xml', import.meta.url))
export const EDGE = join(VECTORS, 'mtg-edge.sbe')

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly input?: string | Uint8Array
  readonly cwd?: string
}

/** Starts it; its standard input stays open. */
export function start(args: readonly string[], options: RunOptions = {}): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: options.cwd })
  // A program that ends early doesn't read all of its input.
  child.stdin.on('error', () => {})
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return child
}

export async function ending(
  child: ChildProcessWithoutNullStreams,
): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { code, signal }
}

/** Runs it to its end. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const child = start(args, options)
  child.stdin.end(options.input ?? '')
  const [stdout, stderr, ended] = await Promise.all([text(child.stdout), text(child.stderr), ending(child)])
  return { ...ended, stdout, stderr }
}

/** Runs it to its end, for what isn't text. */
export async function runForBytes(args: readonly string[]): Promise<{ code: number | null; bytes: Buffer }> {
  const child = start(args)
  child.stdin.end()
  child.stderr.resume()
  const [bytes, { code }] = await Promise.all([buffer(child.stdout), ending(child)])
  return { code, bytes }
}

/** A folder for one test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'shardwire-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Each line of what `inspect` prints. */
export function events(stdout: string): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
