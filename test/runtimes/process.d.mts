import type { ChildProcess, SpawnOptions } from 'node:child_process'

/** Starts a program in a process group of its own. */
export function start(file: string, args: readonly string[], options?: SpawnOptions): ChildProcess
/** Ends it, and all that it started. */
export function end(child: ChildProcess): void
/** Runs a program to its end, or ends it, and all that it started, when the time is up. */
export function execute(
  file: string,
  args: readonly string[],
  options?: SpawnOptions & { readonly timeoutMs?: number },
): Promise<{ code: number | null; output: string; isLate: boolean }>
