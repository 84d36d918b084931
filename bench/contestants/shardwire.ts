// This package as its users see it: plain event objects, state by slot.

import { meters } from '../kit/observers.js'
import { productContestant } from '../kit/product.js'
import { SlotMeter } from '../kit/slot-meter.js'

export const contestant = productContestant('this router, plain objects, state by slot', (setting) =>
  meters(setting, () => new SlotMeter()),
)
