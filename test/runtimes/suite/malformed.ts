// Guarantee 6: a malformed frame costs that frame alone, lost framing costs its source
// alone, and each is told with its reason and place.

import { FrameError } from 'shardwire'
import { BAD, badFrame, LOST } from '../../malformed-frames.js'
import { concat, frame } from '../../reference-frames.js'
import { type Case, cases, equal, isTrue, matches, throwsCode } from './harness.js'
import { ending, opening, pieces, rig, traffic } from './rig.js'

const costsItself = ([reason, spec]: (typeof BAD)[number], index: number): [string, Case['run']] => [
  `a frame that is bad by ${reason} costs itself alone, and says where it is (${index})`,
  async () => {
    const bad = badFrame(spec)
    const [before, after] = [traffic('before', 1), traffic('after', 2)]
    const bytes = concat(before, bad, after, bad)
    for (const length of [bytes.length, 1, 7]) {
      const tested = rig()
      for (const piece of pieces(bytes, length)) tested.router.write(piece)
      equal(
        tested.events().map(({ streamId }) => streamId),
        ['before', 'after'],
      )
      equal(
        tested.frameErrors.map(({ code, reason, offset, frame }) => ({ code, reason, offset, frame })),
        [
          { code: 'frame-rejected', reason, offset: before.length, frame: 2 },
          { code: 'frame-rejected', reason, offset: bytes.length - bad.length, frame: 4 },
        ],
        'the errors',
      )
      isTrue(tested.frameErrors[0] instanceof FrameError, 'it is no FrameError')
      const stats = await tested.finish()
      equal(stats.rejectedBy, { [reason]: 2 })
      matches(stats, { received: 4, accepted: 2, discardedBytes: 0 })
    }
  },
]

const losesItsSource = ([name, reason, head]: (typeof LOST)[number]): [string, Case['run']] => [
  `${name} is lost framing: it closes its source, and only it`,
  async () => {
    const tested = rig()
    const [lost, other] = [tested.router.source(), tested.router.source()]
    const good = traffic('good', 1)
    const rest = concat(head, good, good)
    const error = await throwsCode('framing-lost', () => lost.write(concat(good, rest)))
    isTrue(error.source === lost, 'the error is of another source')
    matches(error, { reason, offset: good.length, frame: 2 })
    equal(
      tested.frameErrors.map(({ message }) => message),
      [error.message],
      'what was told',
    )
    equal(tested.events().length, 1)
    isTrue((await throwsCode('framing-lost', () => lost.write(good))) === error, 'write throws another')
    isTrue((await throwsCode('framing-lost', () => lost.ready())) === error, 'ready rejects with another')
    await lost.end()
    equal([other.write(good), tested.router.write(good)], [true, true])
    const stats = await tested.finish()
    equal(stats.rejectedBy, { [reason]: 1 })
    matches(stats, { received: 4, accepted: 3, discardedBytes: rest.length + good.length })
  },
]

export const malformed = cases('6 malformed input', {
  ...Object.fromEntries(BAD.map(costsItself)),
  ...Object.fromEntries(LOST.map(losesItsSource)),

  'an unknown template is counted and not told: its producer is newer': async () => {
    const tested = rig()
    tested.router.write(concat(frame({ template: 10 }), frame({ template: 0 }), traffic('a', 0)))
    equal([tested.frameErrors.length, tested.events().length], [0, 1])
    equal((await tested.finish()).rejectedBy, { 'unknown-template': 2 })
  },

  'what a newer producer adds to block, data and version is skipped': async () => {
    const tested = rig()
    const spec = { template: 3, traffic: 7, isRead: true }
    tested.router.write(
      concat(
        frame({ ...spec, streamId: 'block', extraBlockBytes: new Uint8Array(9).fill(255), version: 3 }),
        frame({ ...spec, streamId: 'data', extraVarData: new Uint8Array(12).fill(255) }),
        frame({ ...spec, streamId: 'version', version: 65_535 }),
      ),
    )
    equal(
      tested.events().map(({ streamId }) => streamId),
      ['block', 'data', 'version'],
    )
    for (const event of tested.events()) matches(event, { traffic: 7, isRead: true })
    equal((await tested.finish()).rejected, 0)
  },

  'a malformed frame opens, ends and takes nothing': async () => {
    const tested = rig()
    tested.router.write(
      concat(
        frame({ template: 1, streamId: 's', schemaId: 7 }),
        ending('s'),
        opening('good'),
        frame({ template: 4, streamId: 'good', block: new Uint8Array(3) }),
        ending('good'),
      ),
    )
    matches(await tested.finish(), { streams: 0, dropped: 1, rejected: 2, delivered: 2 })
  },

  'a frame that is cut off by the end of its source is one rejected frame': async () => {
    const good = traffic('a', 1)
    for (let cut = 1; cut < good.length; cut++) {
      const tested = rig()
      const source = tested.router.source()
      source.write(concat(good, good.subarray(0, cut)))
      await source.end()
      matches(tested.frameErrors[0]!, { reason: 'truncated', offset: good.length, frame: 2 })
      matches(await tested.finish(), { received: 2, delivered: 1, rejectedBy: { truncated: 1 } })
    }
  },

  'lost framing is found at the fourth byte, wherever the bytes are cut': async () => {
    const good = traffic('good', 1)
    const bytes = concat(good, [0, 0, 0, 5])
    for (let cut = 0; cut <= bytes.length; cut++) {
      const tested = rig()
      const source = tested.router.source()
      const error = await throwsCode('framing-lost', () => {
        source.write(bytes.slice(0, cut))
        source.write(bytes.slice(cut))
      })
      equal([error.offset, tested.events().length], [good.length, 1])
      await tested.finish()
    }
  },
})
