// A small pretty printer: groups stay on one line where they fit, else break at
// their lines. Enough to give generated code the form that a formatter would.

const WIDTH = 110

export type Doc =
  | string
  | readonly Doc[]
  | { readonly group: Doc }
  | { readonly indent: Doc }
  /** Nothing or a space when flat, a new line when broken. */
  | { readonly line: '' | ' ' }
  /** Only when broken. */
  | { readonly broken: string }

export const line: Doc = { line: ' ' }
export const softLine: Doc = { line: '' }
export const group = (...parts: Doc[]): Doc => ({ group: parts })
export const indent = (...parts: Doc[]): Doc => ({ indent: parts })

export function join(separator: Doc, parts: readonly Doc[]): Doc[] {
  return parts.flatMap((part, index) => (index === 0 ? [part] : [separator, part]))
}

/** `open item, item close`, or one item a line with a comma behind the last. */
export function list(open: string, items: readonly Doc[], close: string, space: '' | ' ' = ''): Doc {
  if (items.length === 0) return open + close
  const edge: Doc = { line: space }
  return group(open, indent(edge, join([',', line], items)), { broken: ',' }, edge, close)
}

export function call(name: string, ...args: Doc[]): Doc {
  return list(`${name}(`, args, ')')
}

export function object(members: readonly Doc[]): Doc {
  return list('{', members, '}', ' ')
}

export function ternary(test: Doc, yes: Doc, no: Doc): Doc {
  return group(test, indent(line, '? ', indent(yes), line, ': ', indent(no)))
}

/** `name: value`, the value on a line of its own if it is a broken ternary. */
export function property(name: string, value: Doc, isTernary: boolean): Doc {
  return isTernary ? group(`${name}:`, indent(line, value)) : [`${name}: `, value]
}

function flat(doc: Doc): string {
  if (typeof doc === 'string') return doc
  if (Array.isArray(doc)) return doc.map(flat).join('')
  if ('group' in doc) return flat(doc.group)
  if ('indent' in doc) return flat(doc.indent)
  return 'line' in doc ? doc.line : ''
}

/** Text of a document that starts at this indentation; `tail` characters follow on its last line. */
export function print(doc: Doc, indentation = 0, tail = 0): string {
  let text = ''
  // Known at each step: to search what is written for its last line would make long lists quadratic.
  let lineStart = 0
  const put = (part: string): void => {
    const last = part.lastIndexOf('\n')
    if (last >= 0) lineStart = text.length + last + 1
    text += part
  }
  const write = (part: Doc, depth: number, behind: number): void => {
    if (typeof part === 'string') put(part)
    else if ('group' in part) {
      const short = flat(part.group)
      const fits = !short.includes('\n') && text.length - lineStart + short.length + behind <= WIDTH
      if (fits) put(short)
      else write(part.group, depth, behind)
    } else if ('indent' in part) write(part.indent, depth + 2, behind)
    else if ('line' in part) put(`\n${' '.repeat(depth)}`)
    else if ('broken' in part) put(part.broken)
    else {
      part.forEach((one, index) => {
        // What must fit behind a group: all until the next place to break.
        write(one, depth, untilLine(part, index + 1, behind))
      })
    }
  }
  put(' '.repeat(indentation))
  write(doc, indentation, tail)
  return text
}

/** Characters that follow on the same line, from this part on. */
function untilLine(parts: readonly Doc[], from: number, behind: number): number {
  let length = 0
  for (let index = from; index < parts.length; index++) {
    const found = beforeLine(parts[index]!)
    length += found.length
    if (found.ends) return length
  }
  return length + behind
}

function beforeLine(doc: Doc): { length: number; ends: boolean } {
  if (typeof doc === 'string') return { length: doc.length, ends: false }
  if (Array.isArray(doc)) {
    let length = 0
    for (const part of doc) {
      const found = beforeLine(part)
      length += found.length
      if (found.ends) return { length, ends: true }
    }
    return { length, ends: false }
  }
  if ('indent' in doc) return beforeLine(doc.indent)
  if ('line' in doc) return { length: 0, ends: true }
  if ('broken' in doc) return { length: doc.broken.length, ends: false }
  return { length: flat(doc).length, ends: false }
}
