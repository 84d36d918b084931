import type { CaseResult } from './outcome.mjs'

export interface RowResult {
  readonly name: string
  readonly version?: string
  /** Why it could not be run. */
  readonly absent?: string
  readonly cases?: readonly CaseResult[]
}
/** The table as text, and how many cases passed and failed. */
export function tableOf(
  results: readonly RowResult[],
  requireAll: boolean,
): { text: string; passed: number; failed: number }
