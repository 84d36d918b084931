// The runner's own promises: what can't be run, breaks off or hangs never looks like a
// success, and no row disappears unseen.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { casesIn } from './outcome.mjs'
import { end, execute, start } from './process.mjs'
import { equal, runCases } from './suite/harness.js'
import { tableOf } from './table.mjs'

const run = (...args: string[]) =>
  execute(process.execPath, [fileURLToPath(new URL('run.mjs', import.meta.url)), ...args])

const HANG = 'setInterval(() => {}, 1000)'

const ROWS = [
  'Node 20',
  'Node 22',
  'Node 24',
  'Chromium, import map',
  'Chromium, Vite build',
  'Chromium, esbuild bundle',
  'Chromium, CSP',
  'Chromium, Web Worker',
  'workerd',
  'Deno',
  'Bun',
  'Package',
  'TypeScript 5.9',
  'TypeScript 6',
  'TypeScript 7',
  'example: node-tcp',
  'example: browser',
  'example: edge',
  'example: deno',
  'example: bun',
]

describe('a run', () => {
  const line = (name: string, message?: string): string =>
    `shardwire-case ${JSON.stringify({ name, message })}`

  it('is the cases that it told, whatever else it printed', () => {
    const output = ['(node:1) Warning', line('one'), 'noise', line('two', 'wrong'), 'shardwire-end', ''].join(
      '\r\n',
    )
    expect(casesIn(output)).toEqual([{ name: 'one' }, { name: 'two', message: 'wrong' }])
  })

  it('that breaks off is a failure, and says where and with what', () => {
    const cases = casesIn([line('one'), 'TypeError: no'].join('\n'))
    expect(cases).toHaveLength(2)
    expect(cases[1]!.message).toBe('it broke off after "one"\nTypeError: no')
    expect(casesIn('')).toHaveLength(1)
  })

  it('that hangs is a failure', () => {
    expect(casesIn(line('one'), true)[1]!.message).toBe('it hung, and was ended after "one"')
  })

  it('that hangs is ended', async () => {
    const { code, isLate } = await execute(process.execPath, ['-e', HANG], { timeoutMs: 1 })
    expect([code, isLate]).toEqual([null, true])
  })

  it.skipIf(process.platform !== 'linux')('is ended with all that it started', async () => {
    const inner = `console.log(process.pid); ${HANG}`
    const outer = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(inner)}], { stdio: 'inherit' })`
    const child = start(process.execPath, ['-e', outer])
    const [pid] = await once(child.stdout!, 'data')
    end(child)
    // It is no process any more, or one that only waits to be counted.
    const state = (): string => {
      try {
        return readFileSync(`/proc/${Number(pid)}/stat`, 'utf8').split(' ')[2]!
      } catch {
        return 'gone'
      }
    }
    await expect.poll(state).toMatch(/gone|Z/)
  })
})

describe('the table', () => {
  const passing = { name: 'one' }
  const failing = { name: 'two', message: 'wrong' }

  it('counts cases, and shows why a row is absent', () => {
    const { text, passed, failed } = tableOf(
      [
        { name: 'Node 20', version: 'v20', cases: [passing, failing, passing] },
        { name: 'Bun', absent: 'not installed' },
      ],
      false,
    )
    expect([passed, failed]).toEqual([2, 1])
    expect(text.split('\n').slice(1)).toEqual([
      'Node 20  v20                          2       1',
      'Bun      absent (not installed)',
    ])
  })

  it('counts a row that is absent as a failure where all are required', () => {
    expect(tableOf([{ name: 'Bun', absent: 'not installed' }], true).failed).toBe(1)
  })
})

describe('the suite', () => {
  it('goes on after a case that throws or rejects, and tells each', async () => {
    const boom = (): never => {
      throw new Error('boom')
    }
    const told: string[] = []
    const outcome = await runCases(
      [
        { name: 'throws', run: boom },
        { name: 'rejects', run: async () => boom() },
        { name: 'passes', run: () => {} },
      ],
      { recording: { frames: new Uint8Array(), shards: [] }, core: {} },
      (name, message) => told.push(`${name}: ${message?.split('\n')[0]}`),
    )
    expect(told).toEqual(['throws: boom', 'rejects: boom', 'passes: undefined'])
    expect([outcome.passed, outcome.failed.map(({ name }) => name)]).toEqual([1, ['throws', 'rejects']])
  })

  it('tells values apart, wherever they differ', () => {
    const pairs: [unknown, unknown][] = [
      [1, 2],
      [0, -0],
      [[1, 2], [1]],
      [{ a: 1 }, { a: 1, b: undefined, c: 2 }],
      [[{ a: [1, { b: 2 }] }], [{ a: [1, { b: 3 }] }]],
      [[], {}],
      [null, {}],
      ['1', 1],
    ]
    for (const [one, other] of pairs) {
      expect(() => equal(one, other)).toThrow()
      expect(() => equal(other, one)).toThrow()
    }
    equal([{ a: [1, Number.NaN] }], [{ a: [1, Number.NaN] }])
  })
})

describe('the command', () => {
  it('has help that names every row', async () => {
    const { code, output } = await run('--help')
    expect(code).toBe(0)
    expect(output).toContain(`Rows: ${ROWS.join('; ')}`)
  })

  it('refuses a row and an option that there is none of', async () => {
    for (const args of [['--only', 'Netscape'], ['--all']]) expect((await run(...args)).code).toBe(2)
  })
})

it('the lock file of the tools has no download addresses', () => {
  expect(readFileSync(new URL('tools/package-lock.json', import.meta.url), 'utf8')).not.toMatch(/"resolved"/)
})
