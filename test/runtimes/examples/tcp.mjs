// The checks of a service that takes frames by TCP, the same for Node and Bun.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { execute } from '../process.mjs'
import { Program } from '../program.mjs'
import { assertSays } from './example.mjs'
import { assertLedger, cut, garbage, session, sessionFrames } from './facts.mjs'

const GENERATED = 20_000
/** Of all checks together: the session, one frame of a connection that broke off, and what was generated. */
const ACCEPTED = session.events + 1 + GENERATED
/** A frame begins with its length. */
const firstFrameBytes = new DataView(sessionFrames.buffer).getUint32(0)

/** Whether by its end or by a reset: 'close' comes after either. */
const closing = (socket) => new Promise((resolve) => socket.once('close', resolve))

async function open(port) {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.on('error', () => {})
  // Whatever it answers: its end is to be noticed.
  socket.resume()
  return socket
}

/** Sends everything, and waits until the service has ended the connection, too. */
async function send(port, pieces) {
  const socket = await open(port)
  for (const piece of pieces) if (!socket.write(piece)) await once(socket, 'drain')
  socket.end()
  await closing(socket)
}

/**
 * @param command the program: file and arguments, without the port
 * @param wanted what its report says of the session
 */
export async function checkTcpService({ project, check, keep }, { file, args, title, signal, wanted }) {
  const program = keep(new Program(file, [...args, '0'], { cwd: project }))
  const { listening } = await program.says((line) => line.listening, 'the address')
  const port = Number(new URL(listening).port)
  const report = async () => {
    const next = program.saysNext((line) => line.stats, 'a report')
    program.signal('SIGUSR2')
    return next
  }

  await check(`${title}: the recorded session arrives, cut anywhere`, async () => {
    await send(port, cut(sessionFrames))
    // The service ended the connection, so all of it has settled.
    const said = await report()
    assertSays(said, wanted)
    assertSays(said.stats, { received: session.events, accepted: session.events, rejected: 0, inFlight: 0 })
    assertLedger(said.stats)
  })
  await check(`${title}: garbage closes its own connection and no other`, async () => {
    const bystander = await open(port)
    const socket = await open(port)
    const told = program.says((line) => line.code === 'framing-lost', 'the lost framing')
    // Not ended by us.
    socket.write(garbage)
    await Promise.all([told, closing(socket)])
    bystander.end(sessionFrames.subarray(0, 10))
    await closing(bystander)
    const { stats } = await report()
    // The bystander's ten bytes were read: a frame that was cut off.
    assert.deepEqual(stats.rejectedBy, { 'framing-length': 1, truncated: 1 })
    assertLedger(stats)
  })
  await check(`${title}: a connection that breaks off leaves nothing behind`, async () => {
    const socket = await open(port)
    // A whole frame and a part of the next, which come together: so the part has been read, too.
    const before = (await report()).stats.received
    socket.write(sessionFrames.subarray(0, firstFrameBytes + 10))
    while ((await report()).stats.received === before);
    socket.resetAndDestroy()
    let said = await report()
    while (said.connections > 0) said = await report()
    // The one that is left is the router's own.
    assert.equal(said.stats.sources, 1)
    assert.deepEqual(said.stats.rejectedBy, { 'framing-length': 1, truncated: 2 })
    assertLedger(said.stats)
  })
  await check(`${title}: the command line feeds it`, async () => {
    const shardwire = join(project, 'node_modules', '.bin', 'shardwire')
    const load = [
      'generate',
      '--events',
      String(GENERATED),
      '--streams',
      '500',
      '--to',
      `tcp://127.0.0.1:${port}`,
    ]
    const { code, output } = await execute(process.execPath, [shardwire, ...load])
    assert.equal(code, 0, output)
    const { stats } = await report()
    assert.equal(stats.accepted, ACCEPTED)
    assertLedger(stats)
  })
  await check(`${title}: ${signal} ends it, connections included, and the ledger is whole`, async () => {
    const idle = await open(port)
    const busy = await open(port)
    const closed = [closing(idle), closing(busy)]
    const last = program.saysNext((line) => line.stats?.sources === 0, 'the last report')
    program.signal(signal)
    const [{ stats }] = await Promise.all([last, ...closed])
    assert.deepEqual(await program.ends(), { code: 0, signal: null })
    assertSays(stats, { accepted: ACCEPTED, rejected: 3, inFlight: 0, dropped: 0 })
    assertLedger(stats)
  })
}
