// Bad input costs one line that says what, where and what to do, and the exit
// code; nothing else is lost.

import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { edgeFrames, sessionFrames } from '../vectors.js'
import { EDGE, type Ended, events, folder, PROGRAM, run, SCHEMA } from './run.js'

/** Where each frame begins. */
function offsets(frames: Uint8Array): number[] {
  const view = new DataView(frames.buffer, frames.byteOffset, frames.length)
  const all: number[] = []
  for (let at = 0; at < frames.length; at += view.getUint32(at)) all.push(at)
  return all
}

function lines(stderr: string): string[] {
  return stderr.split('\n').slice(0, -1)
}

/** One line, no stack, nothing but printable characters. */
function expectOneLine({ stderr }: Ended, pattern: RegExp): void {
  expect(stderr).toMatch(/^shardwire: [\x20-\x7e±−]+\n$/)
  expect(stderr).toMatch(pattern)
}

describe('rejected frames', () => {
  const frames = edgeFrames()
  const starts = offsets(frames)
  // Frame 3 of another template, frame 6 with a short block: frames are numbered from 1.
  frames[starts[2]! + 8] = 99
  frames[starts[5]! + 6] = 7

  test('the first ends inspect', async () => {
    const ended = await run(['inspect', '-'], { input: frames })
    expect(ended.code).toBe(1)
    expect(events(ended.stdout)).toHaveLength(2)
    expect(ended.stderr).toMatch(
      new RegExp(`^shardwire: -: frame 3 at byte ${starts[2]}: .* \\(unknown-template\\)\\n$`),
    )
  })

  test('with --skip-invalid each is told and the others are printed', async () => {
    const there = folder()
    writeFileSync(join(there, 'bad.sbe'), frames)
    const ended = await run(['inspect', '--skip-invalid', 'bad.sbe', 'none.sbe', EDGE], { cwd: there })
    expect(ended.code).toBe(1)
    expect(events(ended.stdout)).toHaveLength(starts.length - 2 + starts.length)
    const [first, second, third, ...rest] = lines(ended.stderr)
    expect(first).toMatch(new RegExp(`^shardwire: bad.sbe: frame 3 at byte ${starts[2]}: .*template 99`))
    expect(second).toMatch(
      new RegExp(`^shardwire: bad.sbe: frame 6 at byte ${starts[5]}: .*\\(block-too-short\\)$`),
    )
    expect(third).toMatch(/^shardwire: cannot read none.sbe: no such file/)
    expect(rest).toEqual([])
  })

  test('replay tells of each, counts them, reports the rest', async () => {
    const ended = await run(['replay', '--json', '-'], { input: frames })
    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain(`-: frame 6 at byte ${starts[5]}: `)
    expect(ended.stderr).toContain('1 frame more was rejected (unknown-template 1)')
    const { ledger } = JSON.parse(ended.stdout) as { ledger: Record<string, unknown> }
    expect(ledger).toMatchObject({ received: 255, accepted: 253, rejected: 2 })
  })

  test('replay says how many more there are than it tells of', async () => {
    const bad = new Uint8Array(40 * 14)
    for (let at = 0; at < bad.length; at += 14) bad.set([0, 0, 0, 14, 0xeb, 0x50, 0, 0, 4, 0, 1, 0, 0, 0], at)
    const ended = await run(['replay', '--json', '-'], { input: bad })
    expect(ended.code).toBe(1)
    expect(lines(ended.stderr)).toHaveLength(11)
    expect(ended.stderr).toContain('30 frames more were rejected (block-too-short 30)')
  })

  test('a recording that is cut off', async () => {
    const session = sessionFrames()
    const cut = session.subarray(0, session.length - 1)
    const at = offsets(session).at(-1)
    for (const command of [
      ['inspect', '-'],
      ['inspect', '--skip-invalid', '-'],
      ['replay', '-'],
    ]) {
      const ended = await run(command, { input: cut })
      expect(ended.code).toBe(1)
      expectOneLine(ended, new RegExp(`-: frame 17241 at byte ${at}: .*\\(truncated\\)`))
      if (command[0] === 'inspect') expect(events(ended.stdout)).toHaveLength(17_240)
      else expect(ended.stdout).toMatch(/received +17,241/)
    }
  })
})

describe('foreign and hostile bytes', () => {
  const jpeg = Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex')
  const cases: [string, Uint8Array, RegExp][] = [
    [
      'an HTTP request',
      Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
      /frame 1 at byte 0: length 1195725856/,
    ],
    ['a picture', jpeg, /frame 1 at byte 0: length 4292411360 .*\(framing-length\)/],
    ['gzip data', gzipSync(edgeFrames()), /\(framing-length\)/],
    ['zeros', new Uint8Array(1_000), /length 0 .*\(framing-length\)/],
    ['the longest length', Buffer.from('ffffffffeb50', 'hex'), /length 4294967295/],
    ['another encoding', Buffer.from('000000105be0', 'hex'), /0x5be0 .*\(framing-encoding\)/],
    ['one byte', Buffer.from([0]), /\(truncated\)/],
  ]
  test.each(cases)('%s', async (_name, input, pattern) => {
    for (const command of [
      ['inspect', '-'],
      ['inspect', '--skip-invalid', '-'],
      ['replay', '-'],
    ]) {
      const ended = await run(command, { input })
      expect(ended.code).toBe(1)
      expectOneLine(ended, pattern)
    }
  })

  test('random bytes, behind frames that are good', async () => {
    const input = Buffer.concat([edgeFrames(), Buffer.from([0x80]), randomBytes(5_000)])
    const ended = await run(['inspect', '--skip-invalid', '-'], { input })
    expect(ended.code).toBe(1)
    expect(events(ended.stdout)).toHaveLength(255)
    expectOneLine(ended, /frame 256 at byte 11931: /)
  })
})

describe('files that cannot be read', () => {
  test('a missing file, one with an odd name, a directory, packed data that is none', async () => {
    const there = folder()
    const odd = 'a\u001b[31mb\u202e\nc'
    writeFileSync(join(there, 'no.gz'), 'no gzip data at all')
    writeFileSync(join(there, 'no.br'), 'no Brotli data at all')
    for (const command of ['inspect', 'replay']) {
      const at = (file: string) => run([command, file], { cwd: there })
      const cases: [string, RegExp][] = [
        ['none.sbe', /cannot read none\.sbe: no such file or folder; check the path/],
        [odd, /cannot read a\\u001b\[31mb\\u202e\\u000ac: /],
        ['.', /cannot read \.: it is a directory; give a file/],
        ['no.gz', /cannot read no\.gz: it isn't gzip data/],
        ['no.br', /cannot read no\.br: it isn't Brotli data/],
      ]
      for (const [file, pattern] of cases) {
        const ended = await at(file)
        expect(ended.code).toBe(1)
        expectOneLine(ended, pattern)
      }
    }
  })

  test('what was read before packed data breaks off is reported', async () => {
    const there = folder()
    writeFileSync(join(there, 'cut.gz'), gzipSync(sessionFrames(), { level: 1 }).subarray(0, -100))
    const printed = await run(['inspect', 'cut.gz'], { cwd: there })
    expect(printed.code).toBe(1)
    expectOneLine(printed, /cannot read cut\.gz: its gzip data is cut off/)
    expect(events(printed.stdout).length).toBeGreaterThan(10_000)
    const replayed = await run(['replay', 'cut.gz'], { cwd: there })
    expect(replayed.code).toBe(1)
    expect(replayed.stdout).toContain('ledger')
    expect(replayed.stderr).toContain('its gzip data is cut off')
  })

  test('a directory as standard input', () => {
    const script = '"$0" "$1" inspect - < / 2>&1; echo $?'
    const output = execFileSync('sh', ['-c', script, process.execPath, PROGRAM], { encoding: 'utf8' })
    expect(output).toBe('shardwire: cannot read standard input: it is a directory; give a file\n1\n')
  })
})

describe('schemas that cannot be read', () => {
  test('missing, a directory, no text, no XML, no schema, a bad routing file', async () => {
    const there = folder()
    writeFileSync(join(there, 'broken.xml'), '<messageSchema')
    writeFileSync(join(there, 'other.xml'), '<html/>')
    writeFileSync(join(there, 'routing.json'), '{"messages":')
    const cases: [string[], RegExp][] = [
      [['none.xml'], /cannot read none\.xml: no such file/],
      [['.'], /cannot read \.: it is a directory/],
      [[EDGE], /it isn't text in UTF-8/],
      [['broken.xml'], /broken\.xml:1:\d+: not well-formed XML/],
      [['other.xml'], /other\.xml:1:\d+: /],
      [[SCHEMA, '--routing', 'routing.json'], /routing\.json: /],
      [[SCHEMA, '--routing', 'none.json'], /cannot read none\.json: no such file/],
    ]
    for (const [schema, pattern] of cases) {
      for (const command of [
        ['inspect', EDGE, '--schema', ...schema],
        ['replay', EDGE, '--schema', ...schema],
        ['compile', '-o', 'out.ts', ...schema],
      ]) {
        const ended = await run(command, { cwd: there })
        expect(ended.code).toBe(1)
        expectOneLine(ended, pattern)
        expect(ended.stdout).toBe('')
      }
    }
  })

  test('one that has no end is refused, not read for ever', async () => {
    for (const args of [
      ['compile', '/dev/zero', '-o', '-'],
      ['inspect', EDGE, '--schema', '/dev/zero'],
      ['replay', EDGE, '--schema', SCHEMA, '--routing', '/dev/zero'],
    ]) {
      const ended = await run(args)
      expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: 1, stdout: '' })
      expectOneLine(ended, /cannot read \/dev\/zero: it is longer than \d+ bytes/)
    }
  })

  test('without saxes, mtg’s frames are read all the same', async () => {
    const there = folder()
    cpSync(join(dirname(PROGRAM), '..'), join(there, 'dist'), { recursive: true })
    writeFileSync(join(there, 'package.json'), '{"type":"module"}')
    mkdirSync(join(there, 'node_modules'))
    const scope = fileURLToPath(new URL('../../node_modules/@assemblyscript', import.meta.url))
    symlinkSync(scope, join(there, 'node_modules/@assemblyscript'))
    const program = join(there, 'dist/cli/main.js')
    const call = (...args: string[]): string => {
      const script = '"$@" 2>&1 | tail -n 1'
      const words = [process.execPath, program, ...args]
      return execFileSync('sh', ['-c', script, 'sh', ...words], { encoding: 'utf8' })
    }
    expect(call('inspect', EDGE)).toMatch(/^\{"event":/)
    const missing =
      'shardwire: reading a schema needs the package saxes, which is not installed; run npm install saxes\n'
    expect(call('inspect', EDGE, '--schema', SCHEMA)).toBe(missing)
    expect(call('compile', SCHEMA, '-o', '-')).toBe(missing)
    // One that is there and broken is nobody's to name: the fault is told as it is.
    const saxes = join(there, 'node_modules/saxes')
    mkdirSync(saxes)
    writeFileSync(join(saxes, 'package.json'), '{"name":"saxes","version":"6.0.0","exports":"./index.js"}')
    writeFileSync(join(saxes, 'index.js'), "exports.SaxesParser = undefined\nthrow new Error('broken')")
    const script = '"$@" 2>&1 | head -n 1'
    const fault = execFileSync('sh', [
      '-c',
      script,
      'sh',
      process.execPath,
      program,
      'compile',
      SCHEMA,
      '-o',
      '-',
    ])
    expect(String(fault)).toMatch(/^shardwire: a fault in shardwire, please report it: Error: broken/)
  })

  test('standard input that fails is told as a file is', () => {
    // Its first page is nobody's: Linux refuses to read it.
    const script = '"$0" "$1" inspect - < /proc/self/mem'
    const { status, stderr } = spawnSync('sh', ['-c', script, process.execPath, PROGRAM], {
      encoding: 'utf8',
    })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^shardwire: cannot read standard input: .*\n$/)
  })
})
