// What each kind of fuzzing offers to the process that runs it.

/** What was done; all are added up over all processes. */
export interface Counts {
  /** Frames that were read. */
  frames: number
  /** Those of them that were damaged and that both have judged. */
  mutated: number
  schemas: number
  cliRuns: number
}

export const noCounts = (): Counts => ({ frames: 0, mutated: 0, schemas: 0, cliRuns: 0 })

export function addCounts(to: Counts, from: Counts): void {
  for (const name of Object.keys(to) as (keyof Counts)[]) to[name] += from[name]
}

/** What a process has to itself. */
export interface Workplace {
  /** Its number, from 0. */
  readonly job: number
  /** A folder outside the project, which is removed whatever becomes of the process. */
  readonly folder: string
}

export interface Fuzzer {
  /** Files to play first. */
  readonly corpus: readonly string[]
  /** @throws whatever is found wrong */
  playFile(path: string): Promise<void>
  /** Makes the input of this number, and plays it. @throws whatever is found wrong */
  play(input: number): Promise<Counts>
  /** Writes an input that failed, as small as it gets. @returns the file */
  save(input: number, error: unknown): Promise<string | undefined>
  /** What is looked at once, at the end. @throws whatever is found wrong */
  finish(): Promise<void>
}
