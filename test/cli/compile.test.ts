// shardwire compile: the compiler's own text, or nothing.

import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compileSchema } from '../../src/compile/index.js'
import { folder, run, SCHEMA } from './run.js'

const ROUTING = SCHEMA.replace(/\.xml$/, '.routing.json')
const EXPECTED = compileSchema({
  xmlPath: SCHEMA,
  xml: readFileSync(SCHEMA, 'utf8'),
  routingPath: ROUTING,
  routing: readFileSync(ROUTING, 'utf8'),
}).typescript

describe('compile', () => {
  test('writes what the compiler gives, with the routing file beside the schema', async () => {
    const there = folder()
    const done = { code: 0, signal: null, stdout: '', stderr: '' }
    expect(await run(['compile', SCHEMA, '-o', 'mtg.ts'], { cwd: there })).toEqual(done)
    expect(readFileSync(join(there, 'mtg.ts'), 'utf8')).toBe(EXPECTED)
    expect(await run(['compile', SCHEMA, '-o', '-'])).toEqual({ ...done, stdout: EXPECTED })
  })

  test('takes another routing file, or none', async () => {
    const there = folder()
    copyFileSync(SCHEMA, join(there, 'mtg.xml'))
    copyFileSync(ROUTING, join(there, 'other.json'))
    const given = await run(['compile', 'mtg.xml', '--routing', 'other.json', '-o', '-'], { cwd: there })
    expect(given.code).toBe(0)
    // All but the names of its sources.
    expect(given.stdout.split('\n').slice(1)).toEqual(EXPECTED.split('\n').slice(1))
    const none = await run(['compile', 'mtg.xml', '-o', '-'], { cwd: there })
    expect(none.stdout).not.toBe(given.stdout)
  })

  test('a schema that is refused leaves the file as it was', async () => {
    const there = folder()
    writeFileSync(join(there, 'bad.xml'), '<messageSchema id="1"><message/></messageSchema>')
    writeFileSync(join(there, 'old.ts'), 'older')
    for (const output of ['old.ts', 'new.ts']) {
      const { code, stderr } = await run(['compile', 'bad.xml', '-o', output], { cwd: there })
      expect(code).toBe(1)
      expect(stderr).toMatch(/^shardwire: bad\.xml:1:\d+: .*\n$/)
    }
    expect(readdirSync(there).sort()).toEqual(['bad.xml', 'old.ts'])
    expect(readFileSync(join(there, 'old.ts'), 'utf8')).toBe('older')
  })

  test('never writes over what it reads', async () => {
    const there = folder()
    copyFileSync(SCHEMA, join(there, 'mtg.xml'))
    copyFileSync(ROUTING, join(there, 'mtg.json'))
    for (const output of ['mtg.xml', './mtg.xml', 'mtg.json']) {
      const args = ['compile', 'mtg.xml', '--routing', 'mtg.json', '-o', output]
      const { code, stderr } = await run(args, { cwd: there })
      expect(code).toBe(2)
      expect(stderr).toMatch(/^shardwire: -o ".*" is an input; give another FILE\.ts to write.*\n$/)
    }
    expect(readFileSync(join(there, 'mtg.xml'))).toEqual(readFileSync(SCHEMA))
    expect(readFileSync(join(there, 'mtg.json'))).toEqual(readFileSync(ROUTING))
  })

  test('notes that no message has a key, since then nothing keeps a stream on its shard', async () => {
    const there = folder()
    const header = ['blockLength', 'templateId', 'schemaId', 'version']
      .map((name) => `<type name="${name}" primitiveType="uint16"/>`)
      .join('')
    writeFileSync(
      join(there, 'plain.xml'),
      `<messageSchema package="plain" id="7" version="0"><types><composite name="messageHeader">${header}</composite></types><message name="Tick" id="1"><field name="count" id="1" type="uint32"/></message></messageSchema>`,
    )
    writeFileSync(join(there, 'plain.routing.json'), '{ "keyless": ["Tick"] }')
    const { code, stdout, stderr } = await run(['compile', 'plain.xml', '-o', '-'], { cwd: there })
    expect(code).toBe(0)
    expect(stdout).toContain('interface Tick')
    expect(stderr).toMatch(/^shardwire: note: no message of plain\.xml has a key, .*--routing.*\n$/)
  })

  test('says why it cannot write', async () => {
    const { code, stderr } = await run(['compile', SCHEMA, '-o', 'none/mtg.ts'], { cwd: folder() })
    expect(code).toBe(1)
    expect(stderr).toBe('shardwire: cannot write none/mtg.ts: no such file or folder; check the path\n')
  })
})
