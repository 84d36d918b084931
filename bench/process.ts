// A contestant's process, seen from the harness: a question, an answer, a line each.

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { Reply, Request } from './protocol.js'

/** A contestant counted something else than it should have, or failed. */
export class BenchError extends Error {}

/** All that run: whoever ends the bench early ends them, too. */
const running = new Set<ContestantProcess>()

export class ContestantProcess {
  private readonly name: string
  private readonly child: ChildProcessByStdio<Writable, Readable, null>
  private readonly lines: string[] = []
  private end: string | undefined
  private wake: () => void = () => {}

  constructor(name: string, [program = '', ...args]: readonly string[]) {
    this.name = name
    this.child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    const ended = (how: string) => {
      this.end ??= how
      running.delete(this)
      this.wake()
    }
    this.child.on('error', (error) => ended(`can't be started: ${error.message}`))
    // `close` comes once all of its output is there.
    this.child.on('close', (code, signal) => ended(`its process ended with ${code ?? signal}`))
    // Told by its end, too.
    this.child.stdin.on('error', () => {})
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      this.lines.push(line)
      this.wake()
    })
    running.add(this)
  }

  /** @throws BenchError it failed, ended, or answered something else */
  async ask<Kind extends 'prepared' | 'ran'>(
    request: Request,
    kind: Kind,
  ): Promise<Extract<Reply, { kind: Kind }>> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`)
    const line = await this.line()
    let reply: Reply
    try {
      reply = JSON.parse(line)
    } catch {
      throw new BenchError(`${this.name} answered ${JSON.stringify(line)}, which is no JSON`)
    }
    if (reply.kind === 'failed') throw new BenchError(`${this.name} failed: ${reply.message}`)
    if (reply.kind !== kind) throw new BenchError(`${this.name} answered ${reply.kind}, asked for ${kind}`)
    return reply as Extract<Reply, { kind: Kind }>
  }

  private async line(): Promise<string> {
    while (this.lines.length === 0 && this.end === undefined) {
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
    }
    const line = this.lines.shift()
    if (line === undefined) throw new BenchError(`${this.name} failed: ${this.end}`)
    return line
  }

  /** It has nothing to lose. */
  stop(): void {
    running.delete(this)
    this.child.kill('SIGKILL')
  }
}

export function stopAll(): void {
  for (const one of running) one.stop()
}
