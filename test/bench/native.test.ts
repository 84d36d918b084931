// The core in WebAssembly and the core in C do the same: the records that both write, the frames that both refuse and
// why, for loads that are well-formed and loads that aren't. And what only copies has copied all.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import type { Answer, Setting } from '../../bench/contestants/contestant.js'
import { commandOf, findContestants } from '../../bench/contestants.js'
import { Loads } from '../../bench/load.js'
import { ContestantProcess, stopAll } from '../../bench/process.js'
import { ENCODING_TYPE, LOOK_AHEAD_STREAMS } from '../../src/layout.js'
import { mutateFrames } from '../mutate.js'
import { compiledBench, temporaryFolder } from './compiled.js'

const bench = compiledBench('native')
const folder = temporaryFolder()
const loads = new Loads(folder)
const found = await findContestants(pathToFileURL(join(bench, 'contestants/')))

async function commandFor(wanted: string): Promise<readonly string[] | { readonly absent: string }> {
  if (wanted === 'core') return [process.execPath, '--expose-gc', join(bench, 'child.js'), wanted]
  const entry = found.find(({ name }) => name === wanted)
  if (entry === undefined) throw new Error(`there is no contestant ${wanted}`)
  return commandOf(entry)
}

const commands = {
  core: await commandFor('core'),
  inC: await commandFor('core-c'),
  copy: await commandFor('memcpy'),
}
const why = 'absent' in commands.inC ? ` (skipped: ${commands.inC.absent})` : ''
const start = (name: keyof typeof commands): ContestantProcess =>
  new ContestantProcess(name, commands[name] as readonly string[])

afterAll(stopAll)

type Asked = Pick<Setting, 'shards' | 'streams' | 'chunkBytes'>

/** What contestants answer to the same two files, one after the other. */
async function answersOf(
  contestants: readonly ContestantProcess[],
  leadIn: string,
  timed: string,
  setting: Asked,
): Promise<Answer[]> {
  const answers: Answer[] = []
  for (const one of contestants) {
    const whole: Setting = { observer: 'state', factories: 1, ...setting }
    await one.ask({ kind: 'prepare', leadIn, timed, ...whole }, 'prepared')
    answers.push((await one.ask({ kind: 'run' }, 'ran')).tally)
  }
  return answers
}

/** Enough live streams for buckets to be fetched ahead, and for the table to double several times. */
const MANY = Math.ceil(1.5 * LOOK_AHEAD_STREAMS)
const SETTINGS = [
  { shards: 1, chunkBytes: 65_536 },
  { shards: 4, chunkBytes: 65_536 },
  { shards: 4, chunkBytes: 1_021 },
  { shards: 256, chunkBytes: 1_048_576 },
]

describe(`the core in C${why}`, { skip: why !== '' }, () => {
  it.each([200, MANY])(
    'writes the same records as the one in WebAssembly, at %i streams',
    async (streams) => {
      const both = [start('core'), start('inC')]
      for (const ids of ['mtg', 'half-uuid'] as const) {
        const { leadIn, whole } = await loads.of({ leadIn: 4 * streams, events: 20_000, streams, ids })
        for (const setting of SETTINGS) {
          const [one, other] = await answersOf(both, leadIn, whole.file, { ...setting, streams: 2 * streams })
          expect(one).toMatchObject({ kinds: whole.expected.kinds, evicted: 0 })
          expect(one?.accepted).toBe(one?.received)
          expect(other).toEqual(one)
        }
      }
    },
  )

  it('gives the same streams up when there are too many', async () => {
    const both = [start('core'), start('inC')]
    const { leadIn, whole } = await loads.of({
      leadIn: 4 * MANY,
      events: 20_000,
      streams: MANY,
      ids: 'half-uuid',
    })
    for (const setting of SETTINGS.slice(0, 3)) {
      const [one, other] = await answersOf(both, leadIn, whole.file, { ...setting, streams: MANY / 2 })
      expect(one?.evicted).toBeGreaterThan(1_000)
      expect(other).toEqual(one)
    }
  })

  it('refuses the same frames for the same reasons', async () => {
    const both = [start('core'), start('inC')]
    for (const streams of [200, MANY]) {
      const { leadIn, whole } = await loads.of({
        leadIn: 4 * streams,
        events: 20_000,
        streams,
        ids: 'half-uuid',
      })
      const pieces = split(readFileSync(whole.file)).map((piece, seed) => mutateFrames(piece, seed))
      const framed = pieces.filter(isFramed)
      expect(framed.length).toBeGreaterThan(pieces.length / 4)
      const file = join(folder, 'damaged.sbe')
      writeFileSync(file, Buffer.concat(framed))
      for (const setting of SETTINGS) {
        const [one, other] = await answersOf(both, leadIn, file, { ...setting, streams: 2 * streams })
        expect(one!.received! - one!.accepted!).toBeGreaterThan(framed.length / 4)
        expect(other).toEqual(one)
      }
    }
  })

  it('loses the framing at the same byte, and notes a frame that is cut off', async () => {
    const both = [start('core'), start('inC')]
    const { leadIn, whole } = await loads.of({ leadIn: 800, events: 20_000, streams: 200, ids: 'mtg' })
    const lost = split(readFileSync(whole.file))
      .map((piece, seed) => mutateFrames(piece, seed))
      .filter((piece) => !isFramed(piece))
      .slice(0, 30)
    const sums = new Set<number>()
    for (const [index, piece] of lost.entries()) {
      const file = join(folder, 'lost.sbe')
      writeFileSync(file, piece)
      const setting = { ...SETTINGS[index % SETTINGS.length]!, streams: 1_024 }
      const [one, other] = await answersOf(both, leadIn, file, setting)
      expect(other).toEqual(one)
      sums.add(one!.recordsChecksum!)
    }
    // Not all alike, as they would be if nothing were looked at.
    expect(sums.size).toBeGreaterThan(25)
  })

  it('only copies when that is asked for', async () => {
    const copy = start('copy')
    const { leadIn, whole } = await loads.of({ leadIn: 800, events: 20_000, streams: 200, ids: 'mtg' })
    for (const chunkBytes of [1_021, 65_536, 1_048_576]) {
      const [answer] = await answersOf([copy], leadIn, whole.file, { shards: 4, streams: 1_024, chunkBytes })
      expect(answer).toEqual({ copied: readFileSync(whole.file).length })
    }
  })
})

const PIECE_FRAMES = 20

/** Bytes from a frame to the next one, as its first word says. */
const lengthAt = (bytes: Buffer, at: number): number => bytes.readUInt32BE(at)

/** A load as pieces of a few whole frames. */
function split(bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = []
  let from = 0
  let at = 0
  for (let frames = 1; at < bytes.length; frames++) {
    at += lengthAt(bytes, at)
    if (frames % PIECE_FRAMES !== 0 && at < bytes.length) continue
    pieces.push(bytes.subarray(from, at))
    from = at
  }
  return pieces
}

/** Whether what is damaged is still one frame after the other, so that the framing isn't lost there. */
function isFramed(piece: Uint8Array): boolean {
  const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length)
  let at = 0
  while (at + 6 <= bytes.length) {
    const length = lengthAt(bytes, at)
    if (length < 6 || length > 65_536 || bytes.readUInt16LE(at + 4) !== ENCODING_TYPE) return false
    at += length
  }
  return at === bytes.length
}
