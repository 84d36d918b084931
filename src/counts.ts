// Indices of `Ledger.counts`: what the ledger counts itself, not the core.

export const REJECTED = 0
export const DELIVERED = 1
export const FAILED = 2
export const CUT_OFF = 3
export const DISCARDED_BYTES = 4
export const RELEASE_ERRORS = 5
export const SHUTDOWN_ERRORS = 6
export const SHUTDOWNS_CUT_OFF = 7
export const HANDLER_ERRORS = 8
export const COUNTS = 9
