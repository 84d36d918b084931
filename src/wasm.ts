// The core's binary, compiled once a realm, at first use.

import { coreLetters, coreText } from './core-binary.js'
import type { CoreModule } from './platform-types.js'

let compiled: WebAssembly.Module | undefined

/** Bytes from the text that `asText` of scripts/build-core.mjs makes; it says there what the text means. */
export function fromText(text: string, letters: string): Uint8Array<ArrayBuffer> {
  // A plain loop over a table: this runs once, before anything is compiled, and is in everybody's start-up.
  const values = new Uint8Array(128)
  for (let value = 0; value < letters.length; value++) values[letters.charCodeAt(value)] = value
  const bytes = new Uint8Array(text.length)
  let length = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    // { is 123, | is 124, ~ is 126; } is a letter.
    if (code < 123 || code === 125) bytes[length++] = values[code]!
    else bytes[length - 1]! += letters.length * Math.min(code - 122, 3)
  }
  return bytes.slice(0, length)
}

/** The core as a compiled module. */
export function coreModule(): CoreModule {
  compiled ??= new WebAssembly.Module(fromText(coreText, coreLetters))
  return compiled
}
