// A program that runs: what it says, line by line, and how it ends.

import { end, start } from './process.mjs'

/** For what it is to say next, and for its end. */
const LIMIT_MS = 30_000
const LAST_LINES = 15

export class Program {
  #child
  #output = ''
  #waiters = new Set()
  /** `{ code, signal }` once it is over. */
  over

  /** @param options as of `spawn` */
  constructor(file, args, options) {
    this.#child = start(file, args, options)
    for (const stream of [this.#child.stdout, this.#child.stderr, this.#child.stdio[3]]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        this.#output += text
        this.#check()
      })
    }
    this.#child.once('error', (error) => {
      this.#output += error.message
      this.over = { code: null, signal: error.message }
      this.#check()
    })
    this.#child.once('close', (code, signal) => {
      this.over = { code, signal }
      this.#check()
    })
  }

  /** All that it has printed so far. */
  get printed() {
    return this.#output
  }

  /** The objects among the lines that it has written so far. */
  get said() {
    return this.#output.split('\n').flatMap((line) => {
      try {
        const value = JSON.parse(line)
        return typeof value === 'object' && value !== null ? [value] : []
      } catch {
        return []
      }
    })
  }

  /** Waits until something of what it said is meant, now or later. @returns that */
  says(isMeant, what) {
    return this.#until(() => this.said.find(isMeant), what)
  }

  /** Waits until it has printed something like this. @returns the match */
  prints(pattern, what) {
    return this.#until(() => pattern.exec(this.#output) ?? undefined, what)
  }

  /** What it says next, from now on. */
  saysNext(isMeant, what) {
    const from = this.said.length
    return this.#until(() => this.said.slice(from).find(isMeant), what)
  }

  signal(name) {
    this.#child.kill(name)
  }

  /** @returns `{ code, signal }` when it has ended by itself */
  async ends() {
    return this.#until(() => this.over, 'its end', true)
  }

  /** Ends it, whatever it does. */
  kill() {
    end(this.#child)
  }

  #check() {
    for (const check of this.#waiters) check()
  }

  #until(find, what, mayEnd = false) {
    return new Promise((resolve, reject) => {
      const done = (settle) => {
        clearTimeout(timer)
        this.#waiters.delete(check)
        settle()
      }
      const fail = (how) => {
        const last = this.#output.split('\n').slice(-LAST_LINES).join('\n')
        done(() => reject(new Error(`${how}, ${what} didn't come; it said:\n${last}`)))
      }
      const check = () => {
        const found = find()
        if (found !== undefined) done(() => resolve(found))
        else if (this.over !== undefined && !mayEnd) fail('the program ended')
      }
      const timer = setTimeout(fail, LIMIT_MS, 'the time is up')
      this.#waiters.add(check)
      check()
    })
  }
}
