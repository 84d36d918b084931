// The router that routes nothing keeps to the same interface.

import { describe, expect, it } from 'vitest'
import { createNoopRouter } from '../../src/noop.js'
import { assertLedger, errorOf, traffic } from '../support.js'

describe('a no-op router', () => {
  it('takes everything and counts it', async () => {
    const router = createNoopRouter()
    expect(router.write(new Uint8Array(5))).toBe(true)
    expect(router.send({})).toBe(true)
    const source = router.source()
    expect(source.write(new Uint8Array(7))).toBe(true)
    await source.ready()
    await source.settled()
    expect(router.stats()).toMatchObject({ received: 1, ignored: 1, discardedBytes: 12, sources: 2 })
    await source.end()
    expect(await errorOf(() => source.write(new Uint8Array(1)))).toMatchObject({ code: 'source-ended' })
    const stats = await router.shutdown()
    expect(stats).toMatchObject({ received: 1, discardedBytes: 12, sources: 0 })
    assertLedger(stats)
  })

  it('closes its sources at shutdown, and takes nothing more', async () => {
    const router = createNoopRouter()
    const source = router.source()
    const closed = source.closed()
    await router.shutdown()
    await closed
    for (const use of [
      () => router.write(new Uint8Array(1)),
      () => router.send({}),
      () => router.source(),
      () => source.write(traffic('a', 1)),
    ]) {
      expect(await errorOf(use)).toMatchObject({ code: 'router-closed' })
    }
    expect(router.stats().discardedBytes).toBe(0)
  })

  it('is a writable stream', async () => {
    const router = createNoopRouter()
    const { writable } = router.source()
    await new Blob([new Uint8Array(9)]).stream().pipeTo(writable as WritableStream<Uint8Array>)
    expect(router.stats()).toMatchObject({ discardedBytes: 9, sources: 1 })
    await router.shutdown()
  })

  it('is a writable stream that fails when its source has ended, whether or not anything is written', async () => {
    const router = createNoopRouter()
    const source = router.source()
    const writers = [source.writable.getWriter(), router.writable.getWriter()]
    const closed = writers.map((writer) => writer.closed.catch((error: unknown) => error))
    await source.end()
    await router.shutdown()
    expect(await closed[0]).toMatchObject({ code: 'source-ended' })
    expect(await closed[1]).toMatchObject({ code: 'router-closed' })
  })
})
