// The physical limit: the same chunks, copied.

import { cContestant } from '../kit/c-program.js'

export const contestant = cContestant('chunks copied to one place, and nothing else', 'memcpy', ['copied'])
