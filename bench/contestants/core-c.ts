// The core in C: the same code on the same layout, compiled by gcc.

import { cContestant } from '../kit/c-program.js'
import { CORE_ANSWERS } from '../kit/core-alone.js'

export const contestant = cContestant('the same core compiled by gcc -O3', 'core', CORE_ANSWERS)
