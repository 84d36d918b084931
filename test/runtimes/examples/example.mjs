// A row of the table from an example: its checks, each a case, in order. A failed one
// costs that case alone, as far as the others can still run.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { succeed } from '../process.mjs'
import { exampleProject } from './project.mjs'

const TSC = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')

/** For one check. Longer than what program.mjs waits, which knows more to say. */
const LIMIT_MS = 60_000

class LateError extends Error {}

function inTime(promise) {
  let timer
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new LateError(`it hung for ${LIMIT_MS / 1_000} s`)), LIMIT_MS)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/**
 * @param name the example's folder
 * @param tools which of its devDependencies the test needs
 * @param hasTypes whether it has a tsconfig.json, and is to be checked by it
 * @param platform a row of what it runs on: whether that is installed, and its version
 * @param checks `({ project, scripts, check, keep })`, given the installed copy and its scripts; calls
 * `check(name, run)` for each case, and `keep(program)` for what has to be ended in any case
 */
export function example({ name, tools, hasTypes = false, platform, checks }) {
  return {
    name: `example: ${name}`,
    missing: platform.missing,
    version: platform.version,
    async run(made) {
      const cases = []
      const check = async (what, run) => {
        try {
          const result = await inTime(run())
          cases.push({ name: what })
          return result
        } catch (error) {
          cases.push({ name: what, message: error.message })
          // Nothing that is still going on may meet the next check.
          if (error instanceof LateError) throw error
        }
      }
      const programs = []
      const keep = (program) => {
        programs.push(program)
        return program
      }
      try {
        // With a limit of its own, since the registry may be slow.
        const given = await exampleProject(made, name, tools)
        if (hasTypes)
          await check('its types are right', () => succeed(process.execPath, [TSC, '-p', given.project]))
        await checks({ ...given, check, keep })
      } catch (error) {
        cases.push({ name: 'it runs through', message: error.message })
      } finally {
        for (const program of programs) program.kill()
      }
      return cases
    },
  }
}

/** What a report has to say, beside what else it says. */
export function assertSays(report, wanted) {
  const own = Object.fromEntries(Object.keys(wanted).map((key) => [key, report[key]]))
  assert.deepEqual(own, wanted)
}
