// How often each condition of the core went which way, and whether that is enough:
// every way of every condition, or an exception with a reason, which has to be needed.
import type { Site } from '../instrument.mjs'

/** A way that is not asked for. It names one site: by `kind` or `nth` where the rest names several. */
export interface Exception {
  readonly file: string
  readonly function: string
  readonly text: string
  readonly kind?: Site['kind']
  /** From 1, in the source's order, among those that all else names. */
  readonly nth?: number
  /** Ways that it can't go. */
  readonly untaken?: readonly number[]
  /** Ways that it may be forced to go, and nobody can tell. */
  readonly unnoticed?: readonly number[]
  readonly why: string
}

export class Hits {
  readonly sites: readonly Site[]
  /** By site, then by way. */
  readonly counts: Float64Array
  readonly #first: readonly number[]

  constructor(sites: readonly Site[]) {
    this.sites = sites
    let first = 0
    this.#first = sites.map(({ targets }) => {
      first += targets
      return first - targets
    })
    this.counts = new Float64Array(first)
  }

  /** A value that a condition had; the hook's own `hit`. */
  readonly hit = (id: number, value: number): number => {
    this.counts[this.#first[id]! + wayOf(this.sites[id]!, value)]!++
    return value
  }

  count(site: Site, way: number): number {
    return this.counts[this.#first[site.id]! + way]!
  }

  add(counts: ArrayLike<number>): void {
    for (let index = 0; index < this.counts.length; index++) this.counts[index]! += counts[index]!
  }
}

/** Which way a value makes a condition go. */
export function wayOf({ kind, targets }: Site, value: number): number {
  if (kind === 'br_table') return Math.min(value >>> 0, targets - 1)
  return value === 0 ? 0 : 1
}

/** The ways that it has; that of an assert which fails is none. */
export function waysOf({ kind, targets }: Site): number[] {
  return kind === 'assert' ? [1] : Array.from({ length: targets }, (_, way) => way)
}

export const nameOf = ({ file, line, column, function: name, text }: Site): string =>
  `${file}:${line}:${column} ${name}: ${text}`

/**
 * Holds findings against the exceptions.
 * @param found ways of sites that are not as they should be, as `site.id/way`
 * @param what the member of exceptions that is for these
 * @returns what is wrong; those of the findings that are excepted
 */
export function judge(
  sites: readonly Site[],
  found: ReadonlySet<string>,
  exceptions: readonly Exception[],
  what: 'untaken' | 'unnoticed',
): { faults: string[]; excepted: Set<string> } {
  const faults: string[] = []
  const excepted = new Set<string>()
  for (const exception of exceptions) {
    const { nth, why } = exception
    const named = sites
      .filter((site) =>
        (['file', 'function', 'text', 'kind'] as const).every(
          (key) => exception[key] === undefined || exception[key] === site[key],
        ),
      )
      .sort((one, two) => one.line - two.line || one.column - two.column)
    const chosen = nth === undefined ? named : named.slice(nth - 1, nth)
    const label = `exception ${exception.file} ${exception.function}: ${exception.text}`
    if (why === '') faults.push(`${label}: has no reason`)
    if (chosen.length !== 1) {
      faults.push(`${label}: names ${chosen.length} conditions, not one; see kind and nth`)
      continue
    }
    for (const way of exception[what] ?? []) {
      const key = `${chosen[0]!.id}/${way}`
      if (!found.has(key)) faults.push(`${label}: isn't needed for ${way}, delete it`)
      if (excepted.has(key)) faults.push(`${label}: is there twice`)
      excepted.add(key)
    }
  }
  for (const key of found) {
    if (excepted.has(key)) continue
    const [id, way] = key.split('/').map(Number) as [number, number]
    const site = sites[id]!
    const ways = site.kind === 'br_table' ? `target ${way}` : `${way === 1}`
    faults.push(`${nameOf(site)}: ${what === 'untaken' ? 'never' : 'nobody notices when it is'} ${ways}`)
  }
  return { faults, excepted }
}

/** Ways that no test went, as `site.id/way`. */
export function untaken(hits: Hits): Set<string> {
  const ways = hits.sites.flatMap((site) =>
    waysOf(site)
      .filter((way) => hits.count(site, way) === 0)
      .map((way) => `${site.id}/${way}`),
  )
  return new Set(ways)
}

/** Every condition with its counts, in the source's order. */
export function listing(hits: Hits): string {
  const inOrder = [...hits.sites].sort(
    (one, two) => one.file.localeCompare(two.file) || one.line - two.line || one.column - two.column,
  )
  const lines = inOrder.map((site) => {
    const counts = waysOf(site).map((way) => {
      const label = site.kind === 'br_table' || site.kind === 'assert' ? way : way === 1
      return `${label} ${hits.count(site, way)}`
    })
    return `${nameOf(site)}\n    ${site.kind}: ${counts.join(', ')}\n`
  })
  return lines.join('')
}
