// The suite in a Web Worker: its lines go to the page.

import { compileCore, tell } from './tell.js'

void tell(compileCore(), (line) => postMessage(line))
