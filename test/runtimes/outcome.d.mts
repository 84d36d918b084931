export interface CaseResult {
  readonly name: string
  /** What was wrong; absent when it passed. */
  readonly message?: string
}
/** Cases as entries/tell.js told them; a run that broke off, or was ended, is a failed case more. */
export function casesIn(output: string, isLate?: boolean): CaseResult[]
