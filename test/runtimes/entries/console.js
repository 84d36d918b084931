// The suite in a runtime with a console: Node, Deno, Bun, a page.

import { compileCore, tell } from './tell.js'

// Not awaited at the top level, which bundles for classic scripts can't do.
tell(compileCore(), console.log).catch(console.error)
