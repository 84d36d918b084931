// Every record of a ring stands there whole until it is settled, wherever the ring's end
// and 2^32 fall.
import { describe, expect, it } from 'vitest'
import { exercise } from './ring.js'

describe('a ring', () => {
  const starts = { 'position 0': 0, '2^31': 2 ** 31 - 4_096, '2^32': 2 ** 32 - 4_096 }

  it.each(
    [256, 512, 1_024, 4_096].flatMap((bytes) =>
      Object.entries(starts).map(([where, start]) => ({ bytes, where, start })),
    ),
  )('of $bytes bytes keeps each record whole until it is settled, from $where on', ({ bytes, start }) => {
    const ring = exercise(bytes, start, 6_000)
    expect(ring.full).toBeGreaterThan(50)
    expect(ring.padded).toBeGreaterThan(50)
  })
})
