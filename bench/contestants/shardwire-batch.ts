// This package as its users see it, with an observer that takes batches.

import { BATCH_ANSWERS, BatchMeter } from '../kit/batch-meter.js'
import { Observers } from '../kit/observers.js'
import { productContestant } from '../kit/product.js'

export const contestant = {
  ...productContestant(
    'this router, batches as columns, state by slot',
    ({ factories }) => new Observers(factories, () => new BatchMeter()),
  ),
  answers: BATCH_ANSWERS,
}
