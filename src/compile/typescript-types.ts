// IR -> declarations: constants, event and input types, the Observer interface.

import { columnTypes } from '../columns.js'
import type { CompositeIr, DataIr, EnumIr, FieldIr, MessageIr, SchemaIr, SetIr } from './ir.js'
import { templateOf } from './table.js'
import { aboutField, comment, commentText, literal, quote, typeOf } from './text.js'

const WIDTH = 110

/** `name = a | b`, one a line where that is too long. */
function union(name: string, members: readonly string[]): string {
  const short = `export type ${name} = ${members.join(' | ')}\n`
  if (short.length - 1 <= WIDTH) return short
  return `export type ${name} =\n${members.map((member) => `  | ${member}\n`).join('')}`
}

export function enumType(type: EnumIr): string {
  const names = type.values.map(({ name, description }) => {
    return description === '' ? '' : `- \`${name}\` ${commentText(description)}`
  })
  const raw = type.primitive.endsWith('64') ? 'bigint' : 'number'
  return (
    comment(0, [
      commentText(type.description),
      ...names,
      "Values that this schema doesn't name are given as they are.",
    ]) + union(type.name, [...type.values.map(({ name }) => quote(name)), raw])
  )
}

export function setType(type: SetIr): string {
  const raw = type.primitive.endsWith('64') ? 'bigint' : 'number'
  const choices = type.choices.map(({ name, value, description }) => {
    return `${comment(2, [commentText(description)])}  ${name}: ${literal(value)},\n`
  })
  const body = choices.length === 0 ? '{}' : `{\n${choices.join('')}}`
  return (
    comment(0, [commentText(type.description), `Bits: \`value & ${type.name}.…\`.`]) +
    `export const ${type.name} = ${body} as const\nexport type ${type.name} = ${raw}\n`
  )
}

function fieldType(field: FieldIr, isInput: boolean): string {
  const isConstant = field.encoding.kind === 'constant'
  const nullable = isInput ? field.optional : field.optional || field.sinceVersion > 0
  const own = typeOf(field.encoding, isInput) + (nullable && !isConstant ? ' | null' : '')
  const mayMiss = isInput && (field.optional || isConstant)
  return `  readonly ${field.name}${mayMiss ? '?' : ''}: ${own}${mayMiss ? ' | undefined' : ''}\n`
}

function dataType(data: DataIr, isInput: boolean, isKeyless: boolean): string {
  const own = data.charset === undefined ? 'Uint8Array' : 'string'
  const mayMiss = isInput && (data.optional || isKeyless)
  return `  readonly ${data.name}${mayMiss ? '?' : ''}: ${own}${mayMiss ? ' | null | undefined' : ''}\n`
}

function aboutData(data: DataIr): string {
  const unit =
    data.charset === undefined ? `at most ${data.maxLength} bytes` : `text, at most ${data.maxLength} bytes`
  const description = commentText(data.description).replace(/[.\s]+$/, '')
  return description === '' ? unit : `${description} (${unit})`
}

export function compositeType(type: CompositeIr): string {
  const member = (field: FieldIr, isInput: boolean): string =>
    (isInput ? '' : comment(2, [aboutField(field)])) + fieldType(field, isInput)
  const fields = type.members.map((field) => member(field, false)).join('')
  const inputs = type.members.map((field) => member(field, true)).join('')
  return (
    `${comment(0, [commentText(type.description)])}export interface ${type.name} {\n${fields}}\n\n` +
    `/** What an encoder takes for ${type.name}. */\nexport interface ${type.name}Input {\n${inputs}}\n`
  )
}

/** What a message is about, and a line a field: editors show it for a method and its parameter's type. */
function aboutMessage(message: MessageIr): string[] {
  const key = message.key === -1 ? undefined : message.data[message.key]
  const lines = [commentText(message.description)]
  const roles = { opens: 'Opens its stream.', ends: 'Ends its stream.', none: '' }
  lines.push(roles[message.role])
  if (key !== undefined) lines.push(`- \`streamId\` ${aboutData(key)}`)
  for (const field of message.fields) lines.push(`- \`${field.name}\` ${aboutField(field)}`)
  for (const data of message.data) if (data !== key) lines.push(`- \`${data.name}\` ${aboutData(data)}`)
  return lines
}

export function eventTypes(message: MessageIr): string {
  const { name } = message
  const key = message.key === -1 ? undefined : message.data[message.key]
  const others = message.data.filter((data) => data !== key)
  let text = `${comment(0, aboutMessage(message))}export interface ${name} {\n  readonly event: ${quote(name)}\n`
  text += comment(2, [
    key === undefined
      ? "Always `''`: this message has no key"
      : `${aboutData(key)}; \`''\` when there is none`,
  ])
  text += '  readonly streamId: string\n'
  text += comment(2, ["The live stream's number in its shard, from 1; 0 without a stream ID"])
  text += '  readonly slot: number\n'
  for (const field of message.fields) text += comment(2, [aboutField(field)]) + fieldType(field, false)
  for (const data of others) text += comment(2, [aboutData(data)]) + dataType(data, false, false)
  text += `}\n\n/** What an encoder takes for ${name}${hasMilliseconds(message) ? '; a bigint is nanoseconds' : ''}. */\n`
  text += `export interface ${name}Input {\n  readonly event: ${quote(name)}\n`
  text +=
    key === undefined
      ? '  readonly streamId?: string | null | undefined\n'
      : dataType(key, true, message.keyless)
  for (const field of message.fields) text += fieldType(field, true)
  for (const data of others) text += dataType(data, true, false)
  return `${text}}\n`
}

function hasMilliseconds(message: MessageIr): boolean {
  return message.fields.some((field) => field.encoding.kind === 'milliseconds')
}

export function unions(schema: SchemaIr): string {
  const names = schema.messages.map((message) => message.name)
  return (
    `/** Any event; \`event\` says which. */\n${union('Event', names)}\n` +
    `/** Anything that \`encode\` and \`send\` take. */\n${union(
      'Input',
      names.map((name) => `${name}Input`),
    )}`
  )
}

/** `batch.kind` in words. */
export function kindNumbers(schema: SchemaIr): string {
  const members = schema.messages.map(({ name }, index) => `  ${name}: ${index},\n`)
  return (
    comment(0, ['Which event a row of a batch is: its number in `kind`.']) +
    `export const kinds = {\n${members.join('')}} as const\n`
  )
}

/** A column for each number that some event has. */
export function columnsType(schema: SchemaIr): string {
  const abouts = new Map(
    schema.messages.flatMap(({ fields }) => fields).map((field) => [field.name, aboutField(field)]),
  )
  const columns = Array.from(columnTypes(schema.messages.map(templateOf)), ([name, type]) => {
    const key = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? name : quote(name)
    return `${comment(2, [abouts.get(name) ?? ''])}  readonly ${key}: ${type}\n`
  })
  const about =
    'What `fields` of a batch holds, by row: numbers as events have them, or raw; 0 where there is no such field.'
  const body = columns.length === 0 ? '{}' : `{\n${columns.join('')}}`
  return `${comment(0, [about])}export interface Columns ${body}\n`
}

export function observerType(schema: SchemaIr): string {
  const methods = schema.messages.map((message) => {
    return `${comment(2, aboutMessage(message))}  ${message.method}(event: ${message.name}): unknown\n`
  })
  return (
    '/** One method an event; a promise that one returns is awaited before the next call. */\n' +
    `export interface Observer extends ObserverBase {\n${methods.join('\n')}\n` +
    comment(2, [
      'Instead of all the others: many events in one call. A promise is awaited before the next one.',
    ]) +
    '  eventBatch?(batch: EventBatch<Event, Columns>): unknown\n}\n'
  )
}
