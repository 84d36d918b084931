// Each planted fault still says where it goes: whoever moves that code moves the fault along.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { upTo } from '../support.js'
import { edited } from './edits.js'
import { FAULTS, type Fault } from './faults.js'
import { ofItsOwn, type Verdict } from './judge.js'

const root = join(import.meta.dirname, '..', '..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

/** The files of a fault as they are with it. */
function planted({ edits }: Fault): Map<string, string> {
  const files = new Map<string, string>()
  for (const edit of edits) files.set(edit.file, edited(files.get(edit.file) ?? read(edit.file), edit))
  return files
}

describe('planted faults', () => {
  for (const fault of FAULTS) {
    it(`${fault.number} ${fault.name}: changes what stands there once`, () => {
      for (const [file, text] of planted(fault)) {
        expect(file).toMatch(/^(src|assembly)\//)
        expect(text).not.toBe(read(file))
      }
    })
  }

  it('are all that were listed before there was any code, in their tiers, and those that were made since', () => {
    const numbers = FAULTS.map(({ number }) => number)
    expect(numbers).toEqual(upTo(FAULTS.length).map((index) => index + 1))
    expect(FAULTS.length).toBeGreaterThanOrEqual(50)
    for (const { number, tier } of FAULTS)
      expect([number, tier]).toEqual([number, number <= 20 ? 'push' : 'nightly'])
    expect(new Set(FAULTS.map(({ name }) => name)).size).toBe(FAULTS.length)
  })

  it('name the oracles that notice: of tests, titles that are there', () => {
    for (const { number, by, oracles, tests } of FAULTS) {
      expect([number, oracles.length > 0]).toEqual([number, true])
      expect([number, tests !== undefined]).toEqual([number, by === 'tests'])
      if (tests === undefined) continue
      expect([tests, existsSync(join(root, tests))]).toEqual([tests, true])
      for (const title of oracles) expect(read(tests)).toContain(title)
    }
  })

  it('are caught by an oracle they name, and by no other', () => {
    const by = (oracle: string): Verdict => ({ kind: 'caught', oracle, how: 'seed 1', events: 5 })
    const kindOf = (judge: Fault['by'], oracles: readonly string[], oracle: string): string =>
      ofItsOwn(by(oracle), { by: judge, oracles }).kind
    expect(kindOf('simulation', ['order', 'values'], 'values')).toBe('caught')
    expect(kindOf('simulation', ['order', 'values'], 'unexpected-error')).toBe('elsewhere')
    expect(kindOf('simulation', ['settled'], 'set')).toBe('elsewhere')
    expect(kindOf('tests', ['is refused'], 'the core is refused')).toBe('caught')
    expect(kindOf('tests', ['is refused'], 'another test')).toBe('elsewhere')
    const hung: Verdict = { kind: 'hung', output: '' }
    expect(ofItsOwn(hung, { by: 'simulation', oracles: ['stall'] })).toBe(hung)
  })
})
