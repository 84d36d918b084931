// The Go event stream as a contestant: bench/native/go, which says what it is.

import type { NativeContestant } from '../contestants/contestant.js'
import { compile, programOf, replace, sourceOf } from './compiler.js'

/** What it finds out: all but the letters of addresses, which it has as bytes. */
const ANSWERS = [
  'kinds',
  'bytesRead',
  'bytesWritten',
  'live',
  'streamChecksum',
  'dataCentres',
  'listSizes',
  'newest',
] as const

/** Compiled once, whoever asks. */
let built: Promise<string | undefined> | undefined

const build = (): Promise<string | undefined> =>
  replace('eventstream', (path) =>
    compile('go', ['build', '-o', path, '.'], {
      cwd: sourceOf('go'),
      // It needs nothing but Go's own packages; nothing is to be downloaded.
      env: { GOPROXY: 'off', GOTOOLCHAIN: 'local', GOFLAGS: '' },
      install: 'apt-get install golang-go',
    }),
  )

/** @param room events that a channel holds */
export function goContestant(description: string, room: number): NativeContestant {
  return {
    description,
    answers: ANSWERS,
    async build() {
      built ??= build()
      const absent = await built
      return absent === undefined ? { command: [programOf('eventstream'), '-room', `${room}`] } : { absent }
    },
  }
}
