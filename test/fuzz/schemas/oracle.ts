// What must hold of any schema text and routing text, whatever they are: refused with a
// typed error, or compiled to code that is well-formed, keeps the schema's text in its
// place, and does what the interpreter does.

import { isDeepStrictEqual } from 'node:util'
import { compileSchema, interpretSchema, SchemaError } from '../../../src/compile/index.js'
import { type Decoder, makeDecoder } from '../../../src/decoder.js'
import { EncodeError } from '../../../src/errors.js'
import type { AnySchema } from '../../../src/schema.js'
import { coreModule } from '../../../src/wasm.js'
import type { Random } from '../../mutate.js'
import { FuzzFailure } from '../failure.js'
import { frameOf } from '../frames/any-frame.js'
import { evaluate, toJavaScript } from './evaluate.js'
import type { SchemaCase } from './mutate-schema.js'
import { MARK } from './odd.js'

const CODES = ['schema-invalid', 'schema-unsupported', 'routing-invalid']
const XML_PATH = 'fuzz.xml'
const ROUTING_PATH = 'fuzz.routing.json'
/** Characters of a message: it quotes a few names of 200 and lists alternatives. */
const MOST_MESSAGE = 2_000
/** Characters of generated text for each of the schema's, and for any schema: 65,536 fields, each some lines. */
const MOST_GROWTH = 400
const LEAST_GROWTH = 33_554_432
/** What deceives where code is read: the controls of bidirectional text, and marks that nobody sees. */
const UNSEEN = '\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff'
/** C0 but for the line feed, DEL, C1. */
const CONTROL = '\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f'
const CONTROLS = new RegExp(`[${CONTROL}${UNSEEN}]`)
/** Not those with code in them. */
const STRINGS = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\$]|\\.)*`/g
const FRAMES = 12
const FRAMING_BYTES = 6
const MOST_FRAME = 65_536

const PROTOTYPES = [Object, Array, Function, String, Number, Map, Set, RegExp, Promise].map(
  ({ prototype }) => prototype as object,
)
const keysOf = (): string => PROTOTYPES.map((one) => Reflect.ownKeys(one).map(String).join()).join(';')
const KEYS = keysOf()

/** A result, or the SchemaError in its place. @throws FuzzFailure for any other */
function attempt<T>(run: () => T): T | SchemaError {
  let result: T | SchemaError
  try {
    result = run()
  } catch (error) {
    if (!(error instanceof SchemaError)) {
      const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
      throw new FuzzFailure('typed-error', `the compiler throws ${what}`, {}, { cause: error })
    }
    result = error
  }
  if (keysOf() !== KEYS) throw new FuzzFailure('prototypes', 'a prototype has other keys than before')
  return result
}

/** The mark as a word: the schema's own name is made of its package's, and may have it as a part. */
const CODE = new RegExp(`\\b${MARK}\\b`)
/** Names are code, and a mutated one, or the package's, may be the mark itself. */
const DECLARED = new RegExp(`^(?:export (?:const|interface|type) |  (?:readonly )?)${MARK}\\b`, 'm')

function assertRefusal(error: SchemaError): void {
  const { code, message } = error
  const where = [XML_PATH, ROUTING_PATH].some((path) => message.startsWith(`${path}:`))
  if (!CODES.includes(code) || !where) {
    throw new FuzzFailure('typed-error', 'the error has no known code, or says no place', { code, message })
  }
  if (message.length > MOST_MESSAGE) {
    throw new FuzzFailure('bounded-output', `the message has ${message.length} characters`, { message })
  }
}

/** @throws FuzzFailure generated code is too long, deceives, isn't well-formed, or holds text of the schema as code */
export async function assertText({ xml, routing = '' }: SchemaCase, typescript: string): Promise<string> {
  const most = LEAST_GROWTH + MOST_GROWTH * (xml.length + routing.length)
  if (typescript.length > most) {
    throw new FuzzFailure('bounded-output', 'generated code is too long', {
      expected: most,
      got: typescript.length,
    })
  }
  const control = CONTROLS.exec(typescript)
  if (control !== null) {
    const near = JSON.stringify(typescript.slice(Math.max(0, control.index - 40), control.index + 10))
    throw new FuzzFailure('no-control-characters', 'generated code holds one', {
      got: near,
      code: control[0].charCodeAt(0),
    })
  }
  const javascript = await toJavaScript(typescript)
  if (CODE.test(javascript.replace(STRINGS, '')) && !DECLARED.test(typescript))
    throw new FuzzFailure('no-injection', 'text of the schema has become code')
  return javascript
}

const decoderOf = (schema: AnySchema): Decoder<AnySchema> =>
  makeDecoder(coreModule, schema, { maxFrameBytes: MOST_FRAME })

/** Events, and errors in their places. */
const decodedBy = (decoder: Decoder<AnySchema>, frame: Uint8Array): unknown[] =>
  decoder.decode(frame).map((item: unknown) => (item instanceof Error ? [item.name, item.message] : item))

/** The bytes of an event, or the error. */
function encodedBy(schema: AnySchema, event: unknown): unknown {
  const view = new DataView(new ArrayBuffer(2 * MOST_FRAME))
  try {
    const bytes = schema.encode(event, view, 0)
    return Buffer.from(view.buffer, 0, bytes).toString('hex')
  } catch (error) {
    if (error instanceof EncodeError) return [error.code, error.message]
    throw new FuzzFailure('typed-error', `encode throws ${error}`, {}, { cause: error })
  }
}

/** Generated code beside the interpreter: tables, events, bytes. */
function assertSame(generated: AnySchema, interpreted: AnySchema, random: Random): void {
  for (const name of ['name', 'id', 'version', 'header', 'templates'] as const) {
    if (!isDeepStrictEqual(generated[name], interpreted[name])) {
      throw new FuzzFailure('same-tables', name, { expected: interpreted[name], got: generated[name] })
    }
  }
  const [clear, made] = [decoderOf(interpreted), decoderOf(generated)]
  for (let left = FRAMES; left > 0; left--) {
    const frame = frameOf(interpreted, random)
    if (frame.length > MOST_FRAME) continue
    const expected = decodedBy(clear, frame)
    const got = decodedBy(made, frame)
    const facts = { frame: frame.toString('hex').slice(0, 600), expected, got }
    if (!isDeepStrictEqual(expected, got)) throw new FuzzFailure('same-events', 'a frame', facts)
    for (const event of expected) {
      if (Array.isArray(event)) continue
      const [one, other] = [encodedBy(interpreted, event), encodedBy(generated, event)]
      if (!isDeepStrictEqual(one, other))
        throw new FuzzFailure('same-events', 'an encoded event', { event, expected: one, got: other })
      const isEncoded = typeof one === 'string' && one.length / 2 + FRAMING_BYTES <= MOST_FRAME
      if (isEncoded && !canBeRead(one, clear, made))
        throw new FuzzFailure('same-events', 'what was encoded is rejected', { event, got: one })
    }
  }
}

/** Whether an encoded message is a frame that the core accepts. */
function canBeRead(hex: string, ...decoders: readonly Decoder<AnySchema>[]): boolean {
  const frame = Buffer.concat([Buffer.alloc(FRAMING_BYTES), Buffer.from(hex, 'hex')])
  frame.writeUInt32BE(frame.length, 0)
  frame.writeUInt16BE(0xeb50, 4)
  // Both have read the same frames, so that slots and frame numbers stay the same.
  return decoders
    .map((one) => decodedBy(one, frame))
    .every((items) => items.every((item) => !Array.isArray(item)))
}

/**
 * @param runs whether generated code is run, too, which takes longer
 * @returns the generated text; `undefined`: the schema is refused
 * @throws whatever is found wrong
 */
export async function checkSchema(
  tried: SchemaCase,
  random: Random,
  runs: boolean,
): Promise<string | undefined> {
  const input = { xmlPath: XML_PATH, xml: tried.xml, routingPath: ROUTING_PATH, routing: tried.routing }
  const compiled = attempt(() => compileSchema(input))
  const interpreted = attempt(() => interpretSchema(input))
  if (compiled instanceof SchemaError) {
    assertRefusal(compiled)
    const same = interpreted instanceof SchemaError && interpreted.message === compiled.message
    if (!same)
      throw new FuzzFailure('same-tables', 'the interpreter takes what the compiler refuses', {
        message: compiled.message,
      })
    return undefined
  }
  if (interpreted instanceof SchemaError) {
    throw new FuzzFailure('same-tables', 'the interpreter refuses what the compiler takes', {
      message: interpreted.message,
    })
  }
  const javascript = await assertText(tried, compiled.typescript)
  if (runs) assertSame(evaluate(javascript, compiled.ir.name), interpreted, random)
  return compiled.typescript
}
