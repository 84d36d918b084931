// A sample of generated modules through TypeScript's own compiler, all in one run at the
// end, since starting it takes as long as a hundred schemas.

import { execFile } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { FuzzFailure } from '../failure.js'
import { ROOT, written } from '../places.js'

/** As strict as a user may be. */
const OPTIONS = {
  ...{ target: 'es2022', lib: ['es2022'], types: [], module: 'nodenext', moduleResolution: 'nodenext' },
  ...{ strict: true, noEmit: true, skipLibCheck: true, isolatedModules: true, verbatimModuleSyntax: true },
  ...{ erasableSyntaxOnly: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
  ...{ noImplicitOverride: true, noFallthroughCasesInSwitch: true, noImplicitReturns: true },
}

export class TypeChecks {
  readonly #folder: string
  readonly #inputs = new Map<string, number | string>()

  constructor(job: number) {
    this.#folder = written(`types-${job}`)
    rmSync(this.#folder, { recursive: true, force: true })
    written(`types-${job}`)
  }

  /** @param typescript as users have it, with the package's imports */
  add(input: number | string, typescript: string): void {
    const name = `sample-${this.#inputs.size}.ts`
    const source = (path: string): string => `'../../../dist/${path}.js'`
    // Only the two lines of imports at the top: names in the text stay.
    const text = typescript
      .replace(/ from 'shardwire'$/m, ` from ${source('schema')}`)
      .replace(/ from 'shardwire\/wire'$/m, ` from ${source('wire')}`)
    writeFileSync(join(this.#folder, name), text)
    this.#inputs.set(name, input)
  }

  /** @throws FuzzFailure `type-checks` */
  async run(): Promise<void> {
    if (this.#inputs.size === 0) return
    const project = join(this.#folder, 'tsconfig.json')
    writeFileSync(project, JSON.stringify({ compilerOptions: OPTIONS, files: [...this.#inputs.keys()] }))
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
    try {
      await promisify(execFile)(process.execPath, [tsc, '-p', project, '--pretty', 'false'], {
        cwd: this.#folder,
      })
    } catch (error) {
      const { stdout = '', message } = error as Error & { stdout?: string }
      const first = /(sample-\d+\.ts)/.exec(stdout)?.[1]
      const input = first === undefined ? undefined : this.#inputs.get(first)
      const facts = { got: stdout === '' ? message : stdout, file: first && join(this.#folder, first) }
      const failure = new FuzzFailure('type-checks', 'TypeScript refuses generated code', facts)
      failure.input = input
      throw failure
    }
  }
}
