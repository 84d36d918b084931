// The core's binary, compiled once a realm, at first use.

import type { CoreModule } from './core.js'
import { coreLetters, coreText } from './core-binary.js'

let compiled: WebAssembly.Module | undefined

/** Bytes from the text that `asText` of scripts/build-core.mjs makes; it says there what the text means. */
export function fromText(text: string, letters: string): Uint8Array<ArrayBuffer> {
  const pieces = text.match(/.[{|]?/g)!
  // {: 123, |: 124.
  const high = (piece: string): number => (piece.length > 1 ? piece.charCodeAt(1) - 122 : 0)
  return Uint8Array.from(pieces, (piece) => letters.indexOf(piece[0]!) + letters.length * high(piece))
}

/** The core as a compiled module. */
export function coreModule(): CoreModule {
  compiled ??= new WebAssembly.Module(fromText(coreText, coreLetters))
  return compiled
}
