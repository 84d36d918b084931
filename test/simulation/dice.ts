// All that a simulation leaves to chance: one 64-bit seed, and from it the same
// numbers in every engine.

import { Sfc32 } from '../sfc32.js'

/** SplitMix64's finalizer (Steele, Lea and Flood, 2014): seeds that differ by one have nothing in common. */
function mix(seed: bigint): bigint {
  let mixed = BigInt.asUintN(64, seed + 0x9e3779b97f4a7c15n)
  mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n)
  mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn)
  return mixed ^ (mixed >> 31n)
}

/** Seeded by 64 bits. */
export class Dice extends Sfc32 {
  constructor(seed: bigint) {
    const mixed = mix(seed)
    super(Number(mixed & 0xffffffffn), Number(mixed >> 32n), 0)
  }

  /** `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  /** True with these odds, 0 to 1. */
  chance(odds: number): boolean {
    return odds > 0 && this.uint32() < odds * 4_294_967_296
  }

  /** `least` to `most`, each power of two as likely as the next. */
  size(least: number, most: number): number {
    const [low, high] = [Math.log2(least), Math.log2(most)]
    const power = 2 ** (low + ((high - low) * this.below(1_025)) / 1_024)
    return Math.min(most, Math.max(least, Math.round(power)))
  }
}
