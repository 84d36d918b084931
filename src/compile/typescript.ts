// IR -> the text of a TypeScript module: types, decoder, encoder, template table.

import type { HeaderMember, Template } from '../schema.js'
import type { SchemaIr } from './ir.js'
import { call, type Doc, indent, join, line, list, object, print, softLine } from './print.js'
import { templateOf } from './table.js'
import { comment, commentText, literal, quote } from './text.js'
import { DecodeWriter, nameOfEnum } from './typescript-decode.js'
import { EncodeWriter, valueOfEnum } from './typescript-encode.js'
import {
  columnsType,
  compositeType,
  enumType,
  eventTypes,
  kindNumbers,
  observerType,
  setType,
  unions,
} from './typescript-types.js'
import { VERSION } from './version.js'

export interface ImportFrom {
  /** Module that has the types `ObserverBase`, `Schema` and `Template`. */
  readonly schema: string
  /** Module of the functions that generated code calls. */
  readonly wire: string
}

const PARAMETERS = ['template: number', 'view: DataView', 'at: number', 'streamId: string', 'slot: number']

function signature(name: string, parameters: readonly string[], result: string): string {
  return print(list(`function ${name}(`, parameters, `): ${result} {`))
}

function dispatchFunctions(schema: SchemaIr): string {
  const decoded = (name: string): Doc =>
    call(`decode${name}`, 'view', 'record.at', 'ids[record.slot]!', 'record.slot')
  const loops = schema.messages.map(
    ({ name, method }) =>
      `${signature(`each${name}`, ['observer: Partial<Observer>', 'record: RecordInHand'], 'unknown')}
  const { view, ids } = record
  for (let calls = 1; ; calls++) {
${print(['const result = ', call(`observer.${method}?.`, decoded(name))], 4)}
    if (result !== undefined || !record.next()) {
      record.calls = calls
      return result
    }
  }
}
`,
  )
  // A call that no compiler inlines: each loop is compiled by itself, with all that it calls in it.
  const table = list(
    'const loops = [',
    schema.messages.map(({ name }) => `each${name}`),
    ']',
  )
  const decoders = list(
    'const decoders = [',
    schema.messages.map(({ name }) => `decode${name}`),
    ']',
  )
  return [
    ...loops,
    `${print(table)}\n`,
    `${signature('dispatch', ['observer: Partial<Observer>', 'template: number', 'record: RecordInHand'], 'unknown')}\n  return loops[template]!(observer, record)\n}\n`,
    `${print(decoders)}\n`,
    `${signature('decode', PARAMETERS, 'Event')}\n${print(['const decoder = ', 'decoders[template]'], 2)}\n  if (decoder === undefined) throw new RangeError(\`template \${template}: ${schema.name} has ${schema.messages.length}\`)\n  return decoder(view, at, streamId, slot)\n}\n`,
  ].join('\n')
}

function member(name: string, { offset, width }: HeaderMember): Doc {
  return [`${name}: `, object([`offset: ${offset}`, `width: ${width}`])]
}

function record(value: object): Doc {
  return object(
    Object.entries(value).map(([key, one]: [string, unknown]) => {
      return `${key}: ${literal(one as string | number | bigint | boolean)}`
    }),
  )
}

/** One a line if there are several, as formatters have it. */
function records(values: readonly object[]): Doc {
  if (values.length < 2) return list('[', values.map(record), ']')
  return ['[', indent(softLine, join([',', line], values.map(record))), ',', softLine, ']']
}

function templateText(template: Template): string {
  const { id, event, method, blockLength, required, checks, numbers, data, key, role } = template
  const members: Doc[] = [
    `id: ${id}`,
    `event: ${quote(event)}`,
    `method: ${quote(method)}`,
    `blockLength: ${blockLength}`,
    ['required: ', records(required)],
    ['checks: ', records(checks)],
    ['numbers: ', records(numbers)],
    ['data: ', records(data)],
    `key: ${key}`,
    `role: ${quote(role)}`,
  ]
  return `  {\n${members.map((one) => `${print(one, 4, 1)},\n`).join('')}  },\n`
}

function schemaObject(schema: SchemaIr): string {
  const { layout } = schema.header
  const header = [
    `bytes: ${layout.bytes}`,
    member('blockLength', layout.blockLength),
    member('templateId', layout.templateId),
    member('schemaId', layout.schemaId),
    member('version', layout.version),
  ]
  return (
    comment(0, [commentText(schema.description) || `The schema ${schema.name}.`]) +
    `export const ${schema.name}: Schema<Event, Observer, Input> = {\n` +
    `  name: ${quote(schema.name)},\n  id: ${schema.id},\n  version: ${schema.version},\n` +
    `  header: {\n${header.map((one) => `${print(one, 4, 1)},\n`).join('')}  },\n` +
    '  templates,\n  dispatch,\n  decode,\n  encode,\n}\n'
  )
}

/** The whole module. `sources`: what line 1 names. */
export function writeTypeScript(schema: SchemaIr, sources: readonly string[], from: ImportFrom): string {
  const used = new Set<string>(['unknownEvent'])
  const uses = (name: string): void => {
    used.add(name)
  }
  const decoder = new DecodeWriter(schema.header, uses)
  const encoder = new EncodeWriter(schema.header, uses)
  const functions = [
    ...schema.enums.flatMap((type) => [nameOfEnum(type), valueOfEnum(type, uses)]),
    ...schema.messages.flatMap((message) => [decoder.message(message), encoder.message(message)]),
    dispatchFunctions(schema),
    encoder.entry(schema),
  ]
  const imports = list('import {', [...used].sort(), `} from ${quote(from.wire)}`, ' ')
  const parts = [
    `import type { EventBatch, ObserverBase, RecordInHand, Schema, Template } from ${quote(from.schema)}\n${print(imports)}\n`,
    ...schema.enums.map(enumType),
    ...schema.sets.map(setType),
    ...schema.composites.map(compositeType),
    ...schema.messages.map(eventTypes),
    unions(schema),
    kindNumbers(schema),
    columnsType(schema),
    observerType(schema),
    ...functions,
    `const templates: readonly Template[] = [\n${schema.messages.map((one) => templateText(templateOf(one))).join('')}]\n`,
    schemaObject(schema),
  ]
  const names = sources.map((source) => commentText(source).replace(/^.*[/\\]/, ''))
  return `// Generated by shardwire ${VERSION} from ${names.join(' and ')}; not to edit.\n\n${parts.join('\n')}`
}
