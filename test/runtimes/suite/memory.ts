// Guarantee 8: everything is sized at creation; linear memory never grows, whatever the
// wire says. The memory is no part of the public API: the cases see it as the platform
// makes it.

import { createRouter } from 'shardwire'
import { mtg } from 'shardwire/mtg'
import { concat, frame } from '../../reference-frames.js'
import { cases, equal, isTrue, throwsCode, upTo } from './harness.js'
import { ending, keyless, opening, type Rig, rig, traffic } from './rig.js'

/** The memories that are made while something runs. */
function memoriesOf<Made>(make: () => Made): { made: Made; memories: WebAssembly.Memory[] } {
  const memories: WebAssembly.Memory[] = []
  const { Memory } = WebAssembly
  const watched = WebAssembly as { Memory: typeof Memory }
  watched.Memory = class extends Memory {
    constructor(descriptor: ConstructorParameters<typeof Memory>[0]) {
      super(descriptor)
      memories.push(this)
    }
  }
  try {
    return { made: make(), memories }
  } finally {
    watched.Memory = Memory
  }
}

/** All kinds of bytes, among them some that declare lengths. */
async function strain({ router }: Rig): Promise<void> {
  for (const index of upTo(1_000)) {
    const id = 'x'.repeat(index % 250) + index.toString(36)
    const bytes = concat(opening(id), traffic(id, index), keyless(index), index % 3 === 0 ? ending(id) : [])
    if (!router.write(bytes)) await router.ready()
  }
  for (const length of [0xffff_ffff, 0x7fff_ffff, 65_537]) {
    const bytes = frame({ template: 1, streamId: 'a', length })
    await throwsCode('framing-lost', () => router.source().write(bytes))
  }
  // The longest that may come: it is awaited, and never does.
  for (const _ of upTo(20)) router.source().write(frame({ template: 1, streamId: 'a', length: 65_536 }))
}

export const memory = cases('8 bounded memory', {
  'linear memory is as large at the end as at the beginning, and the same': async () => {
    for (const answer of [() => undefined, () => Promise.resolve()]) {
      const { made: tested, memories } = memoriesOf(() => rig({ shards: 3, streams: 10 }, answer))
      equal(memories.length, 1, 'memories')
      const { buffer } = memories[0]!
      const { byteLength } = buffer
      await strain(tested)
      await tested.finish()
      isTrue(memories[0]!.buffer === buffer, 'the memory was grown')
      equal(buffer.byteLength, byteLength)
    }
  },

  'nobody can grow it': async () => {
    const { made, memories } = memoriesOf(() => createRouter(mtg, { shards: 1 }))
    let isGrown = true
    try {
      memories[0]!.grow(1)
    } catch {
      isGrown = false
    }
    equal(isGrown, false, 'grown')
    await made.shutdown()
  },

  'its size follows from the options': async () => {
    const sizeOf = async (options: Parameters<typeof rig>[0]): Promise<number> => {
      const { made, memories } = memoriesOf(() => rig(options))
      await made.finish()
      return memories[0]!.buffer.byteLength
    }
    const small = await sizeOf({ shards: 1, streams: 1, ringBytes: 1_024, maxFrameBytes: 128 })
    const large = await sizeOf({ shards: 8, streams: 1, ringBytes: 1_048_576 })
    isTrue(small < 1_048_576, `a small router takes ${small} bytes`)
    isTrue(large >= 8 * 1_048_576 && large < 10 * 1_048_576, `a large router takes ${large} bytes`)
  },

  'one router leaves the memory of another alone': async () => {
    const { made: one, memories } = memoriesOf(() => rig({ shards: 2 }))
    one.router.write(concat(opening('a'), traffic('b', 1)))
    const before = new Uint8Array(memories[0]!.buffer).slice()
    const other = rig({ shards: 2 })
    other.router.write(concat(opening('c'), traffic('a', 2), ending('c')))
    await other.finish()
    const after = new Uint8Array(memories[0]!.buffer)
    isTrue(
      before.every((byte, index) => byte === after[index]),
      'it was written to',
    )
    await one.finish()
  },

  'sizes that no memory can have are refused at once': async () => {
    await throwsCode('memory-limit', () => createRouter(mtg, { shards: 256, ringBytes: 268_435_456 }))
  },
})
