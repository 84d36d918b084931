import type { Fault } from './faults.js'

export const nightly: readonly Fault[] = []
