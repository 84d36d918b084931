// How a fault gets into a file.

import type { Edit } from './faults.js'

/** The sources couldn't be changed, or what came of it isn't what can ship: no oracle's doing. */
export class BuildFailure extends Error {}

/** What the build itself looks for in a core has noticed the fault. */
export class CoreRefused extends Error {}

/** A file with an edit made. */
export function edited(text: string, { file, find, replace }: Edit): string {
  const places = text.split(find).length - 1
  if (places !== 1)
    throw new BuildFailure(`${file}: stands there ${places} times, not once: ${JSON.stringify(find)}`)
  return text.replace(find, () => replace)
}
