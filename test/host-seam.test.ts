// Clock, timers, random and all else that can't be foreseen come from src/host.ts alone, so
// that a simulation decides them. The linter holds that; here it is seen to, with its own rules.

import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const biome = join(
  dirname(createRequire(import.meta.url).resolve('@biomejs/biome/package.json')),
  'bin/biome',
)

interface Override {
  readonly includes: readonly string[]
  readonly linter: { readonly rules: { readonly style: { readonly [rule: string]: unknown } } }
}
const { overrides } = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8')) as {
  overrides: readonly Override[]
}

/** The names that a rule lists. */
function denied(rule: unknown): string[] {
  const { options } = Object(rule) as { options?: { deniedGlobals: object } }
  return options === undefined ? [] : Object.keys(options.deniedGlobals)
}

/** A line each; every one is refused. Those that are written out here may not leave the list in biome.json. */
const GLOBALS = [
  'new Date()',
  'Date.now()',
  'performance.now()',
  'setTimeout(f, 1)',
  'setInterval(f, 1)',
  'setImmediate(f)',
  'clearTimeout(1)',
  'queueMicrotask(f)',
  'requestAnimationFrame(f)',
  'AbortSignal.timeout(1)',
  'AbortSignal["timeout"](1)',
  'crypto.getRandomValues(f)',
  'console.error(f)',
  'reportError(f)',
  'process.hrtime()',
  'Buffer.alloc(1)',
  'require("fs")',
  'navigator.userAgent',
  'fetch("/")',
  'new WebSocket("ws://a")',
  'new XMLHttpRequest()',
  'new EventSource("/")',
  'new Worker("/")',
  'new MessageChannel()',
  'new WeakRef(f)',
  'new FinalizationRegistry(f)',
  'globalThis.Date',
  'globalThis["setTimeout"]',
  'self.performance',
  'window.fetch',
  'global.process',
  'typeof process',
  ...overrides.flatMap(({ linter }) => denied(linter.rules.style.noRestrictedGlobals)),
]
const MEMBERS = [
  'Math.random()',
  'Math?.random()',
  'Math["random"]()',
  '((random = Math) => random)()',
  'Atomics.wait(f, 0, 0)',
  'Atomics.waitAsync(f, 0, 0)',
  'Atomics["wait"](f, 0, 0)',
  'import("./a.js")',
  'import("./a.json", { with: { type: "json" } })',
]
const MODULES = ['node:fs', 'node:timers', 'node:crypto', 'node:worker_threads']
/** What is as it may be; none is refused. */
const FINE = [
  'Math.floor(1.5)',
  'Atomics.load(f, 0)',
  'new TextDecoder()',
  'Promise.resolve()',
  'f as unknown as typeof import("./a.js")',
  'new WritableStream()',
]

const lines = [
  ...MODULES.map((name) => `export * from ${JSON.stringify(name)}`),
  'declare const f: Int32Array<ArrayBuffer>',
  ...[...GLOBALS, ...MEMBERS, ...FINE].map((expression) => `export const _ = ${expression}`),
].map((line, index) => line.replace('_ =', `of${index} =`))
const named = (found: ReadonlySet<number>): string[] => lines.filter((_, index) => found.has(index))

interface Report {
  readonly diagnostics: readonly {
    readonly category: string
    readonly location: { readonly path: string; readonly start?: { readonly line: number } }
  }[]
}

const folder = mkdtempSync(join(tmpdir(), 'shardwire-lint-'))
/** Files that were refused something by these rules, with the indices of those lines. */
const refused = new Map<string, Set<number>>()
const RULES = ['plugin', 'lint/style/noRestrictedGlobals', 'lint/style/noRestrictedImports']
/** As they are named in the project; the same lines stand in each. */
const FILES = {
  pipeline: 'src/source.ts',
  host: 'src/host.ts',
  node: 'src/index.node.ts',
  transport: 'src/transports/port.ts',
  schema: 'src/mtg/index.ts',
  compiler: 'src/compile/xml.ts',
  program: 'src/cli/main.ts',
  test: 'test/support.ts',
}

beforeAll(async () => {
  for (const name of ['biome.json', 'scripts/host-seam.grit']) cpSync(join(root, name), join(folder, name))
  for (const file of Object.values(FILES)) {
    mkdirSync(join(folder, dirname(file)), { recursive: true })
    writeFileSync(join(folder, file), `${lines.join('\n')}\n`)
  }
  const output = await new Promise<string>((resolve) => {
    const options = ['lint', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none', '.']
    // It fails, since there is something to refuse.
    execFile(process.execPath, [biome, ...options], { cwd: folder }, (_, stdout) => resolve(stdout))
  })
  const { diagnostics } = JSON.parse(output) as Report
  for (const { category, location } of diagnostics) {
    if (!RULES.includes(category) || location.start === undefined) continue
    const file = location.path.replaceAll('\\', '/')
    refused.set(file, (refused.get(file) ?? new Set()).add(location.start.line - 1))
  }
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const of = (file: string): string[] => named(refused.get(file) ?? new Set())
const standing = (...parts: readonly (readonly string[])[]): string[] =>
  lines.filter((line) =>
    parts.flat().some((part) => line.endsWith(` = ${part}`) || line.endsWith(`"${part}"`)),
  )

describe('the linter refuses what cannot be foreseen', () => {
  for (const place of ['pipeline', 'transport', 'schema', 'compiler'] as const) {
    it(`in the ${place}, each of ${GLOBALS.length + MEMBERS.length + MODULES.length} ways`, () => {
      expect(of(FILES[place])).toEqual(standing(MODULES, GLOBALS, MEMBERS))
    })
  }

  it('in the host, all but the globals that it is for', () => {
    expect(of(FILES.host)).toEqual(standing(MODULES, MEMBERS))
  })

  it('in the entry for Node, all but the module that gives it random', () => {
    expect(of(FILES.node)).toEqual(
      standing(
        MODULES.filter((name) => name !== 'node:fs'),
        GLOBALS,
        MEMBERS,
      ),
    )
  })

  it('nowhere else: not in the command line, and not in tests', () => {
    expect([...refused.keys()].sort()).toEqual(
      [FILES.pipeline, FILES.host, FILES.node, FILES.transport, FILES.schema, FILES.compiler].sort(),
    )
  })
})

describe('the exceptions are what they are', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && !file.startsWith('cli/') && file !== 'core-binary.ts')

  it('no file outside the command line excuses itself', () => {
    expect(sources.length).toBeGreaterThan(50)
    const excuse = /biome-ignore(?!(?: format|(?: lint\/suspicious\/noExplicitAny)):)/
    const excused = sources.filter((file) => excuse.test(readFileSync(join(root, 'src', file), 'utf8')))
    expect(excused).toEqual([])
  })

  it('biome.json turns the rules off for the host alone', () => {
    const off = overrides.filter(({ linter }) => Object.values(linter.rules.style).includes('off'))
    expect(off.map(({ includes }) => includes)).toEqual([['src/host.ts']])
    const left = overrides.flatMap(({ includes }) => includes.filter((one) => one.startsWith('!')))
    expect(new Set(left)).toEqual(new Set(['!src/cli/**']))
  })
})
