// Loads the cases of test/wire/*.md: a title that states a promise, the input as hex,
// and what must come out of it. A case in a file is written so:
//
//   ## title
//   ```hex       bytes, `79*254` for a byte that many times, `#` begins a comment
//   ```ndjson    one object a line, in wire order; see `Expected`
import { readdirSync, readFileSync } from 'node:fs'
import type { Decoded, EventFields, LostReason, Reason } from '../reference.js'

/** What one line of a case expects. `offset` is that of the frame's first byte. */
export type Expected =
  | ({ readonly offset: number } & EventFields)
  | { readonly offset: number; readonly rejected: Reason }
  /** Always the last line: nothing after this frame is read. */
  | { readonly offset: number; readonly lost: LostReason }
  /** Always the last line: the input ends inside this frame, after so many bytes of it. */
  | { readonly offset: number; readonly partialBytes: number }

export interface WireCase {
  readonly file: string
  readonly title: string
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly expected: readonly Expected[]
}

const FOLDER = new URL('./', import.meta.url)
const CASE = /^## (.+)\n\n(?:[^#`].*\n\n)?```hex\n([^`]*)```\n\n```ndjson\n([^`]*)```\n/gm

/** All cases, by file name and then as they stand in it. */
export function wireCases(): WireCase[] {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.md'))
  return files.sort().flatMap((file) => parseCases(file, readFileSync(new URL(file, FOLDER), 'utf8')))
}

export function parseCases(file: string, markdown: string): WireCase[] {
  const cases = Array.from(markdown.matchAll(CASE), ([, title, hex, json]) => ({
    file,
    title: title!,
    bytes: parseHex(hex!, `${file}: ${title}`),
    expected: parseLines(json!),
  }))
  // A case that the pattern misses would be a promise that nobody checks.
  const titles = markdown.match(/^## .*/gm)?.length ?? 0
  if (cases.length !== titles) throw new Error(`${file}: ${titles} titles, but ${cases.length} whole cases`)
  return cases
}

/** What a decoder gave, in the form of the cases' expectations. */
export function expectedOf(decoded: Decoded): Expected[] {
  const lines: Expected[] = decoded.items.map((item) =>
    item.kind === 'event'
      ? { offset: item.offset, ...item.event }
      : { offset: item.offset, rejected: item.reason },
  )
  if (decoded.lost !== undefined) lines.push({ offset: decoded.lost.offset, lost: decoded.lost.reason })
  if (decoded.partialBytes > 0) {
    lines.push({ offset: decoded.consumed, partialBytes: decoded.partialBytes })
  }
  return lines
}

function parseHex(text: string, where: string): Uint8Array<ArrayBuffer> {
  const bytes: number[] = []
  for (const line of text.split('\n')) {
    for (const token of line.replace(/#.*/, '').split(/\s+/).filter(Boolean)) {
      const match = /^([0-9a-f]{2})(?:\*(\d+))?$/.exec(token)
      if (match === null) throw new Error(`${where}: "${token}" is neither a byte nor byte*count`)
      const byte = Number.parseInt(match[1]!, 16)
      for (let count = Number(match[2] ?? 1); count > 0; count--) bytes.push(byte)
    }
  }
  return new Uint8Array(bytes)
}

function parseLines(text: string): Expected[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Expected)
}
