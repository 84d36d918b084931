// examples/deno in Deno, with the permissions of its own start script and no others.

import assert from 'node:assert/strict'
import { succeed } from '../process.mjs'
import { Program } from '../program.mjs'
import { denoRow } from '../rows/deno.mjs'
import { findDeno } from '../tools.mjs'
import { assertSays, example } from './example.mjs'
import { assertLedger, garbage, session, sessionFrames } from './facts.mjs'
import { get, post, send } from './http.mjs'
import { commandOf } from './project.mjs'
import { Client } from './web-socket.mjs'

async function checks({ project, scripts, check, keep }) {
  // No cache of this machine's user is touched, and nothing is downloaded.
  const env = { ...process.env, DENO_DIR: `${project}/.deno`, DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' }
  const { args } = commandOf(scripts.start)
  await check('its types are right', () => succeed(findDeno(), ['check', args.at(-1)], { cwd: project, env }))
  const program = keep(new Program(findDeno(), [...args, '0'], { cwd: project, env }))
  const { listening } = await program.says((line) => line.listening, 'the address')

  await check('the recorded session arrives by POST', async () => {
    const { status, json } = await post(listening, sessionFrames)
    const { events, sessions, bytes, most } = session
    assert.equal(status, 200)
    assertSays(json, { sessions, bytes, most })
    assertSays(json.stats, { received: events, accepted: events, rejected: 0, inFlight: 0 })
    assertLedger(json.stats)
  })
  await check('a body that holds no frames is answered by 400', async () => {
    const { status, json } = await post(listening, garbage)
    assert.equal(status, 400)
    assert.equal(json.error.code, 'framing-lost')
  })
  await check('the recorded session arrives by WebSocket', async () => {
    const client = await Client.open(listening.replace('http', 'ws'))
    client.send(sessionFrames)
    const { stats } = await client.report()
    assertSays(stats, { accepted: 2 * session.events, rejected: 1, inFlight: 0 })
    assertLedger(stats)
    await client.close()
  })
  await check('garbage closes its own WebSocket and no other', async () => {
    const url = listening.replace('http', 'ws')
    const bystander = await Client.open(url)
    const client = await Client.open(url)
    client.send(garbage)
    const code = await client.closed()
    assert.ok(code >= 3_000, `closed with ${code}`)
    const { stats } = await bystander.report()
    assert.deepEqual(stats.rejectedBy, { 'framing-length': 2 })
    await bystander.close()
  })
  await check('other methods are refused', async () => {
    const { status } = await send(listening, { method: 'DELETE' })
    assert.equal(status, 405)
  })
  await check('SIGTERM ends it, WebSockets included, and the ledger is whole', async () => {
    const idle = await Client.open(listening.replace('http', 'ws'))
    const last = program.saysNext((line) => line.stats?.sources === 0, 'the last report')
    program.signal('SIGTERM')
    const [{ stats }] = await Promise.all([last, idle.closed()])
    assert.deepEqual(await program.ends(), { code: 0, signal: null })
    assertSays(stats, { accepted: 2 * session.events, rejected: 2, inFlight: 0, dropped: 0 })
    assertLedger(stats)
    assert.equal(await get(listening).catch(() => 'gone'), 'gone')
  })
}

export const deno = example({
  name: 'deno',
  platform: denoRow,
  checks,
})
