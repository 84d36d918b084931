// Child processes that end by themselves: each with a time limit, in a process group of
// its own, so that what it started ends with it.

import { spawn } from 'node:child_process'

/** The time that any of them has. Nothing takes a tenth of it: what takes longer hangs. */
export const LIMIT_MS = 300_000

const running = new Set()

/** Ends a child and all that it started. */
export function end(child) {
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It is over already.
  }
}

// However this process ends, nothing is left behind.
process.on('exit', () => {
  for (const child of running) end(child)
})

export function start(file, args, { stdio = ['ignore', 'pipe', 'pipe'], ...options } = {}) {
  const child = spawn(file, args, { stdio, detached: true, ...options })
  running.add(child)
  child.once('close', () => running.delete(child))
  return child
}

/**
 * Runs a program to its end.
 * @returns its exit code, null when the time was up, and all that it printed
 */
export function execute(file, args, { timeoutMs = LIMIT_MS, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = start(file, args, options)
    let output = ''
    let isLate = false
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    }
    const timer = setTimeout(() => {
      isLate = true
      end(child)
    }, timeoutMs)
    child.once('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.once('close', (code) => {
      clearTimeout(timer)
      // What it started may still hold the pipes of nobody.
      end(child)
      resolve({ code: isLate ? null : code, output, isLate })
    })
  })
}

/** As `execute`, for programs that have to succeed. @throws Error with what it printed */
export async function succeed(file, args, options) {
  const { code, output, isLate } = await execute(file, args, options)
  if (code === 0) return output
  const how = isLate ? 'did not end in time' : `ended with ${code}`
  throw new Error(`${[file, ...args].join(' ')} ${how}:\n${output}`)
}
