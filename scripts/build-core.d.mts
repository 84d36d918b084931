/** Limit of the binary, bytes. */
export const MAX_CORE_BYTES: number
/** What wasm-opt is called with. */
export const OPTIMIZE: readonly string[]
/** What is wrong with a core binary; empty when nothing is. */
export function coreFaults(bytes: Uint8Array): string[]
/** Bytes as the text that src/wasm.ts reads, and its alphabet. */
export function asText(bytes: Uint8Array): { letters: string; text: string }
/** Compiles assembly/ and writes src/core-binary.ts; gives the binary's bytes. */
export function buildCore(): number
/**
 * Says which build a compiled core is, checks it, and writes it where the sources in `folder` want it, the project's
 * own by default; gives the binary's bytes.
 */
export function writeCore(code: Uint8Array, folder?: string): number
