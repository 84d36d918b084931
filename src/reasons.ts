// Why a frame was rejected: the names of the numbers in layout.ts. The sentences are in
// frame-error.ts.

/** Indexed by the core's reason number; index 0 is no reason. */
export const REASONS = [
  'none',
  'framing-length',
  'framing-encoding',
  'message-too-short',
  'schema-mismatch',
  'unknown-template',
  'block-too-short',
  'block-overrun',
  'boolean-invalid',
  'number-range',
  'data-overrun',
  'data-null',
  'data-too-long',
  'text-invalid',
  'truncated',
] as const

/** Why a frame was rejected. */
export type RejectReason = Exclude<(typeof REASONS)[number], 'none'>
