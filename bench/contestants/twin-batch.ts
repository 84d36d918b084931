// The twin with the same batch interface: the honest rival of `shardwire-batch`.

import { BATCH_ANSWERS, BatchMeter } from '../kit/batch-meter.js'
import { Observers } from '../kit/observers.js'
import { twinContestant } from '../kit/twin-router.js'

export const contestant = {
  ...twinContestant(
    'the twin, batches as columns, state by slot',
    ({ factories }) => new Observers(factories, () => new BatchMeter()),
  ),
  answers: BATCH_ANSWERS,
}
