// The schema compiler over files. Loaded only when a schema is: it needs saxes,
// which users who read mtg's frames don't have to install.

import { createReadStream, existsSync } from 'node:fs'
import type { CompileInput } from '../compile/index.js'
import type { AnySchema } from '../schema.js'
import { cannot, codeOf, failed } from './failure.js'

type Compiler = typeof import('../compile/index.js')

/** Bytes of a schema's or routing file: more characters than are read of a schema can't be in so many. */
const MAX_TEXT_BYTES = 33_554_432

async function loadCompiler(): Promise<Compiler> {
  try {
    return await import('../compile/index.js')
  } catch (error) {
    const isMissing = codeOf(error) === 'ERR_MODULE_NOT_FOUND' && String(error).includes("'saxes'")
    if (!isMissing) throw error
    throw failed('reading a schema needs the package saxes, which is not installed; run npm install saxes')
  }
}

async function readText(path: string): Promise<string> {
  const chunks: Uint8Array[] = []
  try {
    // Piece by piece, since what isn't a plain file, /dev/zero say, may have no end.
    for await (const chunk of createReadStream(path, { end: MAX_TEXT_BYTES }))
      chunks.push(chunk as Uint8Array)
  } catch (error) {
    throw cannot('read', path, error)
  }
  const bytes = Buffer.concat(chunks)
  if (bytes.length > MAX_TEXT_BYTES) {
    throw failed(`cannot read ${path}: it is longer than ${MAX_TEXT_BYTES} bytes; give the schema's file`)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw failed(`cannot read ${path}: it isn't text in UTF-8; give the schema's file, or save it as UTF-8`)
  }
}

/** The routing file that belongs to a schema, if there is one: FILE.routing.json beside FILE.xml. */
async function readBeside(xmlPath: string): Promise<Pick<CompileInput, 'routingPath' | 'routing'>> {
  const routingPath = `${xmlPath.replace(/\.xml$/i, '')}.routing.json`
  return existsSync(routingPath) ? { routingPath, routing: await readText(routingPath) } : {}
}

async function readInput(xmlPath: string, routingPath: string | undefined): Promise<CompileInput> {
  const xml = await readText(xmlPath)
  if (routingPath === undefined) return { xmlPath, xml, ...(await readBeside(xmlPath)) }
  return { xmlPath, xml, routingPath, routing: await readText(routingPath) }
}

/** A schema to read frames by. @throws Failure, SchemaError */
export async function readSchema(path: string, routing: string | undefined): Promise<AnySchema> {
  const { interpretSchema } = await loadCompiler()
  return interpretSchema(await readInput(path, routing))
}

/** A schema as TypeScript, and whether any of its messages has a key. @throws Failure, SchemaError */
export async function compileFile(
  path: string,
  routing: string | undefined,
): Promise<{ typescript: string; isKeyed: boolean }> {
  const { compileSchema } = await loadCompiler()
  const { ir, typescript } = compileSchema(await readInput(path, routing))
  return { typescript, isKeyed: ir.messages.some(({ key }) => key >= 0) }
}
