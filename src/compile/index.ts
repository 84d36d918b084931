// The schema compiler: text in, text out; reading and writing files is the caller's.

import type { AnySchema } from '../schema.js'
import { interpretIr } from './interpret.js'
import type { SchemaIr } from './ir.js'
import { type CompileInput, resolveSchema } from './resolve.js'
import { type ImportFrom, writeTypeScript } from './typescript.js'

export type { SchemaIr } from './ir.js'
export type { CompileInput } from './resolve.js'
export { SchemaError } from './schema-error.js'
export type { ImportFrom } from './typescript.js'

/** Where users' generated modules find what they import. */
const PACKAGE: ImportFrom = { schema: 'shardwire', wire: 'shardwire/wire' }

export interface CompileOptions extends CompileInput {
  readonly importFrom?: ImportFrom | undefined
}

export interface Compiled {
  readonly ir: SchemaIr
  /** A TypeScript module that exports the schema object, event and input types and `Observer`. */
  readonly typescript: string
}

/**
 * Compiles a schema to TypeScript.
 * @throws SchemaError `schema-invalid`, `schema-unsupported`, `routing-invalid`
 */
export function compileSchema(options: CompileOptions): Compiled {
  const ir = resolveSchema(options)
  const sources = [options.xmlPath]
  if (options.routing !== undefined) sources.push(options.routingPath ?? 'its routing file')
  return { ir, typescript: writeTypeScript(ir, sources, options.importFrom ?? PACKAGE) }
}

/**
 * A schema object without generated code, for tools that meet a schema at run time:
 * the same events and bytes, slower.
 * @throws SchemaError as `compileSchema`
 */
export function interpretSchema(options: CompileInput): AnySchema {
  return interpretIr(resolveSchema(options))
}
