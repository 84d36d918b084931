// npm run generate: compiles schema/mtg.xml to src/mtg/events.gen.ts and the test
// schemas to test/compile/generated/. With --check it writes nothing, and exits
// with 1 when a file isn't what would be generated.
// The compiler is bundled from src/ on the fly, so a clean clone needs no build.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')
const isCheck = process.argv.includes('--check')

/** What is generated: schema, routing file, output, and where the output finds what it imports. */
const TARGETS = [
  {
    xml: 'schema/mtg.xml',
    routing: 'schema/mtg.routing.json',
    out: 'src/mtg/events.gen.ts',
    importFrom: { schema: '../schema.js', wire: '../wire.js' },
  },
  ...['kitchen-sink', 'attic'].map((name) => ({
    xml: `test/compile/fixtures/${name}.xml`,
    routing: `test/compile/fixtures/${name}.routing.json`,
    out: `test/compile/generated/${name}.gen.ts`,
    importFrom: { schema: '../../../src/schema.js', wire: '../../../src/wire.js' },
  })),
]

async function loadCompiler() {
  const folder = join(root, 'node_modules/.cache/shardwire')
  const outfile = join(folder, `compiler-${process.pid}.mjs`)
  mkdirSync(folder, { recursive: true })
  await build({
    entryPoints: [join(root, 'src/compile/index.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  })
  try {
    return await import(pathToFileURL(outfile).href)
  } finally {
    rmSync(outfile)
  }
}

/** As the repository's formatter has it; the compiler comes near without it. */
function format(text, path) {
  const biome = join(
    dirname(createRequire(import.meta.url).resolve('@biomejs/biome/package.json')),
    'bin/biome',
  )
  return execFileSync(process.execPath, [biome, 'format', `--stdin-file-path=${path}`], {
    cwd: root,
    input: text,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
}

function readOr(path, otherwise) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return otherwise
  }
}

const { compileSchema } = await loadCompiler()
for (const { xml, routing, out, importFrom } of TARGETS) {
  const { typescript } = compileSchema({
    xmlPath: xml,
    xml: readFileSync(join(root, xml), 'utf8'),
    routingPath: routing,
    routing: readFileSync(join(root, routing), 'utf8'),
    importFrom,
  })
  const text = format(typescript, out)
  if (text !== typescript)
    process.stderr.write(`generate: ${out}: the formatter changed what the compiler wrote\n`)
  const path = join(root, out)
  if (text === readOr(path, undefined)) continue
  if (isCheck) {
    process.stderr.write(`generate: ${out} is stale; run npm run generate\n`)
    process.exitCode = 1
  } else {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    process.stdout.write(`generate: wrote ${out}\n`)
  }
}
