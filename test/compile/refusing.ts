// Schemas that are refused, and what has to be said of them. A `^` in a line of XML marks the
// column that the error must name in the line above.

import { expect } from 'vitest'
import { compileSchema, SchemaError } from '../../src/compile/index.js'

export const HEAD = '<messageSchema package="p" id="1" version="2">'

/** Takes the marked position out of a text. */
export function unmark(marked: string): { text: string; line: number; column: number } {
  const lines: string[] = []
  let at = { line: 0, column: 0 }
  for (const line of marked.split('\n')) {
    if (/^ *\^$/.test(line)) at = { line: lines.length, column: line.length }
    else lines.push(line)
  }
  return { text: lines.join('\n'), ...at }
}

export function refusal(xml: string, routing?: string): SchemaError {
  try {
    compileSchema({
      xmlPath: 'a.xml',
      xml,
      ...(routing === undefined ? {} : { routingPath: 'a.json', routing }),
    })
  } catch (error) {
    if (error instanceof SchemaError) return error
    throw error
  }
  throw new Error('it was not refused')
}

export function check(marked: string, message: RegExp, code: string, routing?: string): void {
  const { text, line, column } = unmark(marked)
  const error = refusal(text, routing)
  expect(error.message).toMatch(message)
  expect({ code: error.code, file: error.file, line: error.line, column: error.column }).toEqual({
    code,
    file: 'a.xml',
    line,
    column,
  })
  expect(error.message.startsWith(`a.xml:${line}:${column}: `)).toBe(true)
}

export const inTypes = (types: string, field = ''): string => `${HEAD}
<types>
${types}
</types>
<message name="M" id="1">${field}</message>
</messageSchema>`

export const inMessage = (content: string): string => `${HEAD}
<types><composite name="text">
<type name="length" primitiveType="uint8"/><type name="varData" primitiveType="uint8" length="0" characterEncoding="UTF-8"/>
</composite><composite name="raw"><type name="length" primitiveType="uint8"/><type name="varData" primitiveType="uint8" length="0"/></composite>
<enum name="E" encodingType="uint8"><validValue name="A">1</validValue></enum></types>
<message name="M" id="1">
${content}
</message>
</messageSchema>`
