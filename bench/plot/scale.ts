// From values to places, and where an axis has its ticks.

/** A place in pixels for a value, and the values worth a tick. */
export interface Scale {
  place(value: number): number
  readonly ticks: readonly number[]
}

/** 1, 2, 5, 10, 20, … that are within, or as many decades as fit. */
function decades(low: number, high: number): number[] {
  const ticks: number[] = []
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high * 1.001; power++) {
    for (const digit of [1, 2, 5]) ticks.push(digit * 10 ** power)
  }
  return ticks.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001)
}

/** Equal ratios are equal lengths. @param from where `low` is, in pixels; `to`, where `high` is */
export function logScale(low: number, high: number, from: number, to: number): Scale {
  const span = Math.log(high / low) || 1
  return {
    place: (value) => from + (Math.log(value / low) / span) * (to - from),
    ticks: decades(low, high),
  }
}

/** From 0 on. */
export function linearScale(high: number, from: number, to: number): Scale {
  const rough = high / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((size) => size >= rough)!
  const ticks = Array.from({ length: Math.floor(high / step + 1e-9) + 1 }, (_, index) => index * step)
  return { place: (value) => from + (value / high) * (to - from), ticks }
}

/**
 * Moves labels apart that would overlap, as little as needed, and keeps them in their order.
 * @param wanted where each would like to be
 * @returns where each is to be, at least `gap` apart, none below `bottom`
 */
export function apart(wanted: readonly number[], gap: number, bottom: number): number[] {
  const order = wanted.map((_, index) => index).sort((a, b) => wanted[a]! - wanted[b]!)
  const placed = [...wanted]
  let least = Number.NEGATIVE_INFINITY
  for (const index of order) {
    placed[index] = Math.max(placed[index]!, least)
    least = placed[index]! + gap
  }
  let most = bottom
  for (const index of order.reverse()) {
    placed[index] = Math.min(placed[index]!, most)
    most = placed[index]! - gap
  }
  return placed
}
