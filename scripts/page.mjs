// What `npm run size` measures: a page that routes mtg's events.

import { createRouter } from '../dist/index.js'
import { mtg } from '../dist/mtg/index.js'

globalThis.router = createRouter(mtg)
