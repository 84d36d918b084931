// Frames of any schema that the compiler may give, judged by the core as by its tables.
import { expect, it } from 'vitest'
import { REASONS } from '../../src/reasons.js'
import { Random } from '../mutate.js'
import { drawFrame, drawSchema, judged, judgeOf } from './any-schema.js'

it('a frame of any schema is judged as its tables say, the first fault first', () => {
  const met = new Map<string, number>()
  for (let seed = 1; seed <= 300; seed++) {
    const random = new Random(seed)
    const schema = drawSchema(random)
    const judge = judgeOf(schema)
    for (let number = 0; number < 60; number++) {
      const frame = drawFrame(random, schema)
      const expected = judged(schema, frame)
      expect(judge(frame), `frame ${number} of seed ${seed}`).toEqual(expected)
      const what = 'reason' in expected ? expected.reason : 'accepted'
      met.set(what, (met.get(what) ?? 0) + 1)
    }
  }
  // Those of the framing and of a source's end are no template's.
  const reasons = REASONS.filter((reason) => !/^(none|framing-.*|truncated)$/.test(reason))
  expect([...met.keys()].sort()).toEqual([...reasons, 'accepted'].sort())
  for (const [what, count] of met) expect(count, what).toBeGreaterThan(20)
})
