// What goes to standard error: messages, and on a terminal a line of progress.

import { styleText } from 'node:util'
import { escapeText } from './escape.js'
import type { Output } from './output.js'

/** Milliseconds before work is long enough for a line of progress. */
const PROGRESS_AFTER_MS = 1_000
/** Milliseconds from one change of it to the next. */
const PROGRESS_EVERY_MS = 200
/** Characters of a message: a path of 4,096 and its sentence fit, not an argument of any length. */
const MAX_MESSAGE = 8_000
/** Of them, those at the end, where it says what to do. */
const MESSAGE_END = 1_000
const ERASE_LINE = '\r\u001b[K'

/** One line for a terminal, however long what it quotes is. */
function lineOf(message: string): string {
  const line = escapeText(message)
  if (line.length <= MAX_MESSAGE) return line
  return `${line.slice(0, MAX_MESSAGE - MESSAGE_END)} … ${line.slice(-MESSAGE_END)}`
}

export interface NotesOptions {
  /** Whether the output is a terminal that shows progress. */
  readonly progress: boolean
  readonly colors: boolean
  /** Milliseconds from any fixed point. */
  readonly now: () => number
}

export class Notes {
  readonly #output: Output
  readonly #options: NotesOptions
  #startMs: number
  #shownMs = Number.NEGATIVE_INFINITY
  #isShown = false

  constructor(output: Output, options: NotesOptions) {
    this.#output = output
    this.#options = options
    this.#startMs = options.now()
  }

  /** One message, one line. What it quotes is escaped here. */
  async tell(message: string): Promise<void> {
    await this.clear()
    const prefix = this.#options.colors
      ? styleText('red', 'shardwire:', { stream: process.stderr })
      : 'shardwire:'
    await this.#output.write(`${prefix} ${lineOf(message)}\n`)
  }

  /**
   * Called after each piece of work; no timer runs.
   * @param make the line, asked for only when it is going to be shown
   */
  async progress(make: () => string): Promise<void> {
    if (!this.#options.progress) return
    const now = this.#options.now()
    if (now - this.#startMs < PROGRESS_AFTER_MS || now - this.#shownMs < PROGRESS_EVERY_MS) return
    this.#shownMs = now
    this.#isShown = true
    await this.#output.write(`${ERASE_LINE}${escapeText(make())}`)
  }

  /** Takes the line of progress away. */
  async clear(): Promise<void> {
    if (!this.#isShown) return
    this.#isShown = false
    await this.#output.write(ERASE_LINE)
  }
}
