// The honest rival: this router's ideas in plain TypeScript.

import { meters } from '../kit/observers.js'
import { SlotMeter } from '../kit/slot-meter.js'
import { twinContestant } from '../kit/twin-router.js'

export const contestant = twinContestant('the same ideas in plain TypeScript, state by slot', (setting) =>
  meters(setting, () => new SlotMeter()),
)
