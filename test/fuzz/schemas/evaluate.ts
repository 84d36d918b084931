// Generated TypeScript as a schema object: its types taken away, run with the wire
// functions of these very sources.

import { runInThisContext } from 'node:vm'
import { transform } from 'esbuild'
import type { AnySchema } from '../../../src/schema.js'
import * as wire from '../../../src/wire.js'
import { FuzzFailure } from '../failure.js'

/** The module as JavaScript without comments. @throws FuzzFailure `parses` */
export async function toJavaScript(typescript: string): Promise<string> {
  try {
    const { code } = await transform(typescript, {
      ...{ loader: 'ts', format: 'cjs', target: 'es2022', logLevel: 'silent' },
      ...{ minifyWhitespace: true, legalComments: 'none' },
    })
    return code
  } catch (error) {
    throw new FuzzFailure('parses', 'generated code is not well-formed', { got: (error as Error).message })
  }
}

/** @throws whatever the module throws */
export function evaluate(javascript: string, name: string): AnySchema {
  const module = { exports: {} as Record<string, unknown> }
  const load = runInThisContext(`(function (module, exports, require) {${javascript}\n})`) as (
    to: typeof module,
    exports: object,
    require: () => object,
  ) => void
  load(module, module.exports, () => wire)
  return module.exports[name] as AnySchema
}
