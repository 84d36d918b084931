// The simulation is worth what its parts are: chance that is the same everywhere,
// frames that say what they are meant to, and the same course for the same seed.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { referenceDecode } from '../reference.js'
import { Dice } from './dice.js'
import { DAMAGES, FrameBuffer, fieldsOf, frameBytes, hasFields, LOSSES, TEMPLATE_IDS } from './frames.js'
import { makeTrap } from './trap.js'
import { World } from './world.js'

const root = join(import.meta.dirname, '..', '..')
const FIRST = [4_281_259_835, 2_002_756_682, 99_820_167]
const NUMBERS = [0, 1, 2, 3, 100, 101, 4_294, 65_535, 65_536, 999_999]

describe('the dice', () => {
  it('give the same numbers for the same seed, in every engine', () => {
    const dice = new Dice(0x0123_4567_89ab_cdefn)
    expect([dice.uint32(), dice.uint32(), dice.uint32()]).toEqual(FIRST)
  })

  it('tell all 64 bits of a seed apart', () => {
    const firsts = new Set(Array.from({ length: 64 }, (_, bit) => new Dice(1n << BigInt(bit)).uint32()))
    expect(firsts.size).toBe(64)
  })
})

describe('the frames', () => {
  it('read as the event that they are of', () => {
    for (const template of TEMPLATE_IDS) {
      for (const number of NUMBERS) {
        for (const newer of [undefined, { blockBytes: 3, dataBytes: 5, version: 2 }]) {
          const buffer = new FrameBuffer()
          const id = new TextEncoder().encode(`s${number}`)
          expect(buffer.event(template, number, id, newer)).toBe(frameBytes(template, id.length, newer))
          const { items, partialBytes } = referenceDecode(buffer.bytes.subarray(0, buffer.filled))
          const [item] = items
          expect([items.length, partialBytes, item?.kind]).toEqual([1, 0, 'event'])
          if (item?.kind !== 'event') continue
          expect(item.event).toEqual({
            ...fieldsOf(template, number),
            streamId: `s${number}`,
            timestamp: number,
          })
          expect(hasFields(item.event, template, number)).toBe(true)
          // A field more than the event's number and ID makes it another number's.
          if (Object.keys(item.event).length > 3)
            expect(hasFields(item.event, template, number + 1)).toBe(false)
        }
      }
    }
  })

  it('are malformed for the reason that they are meant to be', () => {
    for (const damage of [...DAMAGES, ...LOSSES]) {
      for (const number of NUMBERS) {
        const buffer = new FrameBuffer()
        buffer.malformed(damage, number, 1_024)
        const { items, lost } = referenceDecode(buffer.bytes.subarray(0, buffer.filled), {
          maxFrameBytes: 1_024,
        })
        const reasons = [
          ...items.map((item) => (item.kind === 'rejected' ? item.reason : item.kind)),
          lost?.reason,
        ]
        expect(reasons.filter((reason) => reason !== undefined)).toEqual([damage])
      }
    }
  })
})

describe('a seed', () => {
  it('takes the same course each time', async () => {
    const trap = makeTrap()
    for (const seed of [1n, 2n ** 63n + 11n, 42n]) {
      const first = await new World(seed, 2_000, () => trap).play()
      expect(await new World(seed, 2_000, () => trap).play()).toEqual(first)
      const other = await new World(seed + 1n, 2_000, () => trap).play()
      expect(other.traceHash).not.toBe(first.traceHash)
    }
  })

  it('is taken by all its names, and nothing else is', () => {
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [join(root, 'test/bundled.mjs'), 'test/simulation/simulate.ts', ...args], {
        cwd: root,
        encoding: 'utf8',
      })
    const summary = run('--seed', '18446744073709551615', '--events', '50', '--json')
    expect([summary.status, JSON.parse(summary.stdout)]).toMatchObject([0, { seeds: 1, failures: 0 }])
    for (const args of [
      ['--seed', '18446744073709551616'],
      ['--seed', '-1'],
      ['--seeds', 'x'],
      ['--jobs', '0'],
      ['--nonsense'],
    ]) {
      const refused = run(...args)
      expect([args, refused.status, refused.stdout]).toEqual([args, 2, ''])
      expect(refused.stderr).toMatch(/^simulate: /)
    }
  })

  it('that failed once is among those that are played first', () => {
    const lines = readFileSync(join(root, 'test/simulation/seeds.txt'), 'utf8').split('\n')
    const seeds = lines.filter((line) => line !== '' && !line.startsWith('#'))
    expect(seeds.length).toBeGreaterThan(0)
    for (const line of seeds) expect(line).toMatch(/^\d{1,20} \d+ \S/)
  })
})
