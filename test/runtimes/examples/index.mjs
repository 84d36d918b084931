// The rows of the examples: each is installed, run and fed for real.

import { browser } from './browser.mjs'
import { bun } from './bun.mjs'
import { deno } from './deno.mjs'
import { edge } from './edge.mjs'
import { nodeTcp } from './node-tcp.mjs'

export const exampleRows = [nodeTcp, browser, edge, deno, bun]
