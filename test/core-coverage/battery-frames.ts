// Checks of how frames are judged, beside the reference and beside the schema's tables.
import { expect } from 'vitest'
import { xxHash32 } from '../../src/core.js'
import {
  accountOf,
  addAccounts,
  linesOf,
  listeningRig,
  modelledAccount,
  modelledLines,
  reportedLines,
  writeLossy,
} from '../compare.js'
import { drawFrame, drawSchema, judged, judgeOf } from '../core/any-schema.js'
import { Table } from '../core/table.js'
import { mutateFrames, Random } from '../mutate.js'
import { frame, referenceDecode, referenceXxHash32 } from '../reference.js'
import { concat } from '../reference-frames.js'
import { finish, recorder, upTo } from '../support.js'

const IDS = [
  '',
  'a',
  'seven77',
  'eight888',
  'nine99999',
  'é'.repeat(8),
  'x'.repeat(17),
  'x'.repeat(22),
  'x'.repeat(23),
  'z'.repeat(254),
]

/** Frames of all templates with IDs of all kinds of lengths, whole and newer ones. */
const FRAMES = upTo(9).flatMap((index) => {
  const template = index + 1
  const values = {
    template,
    timestamp: 1_790_000_000_123_456_789n,
    remoteIP: '2001:db8::7',
    dc: -3,
    traffic: 1_500,
    size: -9,
  }
  const newer = { version: 1, extraBlockBytes: Uint8Array.of(2, 3), extraVarData: Uint8Array.of(255) }
  return [
    ...IDS.map((streamId) => frame({ ...values, streamId })),
    frame({ ...values, ...newer, streamId: 'newer' }),
  ]
})

function mutated(seed: number): Uint8Array<ArrayBuffer> {
  const random = new Random(seed)
  const frames = upTo(1 + random.below(8)).map(() => FRAMES[random.below(FRAMES.length)]!)
  return mutateFrames(concat(...frames), random.uint32())
}

export async function mutatedFrames(): Promise<void> {
  const tested = listeningRig(
    recorder,
    { shards: 1, orphans: 'deliver' },
    { slots: 64, ringBytes: 65_536, maxFrameBytes: 8_192 },
  )
  const accounts = []
  for (const seed of upTo(400)) {
    const bytes = mutated(seed)
    const decoded = referenceDecode(bytes, { maxFrameBytes: 8_192 })
    tested.heard.length = 0
    const source = tested.router.source()
    writeLossy(() => source.write(bytes))
    if (decoded.lost === undefined) await source.end()
    const lines = linesOf(tested.heard).filter((line) => !line.startsWith('released'))
    expect(lines).toEqual(reportedLines(decoded))
    accounts.push(modelledAccount(decoded, { shards: 1, orphans: 'deliver' }))
  }
  expect(accountOf(await finish(tested))).toEqual(addAccounts(accounts))
}

export async function freshRouters(): Promise<void> {
  for (const seed of upTo(40)) {
    const orphans = seed % 2 === 0 ? 'drop' : 'deliver'
    const bytes = mutated(1_000 + seed)
    const decoded = referenceDecode(bytes, { maxFrameBytes: 8_192 })
    const tested = listeningRig(
      recorder,
      { shards: 1, orphans },
      { slots: 64, ringBytes: 65_536, maxFrameBytes: 8_192 },
    )
    writeLossy(() => tested.router.write(bytes))
    const stats = await finish(tested)
    expect(linesOf(tested.heard)).toEqual(modelledLines(decoded, { orphans }))
    expect(accountOf(stats)).toEqual(modelledAccount(decoded, { orphans, shards: 1 }))
  }
}

export function anySchema(): void {
  for (const seed of upTo(80)) {
    const random = new Random(seed)
    const schema = drawSchema(random)
    const judge = judgeOf(schema)
    for (let left = 25; left > 0; left--) {
      const drawn = drawFrame(random, schema)
      expect(judge(drawn)).toEqual(judged(schema, drawn))
    }
  }
}

/** IDs of which each is well-formed or not by one byte. */
function* textEdges(): Generator<Uint8Array<ArrayBuffer>> {
  const firsts = [
    0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4,
    0xf5, 0xf8, 0xf9, 0xfc, 0xff,
  ]
  const seconds = [0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0]
  const random = new Random(1)
  for (const first of firsts) {
    for (const second of seconds) {
      for (const third of [[], [0x61], [0x80], [0xbf, 0xbf], [0x80, 0xc0], [0x80, 0x80, 0x80]]) {
        yield concat(
          new Array<number>(random.below(10)).fill(0x61),
          [first, second, ...third],
          new Array<number>(random.below(10)).fill(0x61),
        )
      }
    }
  }
}

export function text(): void {
  const table = new Table({ shards: 1, slots: 8 })
  const { core } = table
  for (const streamId of textEdges()) {
    const sent = frame({ template: 3, streamId })
    const { items } = referenceDecode(sent)
    core.bytes.set(sent, core.plan.input.address)
    let accepted = true
    try {
      table.route(sent)
    } catch {
      accepted = false
    }
    expect(accepted).toBe(items[0]!.kind === 'event')
  }
}

export function hash(): void {
  const { core } = new Table({ shards: 1, slots: 1 })
  const random = new Random(7)
  for (const length of upTo(70)) {
    const at = core.plan.input.address + (length % 5)
    for (let index = 0; index < length; index++) core.bytes[at + index] = random.below(256)
    expect(xxHash32(core, at, length)).toBe(referenceXxHash32(core.bytes.slice(at, at + length)))
  }
}
