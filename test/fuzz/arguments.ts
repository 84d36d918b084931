// The arguments of `npm run fuzz`.

import { existsSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { optionsOf, UsageError, wholeNumber } from '../command-line.mjs'
import { KINDS, type Kind } from './failure.js'

export const HELP = `npm run fuzz -- [options]

Damages frames, schemas and command lines, and compares what the product makes of
them with what it must. The corpus is played first, then new inputs. One seed
decides all of them.

  --frames N     until N damaged frames were looked at; schemas and command lines
                 get a share: one schema for ${2_500} frames, one run for ${50_000}
  --seconds N    for so long instead; 10 when neither is given
  --seed S       0 to 4294967295; another each time when left out
  --only KIND    frames, schemas or cli; may be given more than once
  --jobs J       processes, 1 to 64; 1 by default
  --input N      only the input of this number of the kind that --only names:
                 what a failure gives to replay it
  --replay FILE  only this file: one of the corpus, or one that a failure wrote
  --json         the summary as one JSON object
  -h, --help     this text

A failure is printed, its input written below build/fuzz/. Exit code: 0 nothing was
found; 1 something was; 2 bad usage.
`

export const FRAMES_A_SCHEMA = 2_500
export const FRAMES_A_CLI_RUN = 50_000
const DEFAULT_SECONDS = 10
const MAX_SEED = 0xffff_ffff
const MAX_JOBS = 64

export interface Arguments {
  readonly frames: number | undefined
  readonly seconds: number | undefined
  readonly seed: number | undefined
  readonly kinds: readonly Kind[]
  readonly jobs: number
  readonly input: number | undefined
  readonly replay: string | undefined
  readonly json: boolean
  readonly help: boolean
}

function integer(name: string, text: string | undefined, least: number, most: number): number | undefined {
  return text === undefined ? undefined : wholeNumber(name, text, least, most)
}

const OPTIONS = {
  frames: { type: 'string' },
  seconds: { type: 'string' },
  seed: { type: 'string' },
  only: { type: 'string', multiple: true, default: [] as string[] },
  jobs: { type: 'string' },
  input: { type: 'string' },
  replay: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** A corpus file stands in its kind's folder, and what a failure wrote begins with its kind. @throws UsageError */
function kindOf(path: string): Kind {
  const name = `${basename(dirname(resolve(path)))} ${basename(path)}`
  const kind = KINDS.find((one) => new RegExp(`(^| )${one}\\b`).test(name))
  if (kind !== undefined && existsSync(path)) return kind
  throw new UsageError(
    `--replay ${JSON.stringify(path)}: there is no such file, or its name doesn't say of which kind it is`,
  )
}

/** @throws UsageError */
export function readArguments(argv: readonly string[]): Arguments {
  const { only, replay, json, help, ...values } = optionsOf(OPTIONS, argv)
  const kinds = KINDS.filter((kind) => only.length === 0 || only.includes(kind))
  const unknown = only.find((name) => !KINDS.some((kind) => kind === name))
  if (unknown !== undefined)
    throw new UsageError(`there is no kind ${JSON.stringify(unknown)}; give one of ${KINDS.join(', ')}`)
  const most = Number.MAX_SAFE_INTEGER
  const frames = integer('frames', values.frames, 1, most)
  const seconds = integer('seconds', values.seconds, 1, most)
  const seed = integer('seed', values.seed, 0, MAX_SEED)
  const input = integer('input', values.input, 0, most)
  if (frames !== undefined && seconds !== undefined)
    throw new UsageError('give either --frames or --seconds, not both')
  if (input !== undefined && (kinds.length !== 1 || seed === undefined)) {
    throw new UsageError('--input needs --seed, and --only with one kind')
  }
  const kindOfFile = replay === undefined ? undefined : kindOf(replay)
  return {
    frames,
    seconds: seconds ?? (frames === undefined ? DEFAULT_SECONDS : undefined),
    seed,
    kinds: kindOfFile === undefined ? kinds : [kindOfFile],
    jobs: integer('jobs', values.jobs, 1, MAX_JOBS) ?? 1,
    ...{ input, json, help },
    replay: replay === undefined ? undefined : resolve(replay),
  }
}
