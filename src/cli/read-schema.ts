// --schema and --routing: the schema that a recording's frames are read by.

import { mtg } from '../mtg/index.js'
import type { AnySchema } from '../schema.js'
import { type Arguments, badUsage, type Flags } from './flags.js'

export const SCHEMA_FLAGS: Flags = { schema: { type: 'string' }, routing: { type: 'string' } }

/** @throws Failure when the schema can't be read or is refused */
export async function schemaOf(command: string, given: Arguments): Promise<AnySchema> {
  const path = given.text('schema')
  const routing = given.text('routing')
  if (path !== undefined) {
    const { readSchema } = await import('./compiler.js')
    return readSchema(path, routing)
  }
  if (routing !== undefined) throw badUsage(command, '--routing needs --schema, the file that it belongs to')
  return mtg
}
