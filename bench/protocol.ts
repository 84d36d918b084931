// What the harness and a contestant's process say to each other: one JSON object a line, over the process's
// standard input and output. It is the same for JavaScript and for programs. The end of its input ends a process.

import type { Answer, Setting } from './contestants/contestant.js'

/** What the harness asks for. */
export type Request =
  | ({
      readonly kind: 'prepare'
      /** Two files of whole frames, one after the other as on the wire. */
      readonly leadIn: string
      readonly timed: string
    } & Setting)
  /**
   * To make a router with fresh observers, feed it the lead-in, collect garbage, and then to time feeding it
   * the timed part, until everything is delivered and the router is shut down.
   */
  | { readonly kind: 'run' }

/** What a contestant answers. */
export type Reply =
  | { readonly kind: 'prepared'; readonly versions: Readonly<Record<string, string>> }
  | { readonly kind: 'ran'; readonly ns: number; readonly tally: Answer }
  | { readonly kind: 'failed'; readonly message: string }
