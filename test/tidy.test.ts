// House rules that no linter knows.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const LONG_LINES = 400
const MOST_LINES = 600

function filesBelow(folder: string, ending: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
}

const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const sources = [...filesBelow('src', /\.ts$/), ...filesBelow('assembly', /\.ts$/)].filter(
  (file) => !/\.gen\.ts$|core-binary\.ts$|layout\.ts$/.test(file),
)

describe('the house rules', () => {
  it('each file has one subject: none is longer than 600 lines, and over 400 it says why', () => {
    const tooLong = sources.filter((file) => read(file).split('\n').length > MOST_LINES)
    expect(tooLong).toEqual([])
    const unexplained = sources.filter((file) => {
      const text = read(file)
      return text.split('\n').length > LONG_LINES && !/\blong(er)?\b/.test(text.slice(0, 600))
    })
    expect(unexplained).toEqual([])
  })

  it('each file says at its top what it is for', () => {
    expect(sources.filter((file) => !/^(#!.*\n)?\/\/ \S/.test(read(file)))).toEqual([])
  })

  it('nothing evaluates text as code', () => {
    expect(sources.filter((file) => /\beval\(|new Function\(/.test(read(file)))).toEqual([])
  })

  it('each error code is a heading of docs/errors.md, and each heading is a code in use', () => {
    const codes = new Set<string>()
    for (const file of sources.filter((name) => name.startsWith('src'))) {
      for (const [, code] of read(file).matchAll(/Error\(\s*'([a-z]+(?:-[a-z]+)+)'/g)) codes.add(code!)
      for (const [, code] of read(file).matchAll(/super\(\s*'([a-z]+(?:-[a-z]+)+)'/g)) codes.add(code!)
      for (const [, code] of read(file).matchAll(/'(frame-rejected|framing-lost)'/g)) codes.add(code!)
    }
    const headings = [...read('docs/errors.md').matchAll(/^## `([^`]+)`/gm)].map(([, code]) => code!)
    expect([...codes].sort()).toEqual([...headings].sort())
  })

  it('the lock file has no download addresses', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved"/)
  })
})
