// One start in a fresh process: from the import to the first event. The frame comes
// as the argument, in base64, so that making it isn't timed.

const frame = Buffer.from(process.argv[2] ?? '', 'base64')
const begin = performance.now()
const { createRouter } = await import('shardwire')
const { mtg } = await import('shardwire/mtg')
// Beside the entry in the package, and loaded with it.
const wasm: typeof import('../src/wasm.js') = await import(
  new URL('wasm.js', import.meta.resolve('shardwire')).href
)
const imported = performance.now()
// createRouter would do this first; whatever is compiled once is compiled now.
wasm.coreModule()
const compiled = performance.now()
let firstEvent = Number.NaN
const observer = {
  eventTraffic(): void {
    firstEvent = performance.now()
  },
}
const router = createRouter(mtg, { observers: [() => observer] })
const created = performance.now()
router.write(frame)
const parts = [imported - begin, compiled - imported, created - compiled, firstEvent - created]
process.stdout.write(JSON.stringify(parts))
