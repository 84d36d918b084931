// Whether a name is a slip of another: for "did you mean".

/**
 * Whether at most so many letters inserted, deleted, replaced or swapped with the next make one name the other.
 * Meant for one or two: each doubles the work several times.
 */
export function isNear(one: string, other: string, slips: number): boolean {
  let same = 0
  while (same < one.length && one[same] === other[same]) same++
  const [a, b] = [one.slice(same), other.slice(same)]
  if (a === b) return true
  if (slips === 0) return false
  const left = slips - 1
  return (
    isNear(a.slice(1), b.slice(1), left) ||
    isNear(a.slice(1), b, left) ||
    isNear(a, b.slice(1), left) ||
    (a[0] === b[1] && a[1] === b[0] && isNear(a.slice(2), b.slice(2), left))
  )
}
