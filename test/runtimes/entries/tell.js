// What every entry does with the suite: runs it, and tells each case's outcome in a line
// of its own. The last line says that this was all of them; `../outcome.mjs` reads them.

import { coreBase64, framesBase64, shards } from './given.js'
import { run } from './suite/runtimes/suite/index.js'

export function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
}

/** For platforms that compile WebAssembly from bytes. */
export function compileCore() {
  return new WebAssembly.Module(bytesOf(coreBase64))
}

/**
 * @param core the package's core.wasm, compiled
 * @param say takes a line
 */
export async function tell(core, say) {
  const recording = { frames: bytesOf(framesBase64), shards: Array.from(shards, Number) }
  const report = (name, message) => say(`shardwire-case ${JSON.stringify({ name, message })}`)
  await run({ recording, core }, report)
  say('shardwire-end')
}
