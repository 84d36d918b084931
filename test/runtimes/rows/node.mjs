// Node: the suite by import, and require().

import { join } from 'node:path'
import { casesIn } from '../outcome.mjs'
import { execute, succeed } from '../process.mjs'
import { findNode, NOT_INSTALLED } from '../tools.mjs'

/** From 20.19 on, the first that the package supports. */
const MAJORS = [20, 22, 24]

const row = (major) => ({
  name: `Node ${major}`,
  missing: () => (findNode(major) === undefined ? NOT_INSTALLED : undefined),
  version: async () => (await succeed(findNode(major), ['--version'])).trim(),
  async run({ suiteProject }) {
    const project = await suiteProject()
    const cases = []
    for (const entry of ['console.js', 'require.cjs']) {
      const { output, isLate } = await execute(findNode(major), [join(project, entry)], { cwd: project })
      cases.push(...casesIn(output, isLate))
    }
    return cases
  },
})

export const nodeRows = MAJORS.map(row)
