// shardwire generate: the load that was asked for, whole or not at all.

import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test, vi } from 'vitest'
import { generateLoad } from '../../src/load.js'
import { ending, events, folder, run, runForBytes, start } from './run.js'

const ARGS = ['generate', '--events', '5000', '--streams', '50', '--seed', '7']
const EXPECTED = Buffer.concat([...generateLoad({ events: 5_000, streams: 50, seed: 7 })])

describe('generate', () => {
  test('gives the same bytes for the same seed, and others for another', async () => {
    const { code, bytes } = await runForBytes(ARGS)
    expect(code).toBe(0)
    expect(bytes.equals(EXPECTED)).toBe(true)
    const other = await runForBytes(['generate', '--events', '5000', '--streams', '50', '--seed', '8'])
    expect(other.bytes.equals(EXPECTED)).toBe(false)
  })

  test('makes frames that are read to the last', async () => {
    const { code, stdout, stderr } = await run(['inspect', '-'], { input: EXPECTED })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(events(stdout)).toHaveLength(5_000)
  })

  test('makes a million events by default', async () => {
    const { bytes } = await runForBytes(['generate', '--streams', '100'])
    let frames = 0
    for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) frames++
    expect(frames).toBe(1_000_000)
  })

  test('makes no events when none are asked for', async () => {
    expect(await runForBytes(['generate', '--events', '0'])).toEqual({ code: 0, bytes: Buffer.alloc(0) })
  })

  test('writes a file, over an older one too, through a link, and leaves nothing else', async () => {
    const there = folder()
    writeFileSync(join(there, 'old.sbe'), 'older')
    chmodSync(join(there, 'old.sbe'), 0o600)
    symlinkSync('old.sbe', join(there, 'link.sbe'))
    for (const name of ['new.sbe', 'old.sbe', 'link.sbe']) {
      expect(await run([...ARGS, '-o', name], { cwd: there })).toEqual({
        code: 0,
        signal: null,
        stdout: '',
        stderr: '',
      })
      expect(readFileSync(join(there, name)).equals(EXPECTED)).toBe(true)
    }
    expect(statSync(join(there, 'old.sbe')).mode & 0o777).toBe(0o600)
    expect(readdirSync(there).sort()).toEqual(['link.sbe', 'new.sbe', 'old.sbe'])
  })

  test('says why it cannot write', async () => {
    const there = folder()
    mkdirSync(join(there, 'folder'))
    const missing = await run([...ARGS, '-o', join('none', 'a.sbe')], { cwd: there })
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^shardwire: cannot write none\/a.sbe: no such/),
    })
    const directory = await run([...ARGS, '-o', 'folder'], { cwd: there })
    expect(directory).toMatchObject({ code: 1, stderr: expect.stringContaining('folder: it is a directory') })
    const full = await run([...ARGS, '-o', '/dev/full'], { cwd: there })
    expect(full).toMatchObject({ code: 1, stderr: expect.stringContaining('no space left on the device') })
    expect(readdirSync(there)).toEqual(['folder'])
  })

  test('writes to a device as it is', async () => {
    const there = folder()
    expect(await run([...ARGS, '-o', '/dev/null'], { cwd: there })).toMatchObject({ code: 0, stderr: '' })
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
    expect(readdirSync(there)).toEqual([])
  })

  test('on Ctrl-C it leaves the older file and no other', async () => {
    const there = folder()
    writeFileSync(join(there, 'a.sbe'), 'older')
    const child = start([...ARGS, '--rate', '10', '-o', 'a.sbe'], { cwd: there })
    await vi.waitFor(() => expect(readdirSync(there)).toHaveLength(2), { timeout: 30_000 })
    child.kill('SIGINT')
    expect(await ending(child)).toEqual({ code: 130, signal: null })
    expect(readdirSync(there)).toEqual(['a.sbe'])
    expect(readFileSync(join(there, 'a.sbe'), 'utf8')).toBe('older')
  })

  test('keeps to the rate', async () => {
    const started = performance.now()
    const { bytes } = await runForBytes(['generate', '--events', '500', '--rate', '1000'])
    expect(performance.now() - started).toBeGreaterThan(490)
    const all = Buffer.concat([...generateLoad({ events: 500, streams: 10_000, seed: 1 })])
    expect(bytes.equals(all)).toBe(true)
  })
})

describe('generate --to', () => {
  test('sends to a TCP receiver', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const received = once(server, 'connection').then(([socket]) => buffer(socket))
    const ended = await run([...ARGS, '--to', `tcp://127.0.0.1:${port}`])
    expect(ended).toEqual({ code: 0, signal: null, stdout: '', stderr: '' })
    expect((await received).equals(EXPECTED)).toBe(true)
    server.close()
    await once(server, 'close')
    const refused = await run([...ARGS, '--to', `tcp://127.0.0.1:${port}`])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(
      /^shardwire: cannot connect to tcp:\/\/127\.0\.0\.1:\d+: nobody listens there; .*\n$/,
    )
  })

  test('says so when the receiver hangs up', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const { code, stderr } = await run(['generate', '--to', `tcp://127.0.0.1:${port}`])
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^shardwire: tcp:\/\/127\.0\.0\.1:\d+ closed the connection after \d+ bytes; .*\n$/,
    )
    server.close()
  })
})
