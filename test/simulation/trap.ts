// The core as it ships, but for a call behind each of its stores: there it is made to
// trap, wherever a seed has it.

import { instrumentRelease } from '../instrument.mjs'
import { withTrust } from '../trust.js'
import type { Trap } from './world.js'

/** Compiles that core. Every world of this process may use it, one after the other. */
export function makeTrap(): Trap {
  let storesLeft = 0
  let onTrap: (() => void) | undefined
  // What batches are read with keeps no state, and goes on when the rest has trapped.
  let isReading = false
  withTrust({
    enter: (name) => {
      isReading = name === 'readRows' || name === 'fillColumn'
    },
    step: () => {
      if (!isReading && onTrap !== undefined && --storesLeft <= 0) onTrap()
    },
  })
  return {
    module: new WebAssembly.Module(instrumentRelease().bytes),
    arm: (stores, callback) => {
      storesLeft = stores
      onTrap = callback
    },
    disarm: () => {
      onTrap = undefined
    },
  }
}
