// Makes a list shorter as long as it still fails: pieces are left out, halves first,
// then smaller ones (delta debugging).

/** @param fails whether a shorter list still fails; whoever has tried enough says no */
export async function minimise<T>(
  list: readonly T[],
  fails: (shorter: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let best = list
  for (let size = Math.ceil(best.length / 2); size >= 1; ) {
    let isShorter = false
    for (let at = 0; at < best.length && best.length > 1; ) {
      const shorter = [...best.slice(0, at), ...best.slice(at + size)]
      if (shorter.length > 0 && (await fails(shorter))) {
        best = shorter
        isShorter = true
      } else at += size
    }
    if (size === 1 && !isShorter) break
    size = size > 1 ? Math.ceil(size / 2) : 1
  }
  return best
}
