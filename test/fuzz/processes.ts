// The processes of a run: starts them, adds up what they have done, and makes a report
// of one that dies or gets nowhere.

import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Arguments } from './arguments.js'
import type { Kind, Report } from './failure.js'
import { addCounts, type Counts, noCounts } from './fuzzer.js'
import type { Message, Order } from './worker.js'

/** What tells a process that it is a worker. */
export const WORKER = '--as-worker'

/**
 * Milliseconds that one input may take before it counts as endless: the slowest take
 * two seconds on a busy machine. Nothing waits for this unless something is wrong.
 */
const ENDLESS_MS = 60_000

/** Young objects die before they are looked at: a third of the time otherwise goes into that (measured). */
const EXEC_ARGV = ['--enable-source-maps', '--max-semi-space-size=32']

export interface Outcome {
  readonly counts: Counts
  readonly reports: readonly Report[]
}

/** Runs all jobs to their end, or to the first failure. */
export async function runJobs(given: Arguments, seed: number): Promise<Outcome> {
  const counts = noCounts()
  const reports: Report[] = []
  const children: ChildProcess[] = []
  // Not below the project: what lies in them is hostile to whoever copies it.
  const folders = Array.from({ length: given.jobs }, () => mkdtempSync(join(tmpdir(), 'shardwire-fuzz-')))
  const stopOthers = (): void => {
    for (const child of children) if (child.connected) child.disconnect()
  }

  const runJob = (job: number): Promise<void> =>
    new Promise((resolve) => {
      const child = fork(process.argv[1]!, [WORKER], {
        execArgv: EXEC_ARGV,
      })
      children.push(child)
      let at: { readonly kind: Kind; readonly input: number | string } = {
        kind: given.kinds[0]!,
        input: 'the start',
      }
      let isDone = false
      let isEndless = false
      let errors: string | undefined
      const watch = setTimeout(() => {
        isEndless = true
        child.kill('SIGKILL')
      }, ENDLESS_MS)
      child.on('message', (message: Message) => {
        watch.refresh()
        if (message.type === 'at') at = message
        else if (message.type === 'failure') {
          reports.push(message.report)
        } else {
          isDone = true
          addCounts(counts, message.counts)
        }
      })
      child.on('error', (error) => {
        errors = error.message
      })
      child.on('exit', (code, signal) => {
        clearTimeout(watch)
        if (!isDone && (reports.length === 0 || isEndless)) {
          const what = isEndless
            ? `nothing has come of this for ${ENDLESS_MS / 1_000} s`
            : `the process ended with ${errors ?? signal ?? code}`
          reports.push({
            oracle: isEndless ? 'ends' : 'no-crash',
            what,
            facts: {},
            seed,
            kind: at.kind,
            input: at.input,
          })
        }
        if (reports.length > 0) stopOthers()
        resolve()
      })
      child.send({ arguments: given, seed, job, folder: folders[job]! } satisfies Order)
    })

  try {
    await Promise.all(folders.map((_, job) => runJob(job)))
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  }
  return { counts, reports }
}
