// A Go event stream in mtg's form.

import { goContestant } from '../kit/go-program.js'

export const contestant = goContestant(
  'Go event stream as mtg’s: channels of 1, structs ready, all cores, maps',
  1,
)
