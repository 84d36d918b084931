// Closed pipes, Ctrl-C, named pipes, terminals: the program ends cleanly, whoever
// is at its other ends.

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, createWriteStream, openSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test, vi } from 'vitest'
import { generateLoad } from '../../src/load.js'
import { edgeFrames, sessionFrames } from '../vectors.js'
import { EDGE, ending, events, folder, PROGRAM, start } from './run.js'

/** Ample time for a busy machine; what is waited for is a state. */
const PATIENCE = { timeout: 30_000 }

function loadFile(path: string, count: number): void {
  writeFileSync(path, Buffer.concat([...generateLoad({ events: count, streams: 100, seed: 3 })]))
}

function hasScript(): boolean {
  try {
    execFileSync('script', ['--version'])
    return true
  } catch {
    return false
  }
}

describe('a closed pipe', () => {
  test('ends the program quietly', async () => {
    const there = folder()
    loadFile(join(there, 'big.sbe'), 200_000)
    const commands = [
      ['inspect', 'big.sbe'],
      ['inspect', '--skip-invalid', 'big.sbe', 'big.sbe'],
      ['generate'],
    ]
    for (const command of commands) {
      const child = start(command, { cwd: there })
      const stderr = text(child.stderr)
      await once(child.stdout, 'readable')
      child.stdout.destroy()
      expect(await ending(child)).toEqual({ code: 0, signal: null })
      expect(await stderr).toBe('')
    }
  })

  test('as head closes it', () => {
    const script = '"$0" "$1" generate | "$0" "$1" inspect - | head -n 1'
    const output = execFileSync('bash', ['-c', `set -o pipefail; ${script}`, process.execPath, PROGRAM])
    expect(JSON.parse(output.toString())).toMatchObject({ event: 'EventStart' })
  })

  test('on a full disk is told', () => {
    const script = '"$0" "$1" inspect "$2" > /dev/full'
    const { status, stderr } = spawnSync('sh', ['-c', script, process.execPath, PROGRAM, EDGE], {
      encoding: 'utf8',
    })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^shardwire: cannot write to standard output: no space left on the device; .*\n$/)
  })

  test('of errors is no error', async () => {
    const there = folder()
    const bad = new Uint8Array(10_000 * 14)
    for (let at = 0; at < bad.length; at += 14) bad.set([0, 0, 0, 14, 0xeb, 0x50, 0, 0, 4, 0, 1, 0, 0, 0], at)
    writeFileSync(join(there, 'bad.sbe'), bad)
    const child = start(['inspect', '--skip-invalid', 'bad.sbe', EDGE], { cwd: there })
    const stdout = text(child.stdout)
    await once(child.stderr, 'readable')
    child.stderr.destroy()
    expect(await ending(child)).toEqual({ code: 1, signal: null })
    expect(events(await stdout)).toHaveLength(255)
  })
})

describe('Ctrl-C', () => {
  test('ends inspect after whole lines', async () => {
    const child = start(['inspect', '-'])
    const stderr = text(child.stderr)
    let stdout = ''
    child.stdout.on('data', (data) => {
      stdout += String(data)
    })
    child.stdin.write(edgeFrames().subarray(0, 200))
    await vi.waitFor(() => expect(stdout).toContain('\n'), PATIENCE)
    child.kill('SIGINT')
    expect(await ending(child)).toEqual({ code: 130, signal: null })
    expect(events(stdout).length).toBeGreaterThan(0)
    expect(await stderr).toBe('')
  })

  test('ends inspect while nobody reads', async () => {
    const there = folder()
    loadFile(join(there, 'big.sbe'), 200_000)
    const child = start(['inspect', 'big.sbe'], { cwd: there })
    await once(child.stdout, 'readable')
    const exit = once(child, 'exit')
    child.kill('SIGINT')
    expect(await exit).toEqual([130, null])
    child.stdout.destroy()
  })

  test('ends replay with the report of what was read', async () => {
    const child = start(['replay', '--json', '-'])
    const [stdout, stderr] = [text(child.stdout), text(child.stderr)]
    // A pipe holds far less than this: once it is written, most has been read.
    await new Promise((resolve) => child.stdin.write(sessionFrames(), resolve))
    child.kill('SIGINT')
    expect(await ending(child)).toEqual({ code: 130, signal: null })
    const report = JSON.parse(await stdout) as { interrupted: boolean; events: { total: number } }
    expect(report.interrupted).toBe(true)
    expect(report.events.total).toBeGreaterThan(1_000)
    expect(await stderr).toBe('shardwire: -: interrupted; the report is about what was read so far\n')
  })

  test('in the middle of a frame ends replay without a word of that', async () => {
    const child = start(['replay', '--json', '-'])
    const [stdout, stderr] = [text(child.stdout), text(child.stderr)]
    const frames = sessionFrames()
    await new Promise((resolve) => child.stdin.write(frames.subarray(0, frames.length - 3), resolve))
    child.kill('SIGINT')
    expect(await ending(child)).toEqual({ code: 130, signal: null })
    const { ledger } = JSON.parse(await stdout) as { ledger: { rejected: number } }
    expect(ledger.rejected).toBeLessThanOrEqual(1)
    expect(await stderr).toBe('shardwire: -: interrupted; the report is about what was read so far\n')
  })

  test('ends generate while its receiver takes nothing', async () => {
    const held: Socket[] = []
    const server = createServer((socket) => held.push(socket)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const child = start(['generate', '--to', `tcp://127.0.0.1:${port}`])
    const [stdout, stderr] = [text(child.stdout), text(child.stderr)]
    await vi.waitFor(() => expect(held).toHaveLength(1), PATIENCE)
    // From here on the program writes until nothing more goes in.
    await once(held[0]!, 'readable')
    child.kill('SIGINT')
    expect(await ending(child)).toEqual({ code: 130, signal: null })
    expect([await stdout, await stderr]).toEqual(['', ''])
    for (const socket of held) socket.destroy()
    server.close()
  })

  test('ends generate', async () => {
    const child = start(['generate', '--rate', '20'])
    child.stdout.resume()
    await once(child.stdout, 'data')
    child.kill('SIGINT')
    expect(await ending(child)).toEqual({ code: 130, signal: null })
  })

  test('SIGTERM does the same', async () => {
    const child = start(['generate', '--rate', '20'])
    child.stdout.resume()
    await once(child.stdout, 'data')
    child.kill('SIGTERM')
    expect(await ending(child)).toEqual({ code: 143, signal: null })
  })
})

describe('a named pipe', () => {
  /** Waits until somebody has it open for reading. */
  async function writer(path: string): Promise<number> {
    return vi.waitFor(() => openSync(path, constants.O_WRONLY | constants.O_NONBLOCK), PATIENCE)
  }

  test('is read as a file is', async () => {
    const there = folder()
    const path = join(there, 'pipe')
    execFileSync('mkfifo', [path])
    const child = start(['inspect', path])
    const stdout = text(child.stdout)
    const ended = ending(child)
    const fd = await writer(path)
    const pipe = createWriteStream(path)
    await once(pipe, 'open')
    closeSync(fd)
    pipe.end(sessionFrames())
    expect(await ended).toEqual({ code: 0, signal: null })
    expect(events(await stdout)).toHaveLength(17_241)
  })

  test('that nobody writes to is left on Ctrl-C', async () => {
    const there = folder()
    const path = join(there, 'pipe')
    execFileSync('mkfifo', [path])
    const child = start(['replay', path])
    const stdout = text(child.stdout)
    const fd = await writer(path)
    child.kill('SIGINT')
    expect(await ending(child)).toEqual({ code: 130, signal: null })
    expect(await stdout).toContain('received')
    closeSync(fd)
  })
})

describe.skipIf(!hasScript())('a terminal', () => {
  /**
   * Runs it with a terminal as standard output and standard error. Of this process's environment it gets only the
   * path: CI, FORCE_COLOR, COLORTERM and their like would decide about colours.
   */
  function onTerminal(command: string, cwd: string, env: NodeJS.ProcessEnv = {}) {
    const child = spawn('script', ['-qec', `"${process.execPath}" "${PROGRAM}" ${command}`, '/dev/null'], {
      cwd,
      env: {
        PATH: process.env.PATH,
        TERM: 'xterm',
        // Where coverage is counted.
        NODE_V8_COVERAGE: process.env.NODE_V8_COVERAGE,
        ...env,
      },
    })
    child.stdin.end()
    return child
  }

  test('gets no frames', async () => {
    const child = onTerminal('generate --events 10', folder(), { NO_COLOR: '1' })
    const output = text(child.stdout)
    expect(await ending(child)).toEqual({ code: 2, signal: null })
    expect(await output).toMatch(/^shardwire: frames are bytes, .* give -o FILE, or pipe them; .*\r\n$/)
  })

  test('gets colours, unless NO_COLOR is set', async () => {
    for (const [noColor, heading] of [
      [undefined, '\u001b[1mledger\u001b[22m'],
      ['1', '\nledger\r\n'],
    ] as const) {
      const child = onTerminal(`replay "${EDGE}"`, folder(), { NO_COLOR: noColor })
      const output = text(child.stdout)
      expect((await ending(child)).code).toBe(0)
      expect(await output).toContain(heading)
    }
  })

  test('shows progress after a second, and takes it away', async () => {
    const there = folder()
    execFileSync('mkfifo', [join(there, 'pipe')])
    const child = onTerminal('replay pipe', there, { NO_COLOR: '1' })
    let output = ''
    child.stdout.on('data', (data) => {
      output += String(data)
    })
    const ended = ending(child)
    const pipe = createWriteStream(join(there, 'pipe'))
    const frames = edgeFrames()
    while (!output.includes('frames,')) await new Promise((resolve) => pipe.write(frames, resolve))
    pipe.end()
    expect((await ended).code).toBe(0)
    const [progress, rest] = output
      .split('\r\u001b[Kpipe: ', 2)
      .concat(output.split('\r\u001b[K').at(-1)!)
      .slice(1)
    expect(progress).toMatch(/^[\d.]+ [kM]B, [\d,]+ frames, [\d.]+ [kM]B\/s/)
    expect(rest).toMatch(/^pipe: [\d.]+ [kM]B, schema mtg, 4 shards\r\n/)
  })
})
