// R1: where the bytes are cut changes nothing. The same calls, ledger and error
// offsets, for a cut at every position, at every pair of positions and after every byte.
import { describe, expect, it, test } from 'vitest'
import { makeDecoder } from '../src/decoder.js'
import { FrameError } from '../src/frame-error.js'
import { mtg } from '../src/mtg/index.js'
import type { Source } from '../src/source.js'
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
  withoutSlot,
  writeLossy,
} from './compare.js'
import { type FrameSpec, frame, referenceDecode } from './reference.js'
import { concat } from './reference-frames.js'
import { finish, recorder } from './support.js'

const MAX_FRAME_BYTES = 1_024
const SIZES = { slots: 64, ringBytes: 16_384, maxFrameBytes: MAX_FRAME_BYTES }

const ID_LENGTHS = [0, 1, 22, 23, 254] as const
const NEWER = { version: 3, extraBlockBytes: Uint8Array.of(9, 8, 7), extraVarData: Uint8Array.of(2, 255, 0) }

/** Good, bad and newer frames around IDs of every telling length: about 4 KiB. */
function variety(): Uint8Array {
  const specs: FrameSpec[] = []
  for (const [index, bytes] of ID_LENGTHS.entries()) {
    const streamId = 'vwxyz'.charAt(index).repeat(bytes)
    const own = { streamId, timestamp: 1_790_000_000_000_000_001n, remoteIP: '192.0.2.7', dc: 2 }
    specs.push({ ...own, template: 4 }, { ...own, template: 1 })
    specs.push({ ...own, template: 3, traffic: 2 ** 53 - 1, isRead: true })
    if (bytes < 23) {
      specs.push({ ...own, ...NEWER, template: 2 }, { ...own, template: 1 })
      specs.push({ ...own, template: 3, isRead: 2 }, { ...own, template: 77 })
      specs.push({ ...own, template: 3, traffic: 2n ** 53n }, { ...own, template: 8, schemaId: 2 })
      specs.push({ ...own, template: 1, blockLength: 23 }, { ...own, template: 1, blockLength: 400 })
    }
    specs.push({ ...own, template: 4 })
  }
  specs.push(
    { template: 5, rawStreamId: Uint8Array.of(255) },
    { template: 5, rawStreamId: Uint8Array.of(2, 97) },
  )
  specs.push(
    { template: 5, streamId: Uint8Array.of(0xed, 0xa0, 0x80) },
    { template: 8, streamId: '\ufeffé€😀' },
  )
  const tooShort = [6, 7, 13].map((length) => frame({ template: 6, length }).subarray(0, length))
  const last = [
    frame({ template: 9, size: -1, isBlockList: 1 }),
    frame({ template: 7, streamId: 'k', remoteIP: '::1' }),
  ]
  return concat(...specs.map(frame), ...tooShort, ...last)
}

/** What lets a source go: nothing, a cut frame, or lost framing with more behind it. */
const ENDS = {
  'whole frames': new Uint8Array(0),
  'a frame cut at its end': frame({ template: 1, streamId: 'cut' }).subarray(0, 37),
  'a length that is too large': concat([0, 0, 4, 1, 0xeb, 0x50], frame({ template: 4, streamId: 'never' })),
  'a length that is too small': concat([0, 0, 0, 5, 0xeb, 0x50], frame({ template: 4, streamId: 'never' })),
  'another encoding': concat(frame({ template: 4, encoding: 0x5be0 }), frame({ template: 4 })),
  HTTP: new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n'),
} as const

interface Run {
  readonly lines: readonly string[]
  /** By shard; empty where there is one. */
  readonly shards: readonly (readonly string[])[]
  readonly account: Account
}

/** Pieces of the bytes, as copies that the run spoils when they have been taken. */
function* pieces(bytes: Uint8Array, cuts: readonly number[]): Generator<Uint8Array> {
  let from = 0
  for (const cut of [...cuts, bytes.length]) {
    yield bytes.slice(from, cut)
    from = cut
  }
}

function writePieces(source: Pick<Source, 'write'>, bytes: Uint8Array, cuts: readonly number[]): void {
  for (const piece of pieces(bytes, cuts)) {
    writeLossy(() => source.write(piece))
    // Taken: from here on the buffer is the caller's again.
    piece.fill(0xff)
  }
}

async function run(bytes: Uint8Array, cuts: readonly number[], shards: number): Promise<Run> {
  const tested = listeningRig(recorder, { shards }, SIZES)
  writePieces(tested.router, bytes, cuts)
  const account = accountOf(await finish(tested))
  const byShard =
    shards === 1 ? [] : Array.from({ length: shards }, (_, shard) => linesOf(tested.heard, shard))
  const errors = tested.heard.filter(({ method }) => method === 'error')
  return { lines: linesOf(shards === 1 ? tested.heard : errors), shards: byShard, account }
}

function decode(bytes: Uint8Array, cuts: readonly number[]): string[] {
  const decoder = makeDecoder(coreModule, mtg, { maxFrameBytes: MAX_FRAME_BYTES })
  const items: unknown[] = []
  for (const piece of pieces(bytes, cuts)) {
    items.push(...decoder.decode(piece))
    piece.fill(0xff)
  }
  const truncated = decoder.end()
  if (truncated !== undefined) items.push(truncated)
  return items.map((item) =>
    item instanceof FrameError
      ? errorLine(item.reason, item.offset)
      : eventLine(withoutSlot(item as Parameters<typeof withoutSlot>[0])),
  )
}

/** Long structures compare quickly as text; they are shown in full where they differ. */
function expectSame(actual: unknown, expected: unknown, where: string): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) expect(actual, where).toEqual(expected)
}

const positions = (bytes: Uint8Array): number[] => Array.from({ length: bytes.length - 1 }, (_, at) => at + 1)

describe.each(Object.entries(ENDS))('an input that ends with %s', { timeout: 60_000 }, (_name, end) => {
  const bytes = concat(variety(), end)
  const decoded = referenceDecode(bytes, { maxFrameBytes: MAX_FRAME_BYTES })
  /** Every cut where frames of all kinds are once; near the end for the other ends. */
  const first = end.length === 0 ? 1 : bytes.length - end.length - 30
  const cuts = positions(bytes).filter((at) => at >= first)

  it('is the same when it is cut at any position, on one shard', async () => {
    const expected: Run = {
      lines: modelledLines(decoded),
      shards: [],
      account: modelledAccount(decoded, { shards: 1 }),
    }
    expect(await run(bytes, [], 1)).toEqual(expected)
    for (const cut of cuts) expectSame(await run(bytes, [cut], 1), expected, `cut at ${cut}`)
  })

  it('is the same when it is cut at any position, shard by shard', async () => {
    const uncut = await run(bytes, [], 4)
    expect(uncut.account).toEqual(modelledAccount(decoded, { shards: 4 }))
    // Two cuts a run, an even distance apart: every position is one of them.
    for (let at = 0; at < cuts.length; at += 4) {
      for (const pair of [cuts.slice(at, at + 3), cuts.slice(at + 1, at + 4)]) {
        const two = pair.filter((_, index) => index !== 1)
        expectSame(await run(bytes, two, 4), uncut, `cuts at ${two.join()}`)
      }
    }
  })

  it('is the same byte by byte, with empty chunks between', async () => {
    const everywhere = positions(bytes).flatMap((at) => [at, at])
    const expected = {
      lines: modelledLines(decoded),
      shards: [],
      account: modelledAccount(decoded, { shards: 1 }),
    }
    expect(await run(bytes, everywhere, 1)).toEqual(expected)
    expect(await run(bytes, everywhere, 4)).toEqual(await run(bytes, [], 4))
    expect(decode(bytes, everywhere)).toEqual(decodedLines(decoded))
  })
})

describe('cuts at every pair of positions', { timeout: 60_000 }, () => {
  // The stream ends within the input, so that all runs can share a router: each is a source of its own.
  const start = frame({ template: 1, streamId: 'ab', remoteIP: '192.0.2.1' })
  const bad = frame({ template: 3, streamId: 'ab', isRead: 2 })
  const newer = frame({ template: 5, streamId: '', extraBlockBytes: Uint8Array.of(1) })
  const finished = frame({ template: 4, streamId: 'ab' })
  const inputs = {
    'whole frames': concat(start, bad, newer, finished),
    'a cut frame': concat(start, finished, newer, bad.subarray(0, 33)),
    'lost framing': concat(start, finished, newer, [0, 0, 0, 14, 0xeb, 0x51, 0, 0, 0, 0, 0, 0, 0, 0], bad),
  }

  test.each(Object.entries(inputs))('change nothing: %s', async (_name, bytes) => {
    const decoded = referenceDecode(bytes, { maxFrameBytes: MAX_FRAME_BYTES })
    const expected = modelledLines(decoded)
    const account = modelledAccount(decoded, { shards: 1 })
    const tested = listeningRig(recorder, { shards: 1 }, SIZES)
    let total = addAccounts([])
    for (const one of positions(bytes)) {
      for (let two = one; two < bytes.length; two++) {
        tested.heard.length = 0
        const source = tested.router.source()
        writePieces(source, bytes, [one, two])
        if (decoded.lost === undefined) await source.end()
        expectSame(linesOf(tested.heard), expected, `cuts at ${one} and ${two}`)
        total = addAccounts([total, account])
      }
      expectSame(accountOf(tested.router.stats()), total, `a cut at ${one}`)
    }
    await finish(tested)
  })
})

describe('a decoder', () => {
  it('gives the same items and offsets wherever its input is cut', () => {
    const bytes = concat(variety(), ENDS['a frame cut at its end'])
    const expected = decodedLines(referenceDecode(bytes, { maxFrameBytes: MAX_FRAME_BYTES }))
    expect(decode(bytes, [])).toEqual(expected)
    // Every seventh position meets each byte of a frame somewhere.
    for (let cut = 1; cut < bytes.length; cut += 7) {
      expectSame(decode(bytes, [cut, Math.min(bytes.length, cut + 40)]), expected, `cut at ${cut}`)
    }
  })
})
