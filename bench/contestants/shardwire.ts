// This package as its users see it: plain event objects, state by slot.

import { Observers } from '../kit/observers.js'
import { productContestant } from '../kit/product.js'
import { SlotMeter } from '../kit/slot-meter.js'

export const contestant = productContestant(
  'this router, plain objects, state by slot',
  (setting) => new Observers(setting, () => new SlotMeter()),
)
