// Stream IDs that all have one 32-bit xxHash32: what anybody can compute, since mtg shards by it with seed 0.
//
// Of the sixteen bytes that the hash takes at once, each of four lanes gets four, and each lane's step is one-to-one.
// So three lanes are filled at will, and what the fourth has to be for the sum to come out is computed backwards;
// one in 256 comes out in letters. What follows the sixteen bytes is the same in all IDs.

/** As mtg's: base64url. */
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
export const ID_LETTERS = 22
const TAIL = 'flood_'

// The algorithm's own, github.com/Cyan4973/xxHash, doc/xxhash_spec.md.
const PRIME_1 = 0x9e3779b1
const PRIME_2 = 0x85ebca77
const INITIAL = [PRIME_1 + PRIME_2, PRIME_2, 0, -PRIME_1]
const SUM_ROTATIONS = [1, 7, 12, 18]

const rotate = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits))

/** What an odd number has to be multiplied with for 1 modulo 2^32: each step doubles the bits that are right. */
function inverse(odd: number): number {
  let found = odd
  for (let step = 0; step < 4; step++) found = Math.imul(found, 2 - Math.imul(odd, found))
  return found
}

const INVERSE_1 = inverse(PRIME_1)
const INVERSE_2 = inverse(PRIME_2)

/** A lane after a word. */
const step = (lane: number, word: number): number =>
  Math.imul(rotate((lane + Math.imul(word, PRIME_2)) | 0, 13), PRIME_1)

/** The word that takes a lane from one value to the other. */
function wordBetween(before: number, after: number): number {
  const sum = rotate(Math.imul(after, INVERSE_1), 32 - 13)
  return Math.imul((sum - before) | 0, INVERSE_2)
}

/** Four letters by their codes, little-endian. */
const textOf = (word: number): string =>
  String.fromCharCode(word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24)

const codes = Uint8Array.from(LETTERS, (letter) => letter.charCodeAt(0))
const isLetter = new Uint8Array(256)
for (const code of codes) isLetter[code] = 1
const isText = (word: number): boolean =>
  (isLetter[word & 255]! &
    isLetter[(word >>> 8) & 255]! &
    isLetter[(word >>> 16) & 255]! &
    isLetter[word >>> 24]!) ===
  1

/** Words of four random letters, always the same ones (xorshift32, Marsaglia 2003). */
function randomWords(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    let word = 0
    for (let shift = 0; shift < 24; shift += 6) word = (word << 8) | codes[(state >>> shift) & 63]!
    return word
  }
}

/**
 * Without end, always the same ones, each once.
 * @param before what all begin with, ASCII, a multiple of sixteen letters; then they are so much longer
 */
export function* collidingIds(before = ''): Generator<string, never> {
  const lanes = [...INITIAL]
  for (let at = 0; at < before.length; at += 4) {
    const word = [3, 2, 1, 0].reduce((sum, index) => (sum << 8) | before.charCodeAt(at + index), 0)
    lanes[(at >> 2) & 3] = step(lanes[(at >> 2) & 3]!, word)
  }
  const next = randomWords(0x5eed)
  for (;;) {
    const words = [next(), next(), next()]
    // Any sum will do.
    let rest = 0x600df00d
    for (const [lane, word] of words.entries()) {
      rest = (rest - rotate(step(lanes[lane]!, word), SUM_ROTATIONS[lane]!)) | 0
    }
    const last = wordBetween(lanes[3]!, rotate(rest, 32 - SUM_ROTATIONS[3]!))
    if (isText(last)) yield before + [...words, last].map(textOf).join('') + TAIL
  }
}

/** Random IDs of the same length and letters, always the same ones. */
export function* randomIds(): Generator<string, never> {
  const next = randomWords(0xface)
  for (;;) {
    let id = ''
    while (id.length < ID_LETTERS) id += textOf(next())
    yield id.slice(0, ID_LETTERS)
  }
}
