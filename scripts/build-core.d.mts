/** Limit of the binary, bytes. */
export const MAX_CORE_BYTES: number
/** What is wrong with a core binary; empty when nothing is. */
export function coreFaults(bytes: Uint8Array): string[]
/** Bytes as the text that src/wasm.ts reads, and its alphabet. */
export function asText(bytes: Uint8Array): { letters: string; text: string }
/** Compiles assembly/ and writes src/core-binary.ts; gives the binary's bytes. */
export function buildCore(): number
