// examples/edge in workerd, built as a user builds it.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { succeed } from '../process.mjs'
import { portOf, serve, workerdRow } from '../rows/workerd.mjs'
import { assertSays, example } from './example.mjs'
import { assertLedger, garbage, session, sessionFrames } from './facts.mjs'
import { get, post } from './http.mjs'
import { commandOf } from './project.mjs'
import { Client } from './web-socket.mjs'

const { events, sessions, bytes, most } = session
const METER = { sessions, bytes, most }

function assertWhole({ stats, meter }) {
  assert.deepEqual(meter, METER)
  assertSays(stats, { received: events, accepted: events, rejected: 0, inFlight: 0 })
  assertLedger(stats)
}

async function checkPost(url, check) {
  await check('the recorded session arrives by POST', async () => {
    const { status, json } = await post(`${url}/route`, sessionFrames)
    assert.equal(status, 200)
    assertWhole(json)
    assert.equal(json.stats.sources, 0)
  })
  await check('requests share nothing', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => post(`${url}/route`, sessionFrames)))
    for (const { json } of answers) assertWhole(json)
  })
  await check(
    'a body that holds no frames is answered by 400, and so is a frame that is cut off',
    async () => {
      const wrong = await post(`${url}/route`, garbage)
      assert.equal(wrong.status, 400)
      assertSays(wrong.json.error, { code: 'framing-lost', reason: 'framing-length', offset: 0 })
      assertLedger(wrong.json.stats)
      const short = await post(`${url}/route`, sessionFrames.subarray(0, -1))
      assert.equal(short.status, 400)
      assertSays(short.json.error, { code: 'frame-rejected', reason: 'truncated' })
      assertSays(short.json.stats, { received: events, accepted: events - 1 })
    },
  )
  await check('other methods, types and paths are refused, each with a code', async () => {
    const refusals = [
      [await get(`${url}/route`), 405, 'method'],
      [await post(`${url}/route`, garbage, 'text/plain'), 415, 'content-type'],
      [await get(`${url}/`), 404, 'not-found'],
      [await get(`${url}/rooms/${'x'.repeat(65)}`), 404, 'not-found'],
      [await post(`${url}/rooms/one`, garbage), 405, 'method'],
    ]
    for (const [{ status, json }, wantedStatus, code] of refusals) {
      assert.deepEqual({ status, code: json.error.code }, { status: wantedStatus, code })
    }
  })
}

async function checkRooms(url, check, program) {
  const sockets = url.replace('http', 'ws')
  /** A room says its last ledger when it is empty, and keeps it. */
  const whenEmpty = async (room, close) => {
    const said = program.saysNext(({ stats }) => stats?.sources === 0, 'the last ledger')
    const [last] = await Promise.all([said, close()])
    const { json } = await get(`${url}/rooms/${room}`)
    assert.deepEqual(json, { sockets: 0, ...last })
    return last
  }
  await check(
    'the recorded session arrives by WebSocket, and the room ends with its last socket',
    async () => {
      const one = await Client.open(`${sockets}/rooms/one`)
      const other = await Client.open(`${sockets}/rooms/one`)
      one.send(sessionFrames)
      assertWhole(await one.report())
      // One router for both.
      assertWhole(await other.report())
      await one.close()
      // It lives on for the other.
      assertWhole(await other.report())
      assertWhole(await whenEmpty('one', () => other.close()))
    },
  )
  await check('who comes to a room that was empty finds a new router', async () => {
    const client = await Client.open(`${sockets}/rooms/one`)
    assert.equal((await client.report()).stats.received, 0)
    client.send(sessionFrames)
    assertWhole(await whenEmpty('one', () => client.close()))
  })
  await check('garbage closes its own socket and no other', async () => {
    const bystander = await Client.open(`${sockets}/rooms/two`)
    const client = await Client.open(`${sockets}/rooms/two`)
    client.send(garbage)
    const code = await client.closed()
    assert.ok(code >= 3_000, `closed with ${code}`)
    bystander.send(sessionFrames)
    const { stats, meter } = await bystander.report()
    assert.deepEqual(meter, METER)
    assertSays(stats, { accepted: events, rejected: 1 })
    assertLedger((await whenEmpty('two', () => bystander.close())).stats)
  })
}

async function checks({ project, scripts, check, keep }) {
  const { file, args } = commandOf(scripts.build)
  await check('it builds', () => succeed(join(project, 'node_modules', '.bin', file), args, { cwd: project }))
  const program = keep(serve('workerd.capnp', project))
  const url = `http://127.0.0.1:${await portOf(program)}`
  await checkPost(url, check)
  await checkRooms(url, check, program)
  await check('SIGTERM ends it', async () => {
    program.signal('SIGTERM')
    assert.deepEqual(await program.ends(), { code: 0, signal: null })
  })
}

export const edge = example({
  name: 'edge',
  tools: ['@cloudflare/workers-types', 'esbuild'],
  hasTypes: true,
  platform: workerdRow,
  checks,
})
