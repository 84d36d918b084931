// All rows of the table. A row is
// - name: as in the table and for --only
// - missing(): why it can't be run here, or undefined
// - version(): of what runs it
// - run(made): given what project.mjs prepared, the cases: [{ name, message }], message undefined when it passed

import { exampleRows } from '../examples/index.mjs'
import { bunRow } from './bun.mjs'
import { chromiumRows } from './chromium.mjs'
import { denoRow } from './deno.mjs'
import { nodeRows } from './node.mjs'
import { packageRow } from './package.mjs'
import { typeRows } from './types.mjs'
import { workerdRow } from './workerd.mjs'

export const rows = [
  ...nodeRows,
  ...chromiumRows,
  workerdRow,
  denoRow,
  bunRow,
  packageRow,
  ...typeRows,
  ...exampleRows,
]
