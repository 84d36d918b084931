// The command line's contract, held against what one run printed and ended with.

import { readdirSync } from 'node:fs'
import { FuzzFailure, type Oracle } from '../failure.js'
import { quickRead, Readings } from '../frames/quick-reference.js'
import { COMMANDS, type CommandLine, NO_OPTION } from './grammar.js'
import type { Ended } from './run.js'

const PREFIX = 'shardwire: '
/** Characters of one message: a path of 4,096, and a sentence. */
const MOST_LINE = 9_000
const MAX_FRAME_BYTES = 65_536
/** C0 but for the line feed, DEL, C1; what turns text round or hides in it. */
const OBEYED = new RegExp(
  `[${'\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f'}${'\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff'}]`,
)

function textOf(bytes: Buffer, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new FuzzFailure('no-control-characters', `${name} is not UTF-8`, {
      got: bytes.toString('latin1').slice(0, 400),
    })
  }
}

/** Whether help is asked for, as the program's own parser would find it: generous, to expect no failure in doubt. */
const asksForHelp = (args: readonly string[]): boolean =>
  args.some((word) => /^--help|^-\w*h|^help$/.test(word))

/** Bad usage for certain: an option that nobody has, not a value, not behind `--`. */
function isBadUsage(args: readonly string[]): boolean {
  const at = args.indexOf(NO_OPTION)
  if (at < 0 || asksForHelp(args) || args.slice(0, at).includes('--')) return false
  return COMMANDS.some((name) => name === args[0])
}

/** @throws FuzzFailure */
export function assertContract(line: CommandLine, ended: Ended, folder: string): void {
  const fail = (oracle: Oracle, what: string, more: object = {}): never => {
    const stderr = ended.stderr.toString('latin1')
    throw new FuzzFailure(oracle, what, { ...more, ...line, code: ended.code, stderr })
  }
  const { code, signal, isEndless } = ended
  if (isEndless) fail('ends', 'the program doesn’t end')
  if (signal !== null || code === null || ![0, 1, 2].includes(code))
    fail('exit-status', `it ended with ${signal ?? code}`)
  const stderr = textOf(ended.stderr, 'standard error')
  assertMessages(stderr, fail)
  const isGenerate = line.args[0] === 'generate'
  const stdout =
    isGenerate && !ended.stdout.subarray(0, 5).equals(Buffer.from('usage'))
      ? ''
      : textOf(ended.stdout, 'standard output')
  const control = OBEYED.exec(stdout)
  if (control !== null)
    fail('no-control-characters', `standard output holds U+${control[0].charCodeAt(0).toString(16)}`)
  if (isBadUsage(line.args) && code !== 2) fail('exit-status', 'bad usage is not refused')
  if (line.stderr === 'pipe') assertStatus(code!, stderr, ended.stdout.length, fail)
  if (line.stdout === 'pipe') assertResults(line, ended, stdout, fail)
  const left = readdirSync(folder).filter((name) => name.endsWith('.part'))
  if (left.length > 0) fail('results', 'a half-written file is left', { left })
}

type Fail = (oracle: Oracle, what: string, more?: object) => never

function assertMessages(stderr: string, fail: Fail): void {
  const control = OBEYED.exec(stderr)
  if (control !== null)
    fail('no-control-characters', `standard error holds U+${control[0].charCodeAt(0).toString(16)}`)
  if (stderr !== '' && !stderr.endsWith('\n')) fail('messages', 'the last message has no end')
  for (const message of stderr.split('\n').slice(0, -1)) {
    if (!message.startsWith(PREFIX)) fail('messages', 'a line is no message of ours', { message })
    if (/\s+at \S+ \(|\bfile:\/\/|a fault in shardwire/.test(message))
      fail('messages', 'a fault of ours is shown', { message })
    if (message.length > MOST_LINE) fail('bounded-output', `a message has ${message.length} characters`)
  }
}

/** What an exit code promises about standard error. */
function assertStatus(code: number, stderr: string, stdoutBytes: number, fail: Fail): void {
  const messages = stderr.split('\n').slice(0, -1)
  if (code === 2) {
    const isUsage = messages.length === 1 && /; see shardwire( [a-z]+)? --help$/.test(messages[0]!)
    if (!isUsage || stdoutBytes > 0)
      fail('exit-status', 'bad usage is not one line that says where help is, and nothing else')
  } else if (code === 1) {
    if (messages.length === 0) fail('messages', 'it failed without a word')
  } else if (messages.some((message) => !message.startsWith(`${PREFIX}note: `))) {
    fail('exit-status', 'it complains, and says that all is well')
  }
}

function assertResults(
  { args }: CommandLine,
  { code, stdout: bytes }: Ended,
  stdout: string,
  fail: Fail,
): void {
  const isJson = (text: string): boolean => {
    try {
      JSON.parse(text)
      return true
    } catch {
      return false
    }
  }
  if (asksForHelp(args) && code === 0 && stdout.startsWith('usage: shardwire ')) return
  if (args[0] === 'inspect') {
    const lines = stdout.split('\n')
    if (lines.pop() !== '' || !lines.every(isJson)) fail('results', 'a line is not JSON', { stdout })
  } else if (args[0] === 'replay' && args.includes('--json') && stdout !== '') {
    if (!isJson(stdout)) fail('results', 'the report is not JSON', { stdout })
  } else if (args[0] === 'compile' && stdout !== '') {
    if (!stdout.startsWith('// Generated by shardwire '))
      fail('results', 'this is not generated code', { stdout })
  } else if (args[0] === 'generate' && code === 0 && bytes.length > 0) {
    const readings = new Readings()
    quickRead(bytes, bytes.length, MAX_FRAME_BYTES, readings)
    const isClean = !readings.isLost && readings.partialBytes === 0
    if (!isClean || readings.verdicts.some((verdict) => verdict !== 0))
      fail('results', 'a frame is malformed')
  }
}
