// What makes coverage fail: a way that nobody went, and each exception that isn't exact.
import { describe, expect, it } from 'vitest'
import type { Site } from '../instrument.mjs'
import { type Exception, Hits, judge, listing, untaken } from './hits.js'

const site = (id: number, kind: Site['kind'], text: string, line: number, targets = 2): Site => ({
  ...{ id, kind, targets, text, line },
  ...{ function: 'f', file: 'assembly/f.ts', column: 3 },
})
// Not in the source's order.
const SITES = [
  site(0, 'if', 'a', 9),
  site(1, 'if', 'a', 5),
  site(2, 'assert', 'b', 6),
  site(3, 'br_table', 'c', 7, 3),
]

/** Taken: all but `a` of line 9 false, and the table's second and last target. */
function taken(): Hits {
  const hits = new Hits(SITES)
  for (const [id, value] of [
    [0, 1],
    [1, 0],
    [1, 7],
    [2, 1],
    [3, 0],
  ] as const)
    expect(hits.hit(id, value)).toBe(value)
  return hits
}

const A: Exception = { file: 'assembly/f.ts', function: 'f', text: 'a', nth: 2, untaken: [0], why: 'never' }
const C: Exception = { file: 'assembly/f.ts', function: 'f', text: 'c', untaken: [1, 2], why: 'never' }

describe('what is untaken', () => {
  it('is each way of each condition, but for asserts that fail', () => {
    expect([...untaken(taken())]).toEqual(['0/0', '3/1', '3/2'])
    const { faults } = judge(SITES, untaken(taken()), [], 'untaken')
    expect(faults).toEqual([
      'assembly/f.ts:9:3 f: a: never false',
      'assembly/f.ts:7:3 f: c: never target 1',
      'assembly/f.ts:7:3 f: c: never target 2',
    ])
  })

  it('is added up over processes, and a table takes what is too large as its last target', () => {
    const hits = taken()
    hits.add(new Float64Array(hits.counts.length).fill(1))
    hits.hit(3, 1_000)
    expect([...untaken(hits)]).toEqual([])
    expect(listing(hits)).toContain('f.ts:5:3 f: a\n    if: false 2, true 2\n')
    expect(listing(hits)).toContain('f.ts:7:3 f: c\n    br_table: 0 2, 1 1, 2 2\n')
  })
})

describe('exceptions', () => {
  const faultsOf = (...exceptions: Exception[]) =>
    judge(SITES, untaken(taken()), exceptions, 'untaken').faults

  it('are enough where they name what is untaken', () => {
    expect(faultsOf(A, C)).toEqual([])
  })

  it('must be needed, exact, reasoned and there once', () => {
    const { nth: _nth, ...both } = A
    const faults = [
      faultsOf({ ...A, untaken: [0, 1] }, C),
      faultsOf({ ...A, nth: 1 }, A, C),
      faultsOf(A, C, both),
      faultsOf(A, C, { ...both, kind: 'assert' }),
      faultsOf({ ...A, why: '' }, C),
      faultsOf(A, A, C),
    ]
    const label = 'exception assembly/f.ts f: a:'
    expect(faults).toEqual([
      [`${label} isn't needed for 1, delete it`],
      [`${label} isn't needed for 0, delete it`],
      [`${label} names 2 conditions, not one; see kind and nth`],
      [`${label} names 0 conditions, not one; see kind and nth`],
      [`${label} has no reason`],
      [`${label} is there twice`],
    ])
  })

  it('of another kind say nothing', () => {
    const { untaken: _untaken, ...rest } = A
    expect(faultsOf({ ...rest, unnoticed: [0] }, C)).toEqual(['assembly/f.ts:9:3 f: a: never false'])
  })
})
