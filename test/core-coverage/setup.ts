// Before each test file of a coverage run: the core that ships becomes the instrumented
// one, and what the file's tests made it do is kept when they are done.
import { randomUUID } from 'node:crypto'
import { afterAll } from 'vitest'
import { insteadOfCore, withTrust } from '../trust.js'
import { begun, keepCounts, shippedCore } from './files.js'
import { Hits } from './hits.js'

const { bytes, sites } = begun()
const hits = new Hits(sites)
insteadOfCore(shippedCore(), bytes)
withTrust(hits)
afterAll(() => keepCounts(randomUUID(), hits.counts))
