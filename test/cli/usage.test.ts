// Bad usage is refused with one line that says what to write instead, and exit code 2.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { EDGE, run, SCHEMA } from './run.js'

const COMMANDS = ['inspect', 'generate', 'replay', 'compile']

describe('help', () => {
  test('the program tells its commands and exit codes', async () => {
    for (const args of [['--help'], ['-h'], ['help']]) {
      const { code, stdout, stderr } = await run(args)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      for (const command of COMMANDS) expect(stdout).toContain(`\n${command} `)
      expect(stdout).toContain('exit codes: 0 done; 1 bad data or a failed run; 2 bad usage')
    }
  })

  test.each(COMMANDS)('%s tells its options, exit codes and examples', async (command) => {
    const { code, stdout, stderr } = await run([command, '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(new RegExp(`^usage: shardwire ${command} `))
    expect(stdout).toContain('-h, --help')
    expect(stdout).toContain('exit codes: 0 ')
    expect(stdout).toMatch(/\nexamples?:\n {2}shardwire /)
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    // Help is given however wrong the rest is.
    expect((await run([command, '--nonsense', 'x', 'y', '-h'])).stdout).toBe(stdout)
    expect((await run(['help', command])).stdout).toBe(stdout)
  })

  test('the version is the package’s', async () => {
    const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
    const { version } = JSON.parse(text) as { version: string }
    expect(await run(['--version'])).toEqual({ code: 0, signal: null, stdout: `${version}\n`, stderr: '' })
  })
})

describe('mistakes', () => {
  const cases: [string[], RegExp, string?][] = [
    [[], /give a command: inspect, generate, replay, compile/, ''],
    [['relpay', 'x'], /no command "relpay"; did you mean replay\?/, ''],
    [['x\u001b[2J'], /no command "x\\u001b\[2J"/, ''],
    [['--nonsense'], /there is no --nonsense/, ''],
    [['--version', 'inspect'], /"inspect" comes after an option; give the command first/, ''],
    [['inspect'], /give a FILE to read, or - for standard input/],
    [['inspect', '-', '-'], /- is given twice/],
    [['inspect', '--shrads', '3', EDGE], /no --shrads; did you mean --shards\?/],
    [['inspect', '-x', EDGE], /there is no -x/],
    [['inspect', EDGE, '--shards'], /--shards needs a value/],
    [['inspect', '--shards', '--skip-invalid', EDGE], /--shards needs a value/],
    [['inspect', '--shards=', EDGE], /--shards needs a value/],
    [['inspect', '--skip-invalid=yes', EDGE], /--skip-invalid takes no value, it is given "yes"/],
    [['inspect', '--routing', 'a.json', EDGE], /--routing needs --schema/],
    ...['0', '-1', '1.5', '1e3', '0x10', 'two', ' 3', '4294967296'].map((value): [string[], RegExp] => [
      ['inspect', '--shards', value, EDGE],
      /--shards is ".*"; give a whole number from 1 to 4294967295/,
    ]),
    [['replay'], /give a FILE to replay/],
    [['replay', EDGE, EDGE], /give one FILE; ".*" is one too many/],
    [['replay', '--shards', '257', EDGE], /give a whole number from 1 to 256/],
    [['replay', '--streams', '0', EDGE], /--streams is "0"/],
    [['replay', '--jsn', EDGE], /no --jsn; did you mean --json\?/],
    [['generate', 'load.sbe'], /"load.sbe" is one too many; a file to write is given by -o FILE/],
    [['generate', '--events', '-5'], /--events is "-5"/],
    [['generate', '--streams', '16777217'], /give a whole number from 1 to 16777216/],
    [['generate', '--seed', '4294967296'], /give a whole number from 0 to 4294967295/],
    [['generate', '--rate', '0'], /--rate is "0"/],
    [['generate', '-o', 'a', '--to', 'tcp://127.0.0.1:1'], /either -o FILE or --to URL, not both/],
    ...[
      'ws://127.0.0.1:1',
      'tcp://127.0.0.1',
      'tcp://:80',
      'tcp://a:1/path',
      '127.0.0.1:1',
      'tcp://a:70000',
    ].map((url): [string[], RegExp] => [['generate', '--to', url], /--to is ".*"; give tcp:\/\/HOST:PORT/]),
    [['compile'], /give the SCHEMA.xml to compile/],
    [['compile', SCHEMA], /give -o FILE.ts to write, or -o - for standard output/],
    [['compile', SCHEMA, SCHEMA, '-o', '-'], /give one schema/],
  ]
  test.each(cases)('%j', async (args, pattern, name = args[0]!) => {
    const { code, stdout, stderr } = await run(args)
    expect(stderr).toMatch(/^shardwire: [\x20-\x7e]+\n$/)
    expect(stderr).toMatch(pattern)
    expect(stderr).toContain(name === '' ? '; see shardwire --help\n' : `; see shardwire ${name} --help\n`)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  test('arguments of any length are told in few characters, and what to do is among them', async () => {
    const long = 'x\u001b'.repeat(30_000)
    for (const args of [
      [long],
      ['inspect', `--${long}`],
      ['replay', EDGE, '--shards', long],
      ['compile', long, '-o', 'x'],
    ]) {
      const { code, stderr } = await run(args)
      expect(code).toBe(args[0] === 'compile' ? 1 : 2)
      expect(stderr.length).toBeLessThan(8_100)
      expect(stderr).toMatch(/^shardwire: [\x20-\x7e]+ … [\x20-\x7e]+\n$/)
      expect(stderr).toMatch(
        code === 2 ? /; see shardwire .*--help\n$/ : /its name is too long; give another path\n$/,
      )
    }
  })

  test('an operand that looks like an option comes after --', async () => {
    const { code, stderr } = await run(['inspect', '--', '--help'])
    expect(code).toBe(1)
    expect(stderr).toContain('cannot read --help: ')
  })
})
