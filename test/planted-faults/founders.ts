import type { Fault } from './faults.js'

export const founders: readonly Fault[] = []
