// workerd: the suite as a Worker, bundled by esbuild with the condition "workerd", the
// core as a module that the platform compiles. One request runs it.

import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { casesIn } from '../outcome.mjs'
import { LIMIT_MS, succeed } from '../process.mjs'
import { Program } from '../program.mjs'
import { findScript, findWorkerd, NOT_INSTALLED } from '../tools.mjs'

/** Requests at a time that share a router. */
const REQUESTS = 5
/** The bundle names the core in two ways: as the package does, and as the entry does. */
const CORE_NAMES = ['core.wasm', 'shardwire/core.wasm']

const config = `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const worker :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
${CORE_NAMES.map((name) => `    (name = "${name}", wasm = embed "core.wasm"),`).join('\n')}
  ],
  compatibilityDate = "2026-09-01",
  durableObjectNamespaces = [(className = "Holder", uniqueKey = "holder")],
  durableObjectStorage = (inMemory = void),
  bindings = [(name = "HOLDER", durableObjectNamespace = "Holder")],
);
`

/** Starts workerd, on any free port for the socket called http. */
export function serve(config, cwd) {
  const args = ['serve', config, '--socket-addr', 'http=127.0.0.1:0', '--control-fd=3']
  return new Program(findWorkerd(), args, { cwd, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
}

/** The port, which workerd tells on file descriptor 3. */
export async function portOf(program) {
  const { port } = await program.says((line) => line.event === 'listen', 'the port')
  return port
}

/** The suite's cases: one request. */
async function suiteCases(url, program) {
  const signal = AbortSignal.timeout(LIMIT_MS)
  try {
    const response = await fetch(url, { signal })
    return casesIn(`${await response.text()}\n${program.printed}`)
  } catch (error) {
    return casesIn(`${error.message}\n${program.printed}`, signal.aborted)
  }
}

/** Many requests at a time that send one event each: the last to settle sees all of them delivered. */
async function shares(name, url) {
  const signal = AbortSignal.timeout(LIMIT_MS)
  const answers = await Promise.all(
    Array.from({ length: REQUESTS }, async () => {
      try {
        return await (await fetch(url, { signal })).text()
      } catch (error) {
        return error.message
      }
    }),
  )
  const isRight = answers.includes(String(REQUESTS)) && answers.every((answer) => answer <= REQUESTS)
  return { name, message: isRight ? undefined : `of ${REQUESTS} requests, each saw: ${answers.join(', ')}` }
}

export const workerdRow = {
  name: 'workerd',
  missing: () => (findWorkerd() === undefined ? NOT_INSTALLED : undefined),
  version: async () => (await succeed(findWorkerd(), ['--version'])).trim().replace('workerd ', ''),
  async run({ suiteProject }) {
    const project = await suiteProject()
    const esbuild = findScript('esbuild/bin/esbuild')
    await succeed(
      process.execPath,
      [
        esbuild,
        'worker-service.js',
        '--bundle',
        '--format=esm',
        '--conditions=workerd',
        '--external:*.wasm',
        '--outfile=worker.js',
      ],
      { cwd: project },
    )
    copyFileSync(join(project, 'node_modules/shardwire/dist/core.wasm'), join(project, 'core.wasm'))
    writeFileSync(join(project, 'config.capnp'), config)
    const program = serve('config.capnp', project)
    try {
      const url = `http://127.0.0.1:${await portOf(program)}`
      return [
        ...(await suiteCases(url, program)),
        await shares('a router at module scope serves many requests', `${url}/shared`),
        await shares('a router in a Durable Object serves many, and its observers wait', `${url}/object`),
      ]
    } finally {
      program.kill()
    }
  },
}
