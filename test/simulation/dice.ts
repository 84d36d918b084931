// All that a simulation leaves to chance: one 64-bit seed, and from it the same
// numbers in every engine, since only 32-bit integer arithmetic is used.

/** SplitMix64's finalizer (Steele, Lea and Flood, 2014): seeds that differ by one have nothing in common. */
function mix(seed: bigint): bigint {
  let mixed = BigInt.asUintN(64, seed + 0x9e3779b97f4a7c15n)
  mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n)
  mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn)
  return mixed ^ (mixed >> 31n)
}

/** sfc32, seeded by 64 bits. */
export class Dice {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: bigint) {
    const mixed = mix(seed)
    this.#a = Number(mixed & 0xffffffffn) | 0
    this.#b = Number(mixed >> 32n) | 0
    this.#c = 0
    for (let round = 0; round < 12; round++) this.uint32()
  }

  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    return sum >>> 0
  }

  /** 0 to `count` − 1; 0 when `count` is 0. */
  below(count: number): number {
    return count === 0 ? 0 : this.uint32() % count
  }

  /** `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  /** True with these odds, 0 to 1. */
  chance(odds: number): boolean {
    return odds > 0 && this.uint32() < odds * 4_294_967_296
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }

  /** `least` to `most`, each power of two as likely as the next. */
  size(least: number, most: number): number {
    const [low, high] = [Math.log2(least), Math.log2(most)]
    const power = 2 ** (low + ((high - low) * this.below(1_025)) / 1_024)
    return Math.min(most, Math.max(least, Math.round(power)))
  }
}
