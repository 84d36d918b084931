// Random numbers that are the same in every engine: sfc32, which is 32-bit integer arithmetic
// alone. Small, fast, and good enough for tests; not for anything secret.

export class Sfc32 {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(a: number, b: number, c: number) {
    this.#a = a | 0
    this.#b = b | 0
    this.#c = c | 0
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

  /** Of a list that isn't empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }
}
