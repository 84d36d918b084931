// Finds the contestants: each file of the folder is one, by its name.

import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type AnyContestant, isNative } from './contestants/contestant.js'

const FOLDER = new URL('contestants/', import.meta.url)
const CHILD = fileURLToPath(new URL('child.js', import.meta.url))
/** The contract is among them. */
const CONTRACT = 'contestant'

/** Shown in this order; others after them, by name. */
const ORDER = 'shardwire shardwire-batch shardwire-map twin twin-batch'.split(' ')

function compare(one: string, other: string): number {
  const [a, b] = [one, other].map((name) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length))
  return a! - b! || (one < other ? -1 : 1)
}

/** A contestant's name and what it says of itself. */
export interface Entry {
  readonly name: string
  readonly contestant: AnyContestant
}

/** All contestants of the folder, in the order they are shown. */
export async function findContestants(folder: URL = FOLDER): Promise<Entry[]> {
  const names = readdirSync(folder)
    .flatMap((file) => /^(.+)\.[jt]s$/.exec(file)?.[1] ?? [])
    .filter((name) => name !== CONTRACT)
    .sort(compare)
  return Promise.all(
    names.map(async (name): Promise<Entry> => {
      const module: { contestant?: AnyContestant } = await import(new URL(`${name}.js`, folder).href)
      if (module.contestant === undefined) throw new Error(`contestants/${name} exports no contestant`)
      return { name, contestant: module.contestant }
    }),
  )
}

/** How to start a contestant's process, or why that can't be done here. */
export async function commandOf({
  name,
  contestant,
}: Entry): Promise<readonly string[] | { absent: string }> {
  if (!isNative(contestant)) return [process.execPath, '--expose-gc', CHILD, name]
  const built = await contestant.build()
  return 'command' in built ? built.command : built
}
