// The model is small enough to read; these are the sequences in which a reading could differ.
import { describe, expect, it } from 'vitest'
import { model, type Step, shardOf, stepsByStream, stepsOfShard } from './model.js'
import { referenceDecode, referenceFrames } from './reference.js'
import { edgeFrames, sessionFrames } from './vectors.js'

const TEMPLATES = { start: 1, traffic: 3, finish: 4, limited: 6 } as const

/** `start:a finish:a`: what the model makes of these events, a word each. */
function outcome(sequence: string, options: { orphans?: 'drop' | 'deliver'; unheard?: string } = {}): string {
  const specs = sequence.split(' ').map((word) => {
    const [name, streamId] = word.split(':') as [keyof typeof TEMPLATES, string]
    return { template: TEMPLATES[name], streamId }
  })
  const { steps, ledger } = model(referenceDecode(referenceFrames(specs)), {
    shards: 4,
    orphans: options.orphans ?? 'drop',
    listens: (event) => event !== options.unheard,
  })
  expect(ledger.received).toBe(ledger.accepted + ledger.rejected)
  expect(ledger.accepted).toBe(ledger.delivered + ledger.ignored + ledger.dropped)
  return steps.map(word).join(' ')
}

const word = (step: Step): string => `${step.kind === 'released' ? step.reason : step.kind}:${step.life}`

describe('the model', () => {
  it.each([
    [
      'a stream from start to finish',
      'start:a traffic:a finish:a',
      'delivered:1 delivered:1 delivered:1 ended:1',
    ],
    ['a finish without a start is dropped', 'finish:a', 'dropped:0'],
    ['a second finish is dropped', 'start:a finish:a finish:a', 'delivered:1 delivered:1 ended:1 dropped:0'],
    ['joined in the middle: delivered, but no end', 'traffic:a finish:a', 'delivered:1 dropped:1 ended:1'],
    [
      'joined in the middle, then opened: one life',
      'traffic:a start:a finish:a',
      'delivered:1 delivered:1 delivered:1 ended:1',
    ],
    [
      'a second start begins a new life',
      'start:a start:a finish:a',
      'delivered:1 restarted:1 delivered:2 delivered:2 ended:2',
    ],
    [
      'a restart lets go of one life only',
      'start:a start:a start:a',
      'delivered:1 restarted:1 delivered:2 restarted:2 delivered:3',
    ],
    ['a stream may come again', 'start:a finish:a start:a', 'delivered:1 delivered:1 ended:1 delivered:2'],
    [
      'traffic after the finish is a stream joined in the middle',
      'start:a finish:a traffic:a finish:a',
      'delivered:1 delivered:1 ended:1 delivered:2 dropped:2 ended:2',
    ],
    [
      'streams do not touch each other',
      'start:a start:b finish:a finish:b',
      'delivered:1 delivered:2 delivered:1 ended:1 delivered:2 ended:2',
    ],
    [
      'without an ID nothing is opened, ended or orphaned',
      'finish: start: start: finish:',
      'delivered:0 delivered:0 delivered:0 delivered:0',
    ],
    ['an ID on an event that usually has none is a stream', 'limited:a start:a', 'delivered:1 delivered:1'],
  ])('%s', (_what, sequence, expected) => {
    expect(outcome(sequence)).toBe(expected)
  })

  it('delivers orphans where that is asked for, in a life that ends with them', () => {
    expect(outcome('finish:a start:a', { orphans: 'deliver' })).toBe('delivered:1 ended:1 delivered:2')
    expect(outcome('traffic:a finish:a', { orphans: 'deliver' })).toBe('delivered:1 delivered:1 ended:1')
  })

  it('opens and ends streams by events that nobody listens to', () => {
    expect(outcome('start:a finish:a', { unheard: 'EventStart' })).toBe('ignored:1 delivered:1 ended:1')
    expect(outcome('start:a finish:a', { unheard: 'EventFinish' })).toBe('delivered:1 ignored:1 ended:1')
    expect(outcome('start:a start:a', { unheard: 'EventStart' })).toBe('ignored:1 restarted:1 ignored:2')
  })

  it('counts an orphan that nobody listens to as dropped', () => {
    expect(outcome('finish:a', { unheard: 'EventFinish' })).toBe('dropped:0')
    expect(outcome('finish:a', { unheard: 'EventFinish', orphans: 'deliver' })).toBe('ignored:0')
  })

  it('sends a stream to the shard of its hash, and leaves the shard open without an ID', () => {
    const bytes = referenceFrames([
      { template: 1, streamId: 'a' },
      { template: 6 },
      { template: 4, streamId: 'b' },
    ])
    const { steps } = model(referenceDecode(bytes), { shards: 7 })
    const hashOf = (id: string): number => shardOf(new TextEncoder().encode(id), 7)
    expect(steps.map(({ shard }) => shard)).toEqual([hashOf('a'), null, hashOf('b')])
  })

  it('counts rejected frames by reason, the one that lost the framing too', () => {
    const bytes = referenceFrames([
      { template: 10 },
      { template: 4, schemaId: 2 },
      { template: 10 },
      { template: 1, streamId: 'a' },
      { template: 4, encoding: 0 },
      { template: 4, streamId: 'a' },
    ])
    const { ledger, live } = model(referenceDecode(bytes), { shards: 1 })
    expect(ledger).toEqual({
      received: 5,
      accepted: 1,
      rejected: 4,
      rejectedBy: { 'unknown-template': 2, 'schema-mismatch': 1, 'framing-encoding': 1 },
      delivered: 1,
      failed: 0,
      ignored: 0,
      dropped: 0,
      droppedBy: {},
    })
    expect([...live]).toEqual([['a', 1]])
  })

  it('gives a real session back whole: 10 of its streams never end', () => {
    const { steps, ledger, live } = model(referenceDecode(sessionFrames()), { shards: 2 })
    expect(ledger).toMatchObject({ received: 17_241, rejected: 0, delivered: 17_241, dropped: 0 })
    expect(steps.filter(({ kind }) => kind === 'released')).toHaveLength(694)
    expect(live.size).toBe(10)
    const byShard = [0, 1].map((shard) => stepsOfShard(steps, shard).length)
    expect(byShard[0]! + byShard[1]!).toBe(steps.filter(({ shard }) => shard !== null).length)
  })

  it('finds what is odd in the recording of odd sequences', () => {
    const { steps, ledger, live } = model(referenceDecode(edgeFrames()), { shards: 2 })
    const byStream = stepsByStream(steps)
    const kinds = (id: string): string[] =>
      byStream.get(id)!.map((step) => (step.kind === 'released' ? step.reason : step.event.event.slice(5)))
    // Never started, so its finish is an orphan, and what comes after is the next life.
    const ghost = ['Traffic', 'ConnectedToDC', 'DomainFronting', 'Finish', 'ended', 'ReplayAttack']
    expect(kinds('ghost')).toEqual(ghost)
    expect(byStream.get('ghost')!.map(({ kind }) => kind)[3]).toBe('dropped')
    expect(kinds('twice')).toEqual(['Start', 'restarted', 'Start', 'Finish', 'ended', 'Finish'])
    expect(ledger).toMatchObject({ accepted: 255, delivered: 252, dropped: 3, droppedBy: { orphan: 3 } })
    expect([...live.keys()]).toEqual(['ghost', 'done', 'open-start', 'open-dc', 'open-front'])
  })
})
