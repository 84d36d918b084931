// The simulated platform: a clock that moves when the scheduler says so, and random
// from the seed, or stuck.

import { TestHost } from '../rig.js'
import type { Dice } from './dice.js'
import type { Settings } from './settings.js'

export class SimulatedHost extends TestHost {
  readonly #kind: Settings['random']

  constructor(dice: Dice, kind: Settings['random']) {
    super(dice.uint32())
    this.#kind = kind
  }

  override fillRandom(words: Uint32Array): void {
    if (this.#kind === 'good') super.fillRandom(words)
    else words.fill(this.#kind === 'zeros' ? 0 : 0xffff_ffff)
  }

  /** Nobody reads it. */
  override warn(): void {}
}
