// Schemas: valid ones with changes, valid ones with other routing files, hostile ones.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Random } from '../../mutate.js'
import { type Fuzzer, noCounts, type Workplace } from '../fuzzer.js'
import { corpusFiles, ROOT, written } from '../places.js'
import { seedOf } from '../seeds.js'
import { hostileSchema } from './hostile.js'
import { mutateRouting, mutateXml, type SchemaCase } from './mutate-schema.js'
import { checkSchema } from './oracle.js'
import { TypeChecks } from './type-check.js'

/** One accepted schema in so many is run, and one in so many type checked. */
const RUN_SHARE = 4
const TYPES_SHARE = 16
/** Most that one process type checks. */
const MOST_TYPES = 60
/** Longest of them: TypeScript takes a minute and more for a module of some megabytes. */
const MOST_TYPES_CHARACTERS = 250_000
const routingBeside = (path: string): string => path.replace(/\.xml$/, '.routing.json')

function readCase(path: string): SchemaCase {
  const beside = routingBeside(path)
  const routing = existsSync(beside) ? readFileSync(beside, 'utf8') : undefined
  return { xml: readFileSync(path, 'utf8'), routing }
}

export function schemasFuzzer(seed: number, { job }: Workplace): Fuzzer {
  const corpus = corpusFiles('schemas', /\.xml$/)
  const bases = [
    join(ROOT, 'schema/mtg.xml'),
    join(ROOT, 'test/compile/fixtures/kitchen-sink.xml'),
    ...corpus,
  ]
  const seeds = bases.map(readCase)
  const types = new TypeChecks(job)
  let accepted = 0
  let sampled = 0

  function caseOf(random: Random): SchemaCase {
    const kind = random.below(8)
    if (kind < 3) return hostileSchema(random)
    // The two that compile are the ones that changes get far into.
    const base = seeds[random.below(random.below(4) === 0 ? seeds.length : 2)]!
    if (kind === 3) return { xml: base.xml, routing: mutateRouting(base, random) }
    const xml = mutateXml(base.xml, random)
    if (kind === 4) return { xml, routing: mutateRouting(base, random) }
    return { xml, routing: random.below(4) === 0 ? undefined : base.routing }
  }

  const randomOf = (input: number): Random => new Random(seedOf(seed, 'schemas', input))

  return {
    corpus,
    async playFile(path) {
      const text = await checkSchema(readCase(path), new Random(1), true)
      if (text !== undefined) types.add(path, text)
    },
    async play(input) {
      const random = randomOf(input)
      const text = await checkSchema(caseOf(random), random, random.below(RUN_SHARE) === 0)
      const isShort = text !== undefined && text.length <= MOST_TYPES_CHARACTERS
      if (isShort && ++accepted % TYPES_SHARE === 1 && sampled < MOST_TYPES) {
        sampled++
        types.add(input, text)
      }
      return { ...noCounts(), schemas: 1 }
    },
    async save(input) {
      const { xml, routing } = caseOf(randomOf(input))
      const path = join(written(), `schemas-${seed}-${input}.xml`)
      writeFileSync(path, xml)
      if (routing !== undefined) writeFileSync(routingBeside(path), routing)
      return path
    },
    finish: () => types.run(),
  }
}
