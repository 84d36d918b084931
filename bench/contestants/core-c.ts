// The core in C: the same code on the same layout, compiled by gcc.

import { cContestant } from '../kit/c-program.js'

export const contestant = cContestant('the same core compiled by gcc -O3', 'core', [
  'kinds',
  'recordsChecksum',
])
