// The bench as its users start it: what it refuses, what it finds, what it writes, and what it does not print.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Result } from '../../bench/result.js'
import { compiledBench, run, temporaryFolder } from './compiled.js'

const bench = compiledBench('run')
const program = join(bench, 'run.js')
const folder = temporaryFolder()
const FEW = ['--quick', '--events', '2000']

/** A contestant's file, which takes another's work. */
function addContestant(name: string, text: string): void {
  writeFileSync(join(bench, 'contestants', `${name}.js`), text)
}

/** What runs put there they take away again. */
const temporary = temporaryFolder()
const start = (...args: readonly string[]) => run(program, args, temporary)
const leftOvers = (): string[] => readdirSync(temporary)

/** A program that speaks the protocol: it answers what its last argument says. */
const PROGRAM = `
import { createInterface } from 'node:readline'
for await (const line of createInterface({ input: process.stdin })) {
  const { kind } = JSON.parse(line)
  if (kind === 'prepare') console.log('{"kind":"prepared","versions":{"it":"1.0"}}')
  else if (process.argv[2] === 'die') process.exit(3)
  else if (process.argv[2] === 'babble') console.log('what?')
  else console.log('{"kind":"ran","ns":1000000,"tally":{"checksum":' + process.argv[2] + '}}')
}
`

beforeAll(() => {
  addContestant(
    'wrong',
    `import { contestant as right } from './json-map.js'
    export const contestant = { ...right, open(setting) {
      const opened = right.open(setting)
      return { ...opened, finish() { const tally = opened.finish(); return { ...tally, bytesRead: tally.bytesRead + 1 } } }
    } }`,
  )
  addContestant(
    'partial',
    `import { contestant as right } from './json-map.js'
    export const contestant = { ...right, open(setting) {
      const opened = right.open(setting)
      return { ...opened, finish() { const { newest, ...tally } = opened.finish(); return tally } }
    } }`,
  )
  writeFileSync(join(bench, 'program.mjs'), PROGRAM)
  for (const [name, argument] of Object.entries({
    one: '1',
    same: '1',
    other: '2',
    dies: 'die',
    babbles: 'babble',
  })) {
    addContestant(
      name,
      `import { fileURLToPath } from 'node:url'
      const program = fileURLToPath(new URL('../program.mjs', import.meta.url))
      export const contestant = { description: 'a program', answers: ['checksum'],
        build: async () => ({ command: [process.execPath, program, '${argument}'] }) }`,
    )
  }
  addContestant(
    'uninstalled',
    `export const contestant = { description: 'a program', build: async () => ({ absent: 'install it' }) }`,
  )
})

describe('options', () => {
  it.each([
    [['--fast'], /--fast/],
    [['--events', '0'], /--events 0: give an integer from 1 to 16777216/],
    [['--events', 'many'], /--events many/],
    [
      ['--only', 'twim'],
      /--only twim: no such contestant or set; there are contestants shardwire, .*twin.* and sets start-up, streams/,
    ],
    [['--out', 'there'], /--out is for --plot/],
    [['--plot', 'x.json', '--quick'], /--plot times nothing, so --quick has no meaning/],
    [['--plot', '/nowhere/x.json'], /--plot \/nowhere\/x.json: .*ENOENT/],
    [['--plot', join(import.meta.dirname, '../../package.json')], /it is not what --json writes/],
  ])('%j is refused, with exit code 2', (args, message) => {
    const { status, stdout, stderr } = start(...args)
    expect(stderr).toMatch(message)
    expect(stdout).toBe('')
    expect(status).toBe(2)
  })

  it('--help and --list tell what there is', () => {
    expect(start('--help').stdout).toContain('--plot FILE')
    const { status, stdout } = start('--list')
    expect(status).toBe(0)
    expect(stdout).toMatch(/^ {2}shardwire +this router, plain objects, state by slot$/m)
    // A file in the folder is enough to be one.
    expect(stdout).toMatch(/^ {2}uninstalled +a program$/m)
    expect(stdout).toMatch(/^ {2}flooding +What do IDs cost/m)
  })
})

describe('a run', () => {
  it('writes what it found as JSON, and leaves nothing behind', () => {
    const json = join(folder, 'result.json')
    const only = ['shardwire', 'json-map', 'uninstalled', 'streams', 'observers', 'start-up']
    const { status, stdout, stderr } = start(
      ...FEW,
      ...only.flatMap((name) => ['--only', name]),
      '--json',
      json,
    )
    expect(stderr).toBe('')
    expect(status).toBe(0)
    const { machine, versions, absent, rows, startUp, date }: Result = JSON.parse(readFileSync(json, 'utf8'))
    expect(machine).toMatchObject({ cores: expect.any(Number), memoryBytes: expect.any(Number) })
    expect(versions).toMatchObject({ node: process.versions.node, shardwire: expect.any(String) })
    expect(Date.parse(date)).toBeGreaterThan(0)
    expect(absent).toEqual([{ contestant: 'uninstalled', why: 'install it' }])
    expect(stdout).toContain('(uninstalled is not there: install it)')
    expect(startUp).toMatchObject({ samples: 5 })
    const found = rows.map(({ set, contestant, streams, observer }) =>
      [set, contestant, streams, observer].join(' '),
    )
    expect(found).toEqual([
      'streams shardwire 200 state',
      'streams json-map 200 state',
      'streams shardwire 10000 state',
      'streams json-map 10000 state',
      'observers shardwire 10000 count',
      'observers json-map 10000 count',
      'observers shardwire 10000 async',
    ])
    expect(rows[1]).toMatchObject({
      shards: 1,
      events: 500,
      ids: 'mtg',
      chunkBytes: 65_536,
      factories: 1,
      rounds: 3,
    })
    expect(rows[0]).toMatchObject({ shards: 4, events: 2_000 })
    for (const { minNs, medianNs, maxNs } of rows) {
      expect(minNs).toBeGreaterThan(0)
      expect(medianNs).toBeGreaterThanOrEqual(minNs)
      expect(maxNs).toBeGreaterThanOrEqual(medianNs)
    }
    expect(leftOvers()).toEqual([])
  })

  it.each([
    ['wrong', /^bench: wrong counted wrong: bytesRead is \d+, expected \d+\n$/],
    ['partial', /^bench: partial counted wrong: newest is not there\n$/],
    ['dies', /^bench: dies failed: its process ended with 3\n$/],
    ['babbles', /^bench: babbles answered "what\?", which is no JSON\n$/],
  ])('a contestant that is %s ends it with exit code 1, and no time is printed', (name, message) => {
    const json = join(folder, `${name}.json`)
    const { status, stdout, stderr } = start(...FEW, '--only', name, '--only', 'streams', '--json', json)
    expect(stderr).toMatch(message)
    expect(stdout).not.toMatch(/median|ns/)
    expect(status).toBe(1)
    expect(existsSync(json)).toBe(false)
    expect(leftOvers()).toEqual([])
  })

  it('programs that say something of their own have to say the same', () => {
    const only = (...names: readonly string[]) =>
      start(...FEW, ...['streams', ...names].flatMap((name) => ['--only', name]))
    expect(only('one', 'same')).toMatchObject({ status: 0, stderr: '' })
    expect(only('one', 'other')).toMatchObject({
      status: 1,
      stderr: 'bench: other counted wrong: checksum is 2, but 1 for one\n',
    })
  })

  it('that is interrupted takes its files with it', async () => {
    const env = { ...process.env, TMPDIR: temporary }
    const child = spawn(process.execPath, [program, '--only', 'streams'], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'exit')
    // The first line comes when the folder is there.
    await once(child.stdout, 'data')
    expect(leftOvers()).toHaveLength(1)
    child.kill('SIGINT')
    expect(await ended).toEqual([130, null])
    expect(leftOvers()).toEqual([])
  })
})
