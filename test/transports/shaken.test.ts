// A page pays for the transports that it uses: what a bundler leaves of the others is nothing.

import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** The file of each adapter. */
const ADAPTERS = {
  pipeReadable: 'readable',
  pipeStream: 'stream',
  pipeWebSocket: 'websocket',
  pipeMessagePort: 'port',
  portWriter: 'port-writer',
}

/** Bundles a page as a user would, and names the package's files that are in it. */
async function filesOf(page: string): Promise<string[]> {
  const { metafile } = await build({
    stdin: { contents: page, resolveDir: ROOT },
    absWorkingDir: ROOT,
    bundle: true,
    minify: true,
    format: 'esm',
    metafile: true,
    write: false,
  })
  const [output] = Object.values(metafile.outputs)
  return Object.entries(output!.inputs).flatMap(([file, { bytesInOutput }]) =>
    bytesInOutput > 0 && file.startsWith('dist/') ? [file.slice('dist/'.length, -'.js'.length)] : [],
  )
}

const ROUTER = `
  import { createRouter } from 'shardwire'
  import { mtg } from 'shardwire/mtg'
  const router = createRouter(mtg)
`

test('a page without transports has none, and nothing else that it does not use', async () => {
  const files = await filesOf(`${ROUTER}; export { router }`)
  expect(files).toEqual(expect.arrayContaining(['core-binary', 'drain', 'mtg/events.gen', 'router']))
  const unused = files.filter((file) =>
    /^transports|^cli|^compile|^(decoder|noop|load|index\.\w+)$/.test(file),
  )
  expect(unused).toEqual([])
})

test.each(Object.entries(ADAPTERS))('a page with %s has that one alone', async (name, own) => {
  const files = await filesOf(`
    ${ROUTER}
    import { ${name} } from 'shardwire/transports'
    console.log(router, ${name})
  `)
  expect(files).toContain(`transports/${own}`)
  const others = Object.values(ADAPTERS).filter((file) => file !== own)
  expect(files.filter((file) => others.includes(file.replace('transports/', '')))).toEqual([])
})
