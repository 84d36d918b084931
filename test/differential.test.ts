// The product beside the reference, which shares no code with it: the same bytes, the
// same events in the same order, the same rejections at the same offsets, the same ledger.
import { describe, expect, it, test } from 'vitest'
import { makeDecoder } from '../src/decoder.js'
import { FrameError } from '../src/frame-error.js'
import { type Event, mtg } from '../src/mtg/index.js'
import { coreModule } from '../src/wasm.js'
import {
  type Account,
  accountOf,
  addAccounts,
  decodedLines,
  errorLine,
  eventLine,
  linesOf,
  listeningRig,
  modelledAccount,
  modelledLines,
  reportedLines,
  withoutSlot,
  writeLossy,
} from './compare.js'
import { mutateFrames, Random } from './mutate.js'
import { type Decoded, type FrameSpec, frame, REASONS, referenceDecode } from './reference.js'
import { concat } from './reference-frames.js'
import { assertRig, finish, recorder } from './support.js'
import { edgeFrames, sessionFrames } from './vectors.js'
import { wireCases } from './wire/parse.js'

const SMALL = { slots: 64, ringBytes: 1_048_576 }

const itemLine = (item: Event | FrameError): string =>
  item instanceof FrameError ? errorLine(item.reason, item.offset) : eventLine(withoutSlot(item))

function decoderLines(bytes: Uint8Array): string[] {
  const decoder = makeDecoder(coreModule, mtg)
  const lines = decoder.decode(bytes).map(itemLine)
  const truncated = decoder.end()
  if (truncated !== undefined) lines.push(itemLine(truncated))
  return lines
}

/** A fresh router's run over bytes, and its final account. */
async function routed(
  bytes: Uint8Array,
  orphans: 'drop' | 'deliver',
): Promise<{ lines: string[]; account: Account }> {
  const tested = listeningRig(recorder, { shards: 1, orphans }, { ...SMALL, slots: 4_096 })
  writeLossy(() => tested.router.write(bytes))
  const stats = await finish(tested)
  return { lines: linesOf(tested.heard), account: accountOf(stats) }
}

const INPUTS = [
  ...wireCases().map(({ file, title, bytes }) => ({ name: `wire/${file}: ${title}`, bytes })),
  { name: 'the recorded session', bytes: sessionFrames() },
  { name: 'the recorded edge cases', bytes: edgeFrames() },
]

describe('against the reference', () => {
  test.each(INPUTS)('$name', async ({ bytes }) => {
    const decoded = referenceDecode(bytes)
    expect(decoderLines(bytes)).toEqual(decodedLines(decoded))
    for (const orphans of ['drop', 'deliver'] as const) {
      const { lines, account } = await routed(bytes, orphans)
      expect(lines).toEqual(modelledLines(decoded, { orphans }))
      expect(account).toEqual(modelledAccount(decoded, { orphans, shards: 1 }))
    }
  })
})

/** Frames of all templates, good and newer, with IDs of all kinds of lengths. */
function corpus(): Uint8Array[] {
  const frames: Uint8Array[] = []
  const ids = ['', 'a', 'seven77', 'eight888', 'x'.repeat(22), 'y'.repeat(23), 'é'.repeat(8), 'z'.repeat(254)]
  for (let template = 1; template <= 9; template++) {
    ids.forEach((streamId, index) => {
      const spec: FrameSpec = { template, streamId, timestamp: 1_790_000_000_123_456_789n + BigInt(index) }
      const values = {
        remoteIP: '2001:db8::7',
        dc: -3,
        traffic: 1_500,
        size: -9,
        isRead: true,
        isBlockList: 1,
      }
      frames.push(frame({ ...spec, ...values }))
    })
    const extra = Uint8Array.of(2, 3, 255)
    frames.push(
      frame({ template, streamId: 'newer', version: 1, extraBlockBytes: extra, extraVarData: extra }),
    )
  }
  const edge = edgeFrames()
  const { items } = referenceDecode(edge)
  items.forEach(({ offset }, index) => {
    frames.push(edge.subarray(offset, items[index + 1]?.offset ?? edge.length))
  })
  return frames
}

const FRAMES = corpus()

/** One to twelve frames, damaged. The seed says all. */
function mutatedInput(seed: number): { bytes: Uint8Array; decoded: Decoded } {
  const random = new Random(seed)
  const whole = concat(
    ...Array.from({ length: 1 + random.below(12) }, () => FRAMES[random.below(FRAMES.length)]!),
  )
  const bytes = mutateFrames(whole, random.uint32())
  return { bytes, decoded: referenceDecode(bytes) }
}

describe('mutated frames', { timeout: 60_000 }, () => {
  it('come out of the router as out of the reference, 20,000 inputs through one router', async () => {
    const tested = listeningRig(recorder, { shards: 1, orphans: 'deliver' }, SMALL)
    const { router, heard } = tested
    const accounts: Account[] = []
    const reasons = new Set<string>()
    for (let seed = 1; seed <= 20_000; seed++) {
      const { bytes, decoded } = mutatedInput(seed)
      heard.length = 0
      const source = router.source()
      writeLossy(() => source.write(bytes))
      if (decoded.lost === undefined) await source.end()
      // Streams outlive an input here; when they end isn't the reference's to know.
      const lines = linesOf(heard).filter((line) => !line.startsWith('released'))
      const expected = reportedLines(decoded)
      if (lines.join('\n') !== expected.join('\n')) expect(lines, `seed ${seed}`).toEqual(expected)
      const account = modelledAccount(decoded, { shards: 1, orphans: 'deliver' })
      for (const reason of Object.keys(account.rejectedBy)) reasons.add(reason)
      accounts.push(account)
      if (seed % 1_000 !== 0) continue
      assertRig(tested)
      expect(accountOf(router.stats()), `up to seed ${seed}`).toEqual(addAccounts(accounts))
    }
    // Else the mutations would miss what they are for.
    expect([...reasons].sort()).toEqual([...REASONS, 'truncated'].sort())
    expect((await finish(tested)).sources).toBe(0)
  })

  it('come out of a fresh router with its streams, and of a decoder, as out of the model', async () => {
    for (let seed = 100_001; seed <= 100_600; seed++) {
      const { bytes, decoded } = mutatedInput(seed)
      const { lines, account } = await routed(bytes, 'drop')
      expect(lines, `seed ${seed}`).toEqual(modelledLines(decoded))
      expect(account, `seed ${seed}`).toEqual(modelledAccount(decoded, { shards: 1 }))
      expect(decoderLines(bytes), `seed ${seed}`).toEqual(decodedLines(decoded))
    }
  })
})
