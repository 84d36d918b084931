// A folder of all that a command may be pointed at: recordings good and bad, schemas,
// and what only looks like a file.

import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { BAD, badFrame } from '../../malformed-frames.js'
import { Random } from '../../mutate.js'
import { type FrameSpec, referenceFrames } from '../../reference-frames.js'
import { ROOT } from '../places.js'

/** A named pipe; whoever is pointed at it finds a writer at its other end. */
export const PIPE = 'pipe'
export const GOOD = 'good.sbe'

/** Names of files as hostile as a file system allows. */
const ODD_FILES = [
  'a\u001b[31mb.sbe',
  'x\ny.sbe',
  '-dash.sbe',
  '--help.sbe',
  '\u202egnp.sbe',
  'é\u0301.sbe',
  'a b.sbe',
  'q\'u"o`t$e.sbe',
  '\u009b31m.sbe',
  '\u2028.sbe',
] as const

/** What may stand where a file is read, made by `makeFolder` or there anyway. */
export const READ = [
  ...[
    GOOD,
    GOOD,
    GOOD,
    'good.sbe.gz',
    'good.sbe.br',
    'cut.sbe',
    'bad.sbe',
    'noise.sbe',
    'empty.sbe',
    'noise.gz',
    'cut.sbe.gz',
  ],
  ...[
    'huge.sbe',
    'huge.gz',
    'huge.xml',
    'mtg.xml',
    'mtg.xml',
    'broken.xml',
    'latin.xml',
    'utf16.xml',
    'mtg.routing.json',
  ],
  ...[
    'folder',
    'folder.xml',
    'loop',
    'dangling',
    'unreadable',
    PIPE,
    'none',
    'none/none',
    '-',
    '',
    '.',
    '/',
    'x'.repeat(300),
  ],
  ...[
    '/dev/null',
    '/dev/zero',
    '/dev/full',
    '/dev/urandom',
    '/proc/self/mem',
    `${'../'.repeat(40)}etc/hosts`,
    ...ODD_FILES,
  ],
] as const

export const SCHEMAS = [
  'mtg.xml',
  'mtg.xml',
  'mtg.xml',
  'broken.xml',
  'latin.xml',
  'utf16.xml',
  'huge.xml',
  'folder.xml',
  GOOD,
  '/dev/null',
  '/dev/zero',
  'none.xml',
  '-',
  PIPE,
] as const
export const ROUTINGS = [
  'mtg.routing.json',
  'mtg.routing.json',
  'mtg.xml',
  'none.json',
  '/dev/null',
  '/dev/zero',
  'folder',
  '',
] as const

/** Where a command may be told to write. */
export const WRITTEN_TO = [
  'out.ts',
  'out.sbe',
  '-',
  '-',
  '/dev/null',
  '/dev/full',
  'folder',
  'none/out',
  'dangling',
  'loop',
  '',
  'out\u001b[2J',
  '.',
  '/dev/stdout',
  'unreadable',
] as const

function frames(): Uint8Array {
  const specs: FrameSpec[] = []
  const ids = ['a', 'b\u001b[2J', '\u202e', '\u009b', 'é', '', 'x'.repeat(254), '"\\', '\u2028', '</script>']
  for (const streamId of ids) {
    for (let template = 1; template <= 9; template++)
      specs.push({ template, streamId, timestamp: 1_790_000_000_123_456_789n, remoteIP: '192.0.2.7' })
  }
  return referenceFrames(specs)
}

/**
 * Bytes that the sparse files claim: beyond 32 bits, and few enough that whoever copies
 * them without knowing that they are empty doesn't fill a disk.
 */
const SPARSE_BYTES = 2 ** 33

/** Makes it, for one process. @param folder where; whoever gave it removes it */
export function makeFolder(folder: string): void {
  const at = (name: string): string => join(folder, name)
  const good = frames()
  const noise = Uint8Array.from(
    { length: 5_000 },
    (
      (random) => () =>
        random.uint32() & 255
    )(new Random(1)),
  )
  const bad = Buffer.concat([good, ...BAD.map(([, spec]) => badFrame(spec)), good])
  const xml = join(ROOT, 'schema/mtg.xml')
  const files: readonly (readonly [string, Uint8Array | string])[] = [
    [GOOD, good],
    ['good.sbe.gz', gzipSync(good)],
    ['good.sbe.br', brotliCompressSync(good)],
    ['cut.sbe', good.subarray(0, -7)],
    ['bad.sbe', bad],
    ['noise.sbe', noise],
    ['noise.gz', noise],
    ['cut.sbe.gz', gzipSync(good).subarray(0, -20)],
    ['empty.sbe', ''],
    ['huge.sbe', ''],
    ['huge.gz', ''],
    ['huge.xml', ''],
    ['broken.xml', `<messageSchema id="1"><a\u001b[31m>\u202e`],
    ['latin.xml', Buffer.from('<a b="é"/>', 'latin1')],
    ['utf16.xml', Buffer.from('\ufeff<messageSchema id="1"/>', 'utf16le')],
    ['unreadable', good],
    ...ODD_FILES.map((name) => [name, good] as const),
  ]
  for (const [name, content] of files) writeFileSync(at(name), content)
  copyFileSync(xml, at('mtg.xml'))
  copyFileSync(join(ROOT, 'schema/mtg.routing.json'), at('mtg.routing.json'))
  // Sparse: nothing is on the disk.
  for (const name of ['huge.sbe', 'huge.gz', 'huge.xml']) truncateSync(at(name), SPARSE_BYTES)
  chmodSync(at('unreadable'), 0)
  for (const name of ['folder', 'folder.xml']) mkdirSync(at(name))
  symlinkSync('loop', at('loop'))
  symlinkSync('nowhere/none', at('dangling'))
  execFileSync('mkfifo', [at(PIPE)])
}
