// Each oracle can fail: what it is held against is changed, and it must notice. And what
// is random in a run is decided by its seed.

import { execFile } from 'node:child_process'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, test } from 'vitest'
import { Random } from '../mutate.js'
import { frame, referenceFrames } from '../reference-frames.js'
import { assertContract } from './cli/oracle.js'
import type { Ended } from './cli/run.js'
import { FuzzFailure, failureOf, type Oracle } from './failure.js'
import { CONFIGURATIONS } from './frames/configuration.js'
import { DecoderOracle } from './frames/decoder-oracle.js'
import { quickRead, Readings } from './frames/quick-reference.js'
import { assertReferencesAgree } from './frames/references-agree.js'
import { RouterOracle } from './frames/router-oracle.js'
import { minimise } from './minimise.js'
import { CORPUS, ROOT, written } from './places.js'
import { toJavaScript } from './schemas/evaluate.js'
import { assertText, checkSchema } from './schemas/oracle.js'

const MAX_FRAME_BYTES = 65_536

/** Which oracle fails; `undefined`: none does. */
async function failed(run: () => unknown): Promise<Oracle | undefined> {
  try {
    await run()
    return undefined
  } catch (error) {
    return failureOf(error).oracle
  }
}

const stream = (
  streamId: string,
  ...templates: number[]
): { template: number; streamId: string; traffic: number }[] =>
  templates.map((template, index) => ({ template, streamId, traffic: index }))

/** Starts, ends, an end without a beginning, a start anew, no ID, one that is rejected, and a cut one. */
const BYTES = Buffer.concat([
  referenceFrames([
    ...stream('a', 1, 3, 1, 4),
    ...stream('b', 4),
    ...stream('c', 1, 3),
    { template: 9, size: 7 },
  ]),
  frame({ template: 3, streamId: 'c', isRead: 2 }),
  frame({ template: 2, streamId: 'c', dc: -1, remoteIP: '2001:db8::1' }),
  Buffer.from([0, 0, 0, 20]),
])

function readingsOf(bytes: Buffer): Readings {
  const readings = new Readings()
  quickRead(bytes, bytes.length, MAX_FRAME_BYTES, readings)
  return readings
}

describe('frames', () => {
  const lies: [what: string, oracle: Oracle, lie: (readings: Readings) => void][] = [
    ['another number', 'same-events', ({ numbers }) => void numbers[1]!++],
    ['another time', 'same-events', ({ timestamps }) => void timestamps[0]!++],
    ['another address', 'same-events', ({ ips }) => void ips.fill('::1', 0, 1)],
    ['another event', 'same-events', ({ templates }) => void templates.fill(8, 1, 2)],
    ['a good frame', 'same-reasons', ({ verdicts }) => void verdicts.fill(5, 1, 2)],
    ['another reason', 'same-reasons', ({ verdicts }) => void verdicts.fill(9, 8, 9)],
    ['another place', 'same-offsets', ({ offsets }) => void offsets[8]!++],
    ['no cut frame', 'same-reasons', (readings) => void Object.assign(readings, { partialBytes: 0 })],
    ['one frame less', 'same-events', (readings) => void readings.count--],
  ]

  test.each(lies)('a reading with %s fails', async (_what, oracle, lie) => {
    const readings = readingsOf(BYTES)
    lie(readings)
    const all = [oracle, 'same-reasons', 'same-events', 'ledger']
    expect(
      await failed(() => new DecoderOracle(MAX_FRAME_BYTES).check(BYTES, BYTES.length, 0, readings)),
    ).toBe(
      // Without the last event its reading is a rejection that isn't there.
      _what === 'one frame less' ? 'same-reasons' : oracle,
    )
    const router = new RouterOracle(CONFIGURATIONS[0]!)
    expect(all).toContain(await failed(() => router.check(BYTES, BYTES.length, 0, readings)))
    expect(await failed(() => assertReferencesAgree(BYTES, BYTES.length, MAX_FRAME_BYTES, readings))).toBe(
      'references-agree',
    )
  })

  it('true readings don’t, however the bytes are cut', async () => {
    const readings = readingsOf(BYTES)
    assertReferencesAgree(BYTES, BYTES.length, MAX_FRAME_BYTES, readings)
    for (const configuration of CONFIGURATIONS) {
      const router = new RouterOracle(configuration)
      for (let cutSeed = 0; cutSeed < 20; cutSeed++) {
        new DecoderOracle(MAX_FRAME_BYTES).check(BYTES, BYTES.length, cutSeed, readings)
        await router.check(BYTES, BYTES.length, cutSeed, readings)
      }
      await router.finish()
    }
  })

  it('a router that knows more or fewer streams than it should fails', async () => {
    const [drops] = CONFIGURATIONS
    const before = Buffer.from(referenceFrames(stream('a', 1)))
    const after = Buffer.from(referenceFrames(stream('a', 4)))
    // One model saw the beginning, the other router didn't: its end is then an orphan, or isn't.
    const seen = new RouterOracle(drops!)
    await seen.check(before, before.length, 0, readingsOf(before))
    const readings = readingsOf(after)
    readings.ids[0] = 'b'
    expect(await failed(() => seen.check(after, after.length, 0, readings))).toBe('same-events')
    const anew = readingsOf(before)
    anew.templates[0] = 3
    const other = new RouterOracle(drops!)
    expect(await failed(() => other.check(before, before.length, 0, anew))).toBe('same-events')
  })
})

describe('schemas', () => {
  it('code that is not well-formed, and text that has become code, fail', async () => {
    expect(await failed(() => toJavaScript('export const a: = 1'))).toBe('parses')
    for (const text of [
      '/** a */ stolen() /* b */',
      "export const a = ''+stolen+''",
      'export const a = `$\u007bstolen}`',
    ]) {
      expect([text, await failed(() => assertText({ xml: '' }, text))]).toEqual([text, 'no-injection'])
    }
    for (const text of ['/** stolen() */ export const a = 1', "export const a = '; stolen()'"]) {
      expect([text, await failed(() => assertText({ xml: '' }, text))]).toEqual([text, undefined])
    }
    for (const name of ['p', 'stolen', '\nstolen', '* stolen']) {
      const xml = `<messageSchema id="1" package="${name}"><message name="M" id="1"/></messageSchema>`
      expect([name, await failed(() => checkSchema({ xml }, new Random(1), true))]).toEqual([name, undefined])
    }
  })

  it('a prototype that has grown fails', async () => {
    const prototype = Object.prototype as { grown?: number }
    try {
      prototype.grown = 1
      expect(await failed(() => checkSchema({ xml: '<a/>' }, new Random(1), false))).toBe('prototypes')
    } finally {
      delete prototype.grown
    }
  })
})

describe('the command line', () => {
  const line = { args: ['inspect', 'x'], stdin: 'null', stdout: 'pipe', stderr: 'pipe' } as const
  const ended = (code: number | null, stderr: string, stdout = '', more: Partial<Ended> = {}): Ended => ({
    ...{ code, signal: null, isEndless: false, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) },
    ...more,
  })
  const usage = 'shardwire: give a FILE; see shardwire inspect --help\n'
  const cases: [what: string, oracle: Oracle | undefined, ended: Ended, args?: readonly string[]][] = [
    ['all is well', undefined, ended(0, '', '{"event":"A"}\n')],
    ['bad data', undefined, ended(1, 'shardwire: cannot read x: why\n')],
    ['bad usage', undefined, ended(2, usage)],
    ['no end', 'ends', ended(null, '', '', { isEndless: true })],
    ['a signal', 'exit-status', ended(null, '', '', { signal: 'SIGSEGV' })],
    ['another code', 'exit-status', ended(7, '')],
    ['bad usage that passes', 'exit-status', ended(0, ''), ['inspect', '--no-such-option']],
    ['usage without help', 'exit-status', ended(2, 'shardwire: no\n')],
    ['complaints and 0', 'exit-status', ended(0, 'shardwire: cannot\n')],
    ['failure without a word', 'messages', ended(1, '')],
    ['a stack', 'messages', ended(1, 'Error: x\n    at main (file:///a.js:1:1)\n')],
    ['a fault', 'messages', ended(1, 'shardwire: a fault in shardwire, please report it: x\n')],
    ['a control in a message', 'no-control-characters', ended(1, 'shardwire: \u001b[2J\n')],
    ['a control in a result', 'no-control-characters', ended(0, '', '"\u009b"\n')],
    ['text turned round', 'no-control-characters', ended(0, '', '"\u202e"\n')],
    ['a long message', 'bounded-output', ended(1, `shardwire: ${'x'.repeat(10_000)}\n`)],
    ['half a line', 'results', ended(0, '', '{"event":')],
    ['a frame with a fault', 'results', ended(0, '', '\0\0\0\u0006xx'), ['generate']],
  ]
  test.each(cases)('%s', async (_what, oracle, run, args = line.args) => {
    expect(await failed(() => assertContract({ ...line, args }, run, ROOT))).toBe(oracle)
  })
})

it('what fails becomes as small as it gets', async () => {
  const list = Array.from({ length: 100 }, (_, index) => index)
  const fails = async (shorter: readonly number[]): Promise<boolean> =>
    [17, 18, 80].every((one) => shorter.includes(one))
  expect(await minimise(list, fails)).toEqual([17, 18, 80])
})

it('the corpus stays small', () => {
  const files = readdirSync(CORPUS, { recursive: true, encoding: 'utf8' }).map((name) =>
    statSync(join(CORPUS, name)),
  )
  expect(files.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0)).toBeLessThan(200_000)
})

describe('the program', () => {
  const run = async (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
    const program = [join(ROOT, 'test/bundled.mjs'), join(ROOT, 'test/fuzz/main.ts'), ...args]
    try {
      return { code: 0, ...(await promisify(execFile)(process.execPath, program, { cwd: ROOT })) }
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string }
    }
  }

  it('does the same for the same seed, whoever does it', async () => {
    const args = ['--only', 'frames', '--only', 'schemas', '--frames', '20000', '--seed', '7', '--json']
    const [one, other] = [await run(...args), await run(...args)]
    const { seconds: _one, ...first } = JSON.parse(one.stdout) as Record<string, unknown>
    const { seconds: _other, ...second } = JSON.parse(other.stdout) as Record<string, unknown>
    expect(first).toEqual(second)
    expect(first).toMatchObject({ seed: 7, failures: [], schemas: 8, cliRuns: 0 })
    expect(first.mutated).toBeGreaterThanOrEqual(20_000)
  })

  it('tells what failed, by which oracle, and how to replay it', async () => {
    const file = join(written(), 'cli-that-is-no-input.json')
    writeFileSync(file, 'no JSON')
    const { code, stdout } = await run('--replay', file)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^oracle: [a-z-]+$/m)
    expect(stdout).toMatch(/^SEED=\d+ input=/m)
    expect(stdout).toMatch(/^commit: /m)
    expect(stdout).toMatch(/^replay: npm run fuzz -- --replay build\/fuzz\/cli-that-is-no-input\.json$/m)
  })

  it('refuses what it doesn’t know, and helps', async () => {
    for (const args of [
      ['--frames', '0'],
      ['--only', 'frame'],
      ['--frames', '1', '--seconds', '1'],
      ['--input', '3'],
      ['--replay', 'none'],
      ['x'],
    ]) {
      const { code, stderr } = await run(...args)
      expect(code).toBe(2)
      expect(stderr).toMatch(/^fuzz: .+\nnpm run fuzz -- --help/)
    }
    expect(await run('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('--frames N') })
  })
})

it('a failure of the product itself is one of an oracle', () => {
  expect(failureOf(new TypeError('x')).oracle).toBe('typed-error')
  expect(failureOf(Object.assign(new Error('x'), { code: 'core-poisoned' })).oracle).toBe('no-trap')
  expect(failureOf(new FuzzFailure('spread', 'x')).oracle).toBe('spread')
})
