// Rows and columns of any schema, made by the core as a plain reader makes them.
import { expect, it } from 'vitest'
import { Random } from '../mutate.js'
import { upTo } from '../support.js'
import { exerciseRows } from './any-rows.js'

it('records become rows, and numbers of any kind columns, null and absent ones included', () => {
  for (const seed of upTo(1_500))
    expect(() => exerciseRows(new Random(seed + 1)), `seed ${seed + 1}`).not.toThrow()
})
