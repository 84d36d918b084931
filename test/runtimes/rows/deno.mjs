// Deno, with no permissions at all.

import { join } from 'node:path'
import { casesIn } from '../outcome.mjs'
import { execute, succeed } from '../process.mjs'
import { findDeno, NOT_INSTALLED } from '../tools.mjs'

export const denoRow = {
  name: 'Deno',
  missing: () => (findDeno() === undefined ? NOT_INSTALLED : undefined),
  version: async () => /deno (\S+)/.exec(await succeed(findDeno(), ['--version']))[1],
  async run({ suiteProject }) {
    const project = await suiteProject()
    const env = { ...process.env, DENO_DIR: join(project, '.deno'), DENO_NO_UPDATE_CHECK: '1' }
    const { output, isLate } = await execute(
      findDeno(),
      ['run', '--no-prompt', '--no-remote', 'console.js'],
      { cwd: project, env },
    )
    return casesIn(output, isLate)
  },
}
