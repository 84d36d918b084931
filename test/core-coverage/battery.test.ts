// The checks that forced conditions are noticed by, with nothing forced.
import { it } from 'vitest'
import { battery } from './battery.js'

it.each(battery)('$oracle', ({ run }) => run())
