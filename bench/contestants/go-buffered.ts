// The same with what somebody who wanted speed would change first.

import { goContestant } from '../kit/go-program.js'

export const contestant = goContestant('the same with channels of 8,192', 8_192)
