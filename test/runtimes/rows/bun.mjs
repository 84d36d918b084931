// Bun.

import { casesIn } from '../outcome.mjs'
import { execute, succeed } from '../process.mjs'
import { findBun, NOT_INSTALLED } from '../tools.mjs'

export const bunRow = {
  name: 'Bun',
  missing: () => (findBun() === undefined ? NOT_INSTALLED : undefined),
  version: async () => (await succeed(findBun(), ['--version'])).trim(),
  async run({ suiteProject }) {
    const project = await suiteProject()
    // Nothing is fetched that isn't there.
    const { output, isLate } = await execute(findBun(), ['run', '--no-install', 'console.js'], {
      cwd: project,
    })
    return casesIn(output, isLate)
  },
}
