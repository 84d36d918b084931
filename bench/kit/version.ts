// Which version of a package a contestant is made with.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** What a package's own manifest says; found from its main file, since not every package exports it. */
export function versionOf(name: string): string {
  const main = createRequire(import.meta.url).resolve(name)
  for (let folder = dirname(main); dirname(folder) !== folder; folder = dirname(folder)) {
    try {
      const manifest: { name?: string; version?: string } = JSON.parse(
        readFileSync(join(folder, 'package.json'), 'utf8'),
      )
      if (manifest.name === name && manifest.version !== undefined) return manifest.version
    } catch {
      // No manifest here: it is further up.
    }
  }
  throw new Error(`no package.json of ${name} above ${main}`)
}
