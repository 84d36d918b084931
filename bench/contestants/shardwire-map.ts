// This package for those who don't use slots: plain event objects, state in a Map by stream ID.

import { MapMeter } from '../kit/map-meter.js'
import { meters } from '../kit/observers.js'
import { productContestant } from '../kit/product.js'

export const contestant = productContestant('this router, plain objects, state in a Map', (setting) =>
  meters(setting, () => new MapMeter()),
)
