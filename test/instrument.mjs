// The core with calls of its tests' own in it: at each condition, to see which way it
// goes, or to make it go another; behind each store, to look at memory or to throw.
// V8 counts nothing within WebAssembly, and no tool for it reads what asc makes today.
//
// Needs the compiler, so programs and global setups load it; who only runs what it
// made needs test/trust.ts.

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import asc from 'assemblyscript/asc'
import binaryen from 'assemblyscript/binaryen'

/** The project's folder, also when this file is part of a bundle below build/. */
const root = (() => {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'asconfig.json'))) {
    if (folder === dirname(folder)) throw new Error(`no asconfig.json above ${import.meta.dirname}`)
    folder = dirname(folder)
  }
  return folder
})()

const shipped = () => readFileSync(join(root, 'build/core.wasm'))

/** Sub-expressions by kind, in the order in which they are evaluated. */
const CHILDREN = {
  Block: (block) => Array.from({ length: block.getNumChildren() }, (_, index) => block.getChildAt(index)),
  If: (node) => [node.getCondition(), node.getIfTrue(), node.getIfFalse()],
  Loop: (node) => [node.getBody()],
  Break: (node) => [node.getValue(), node.getCondition()],
  Switch: (node) => [node.getValue(), node.getCondition()],
  Select: (node) => [node.getIfTrue(), node.getIfFalse(), node.getCondition()],
  Call: (node) => Array.from({ length: node.getNumOperands() }, (_, index) => node.getOperandAt(index)),
  LocalSet: (node) => [node.getValue()],
  GlobalSet: (node) => [node.getValue()],
  Load: (node) => [node.getPtr()],
  Store: (node) => [node.getPtr(), node.getValue()],
  Unary: (node) => [node.getValue()],
  Binary: (node) => [node.getLeft(), node.getRight()],
  Drop: (node) => [node.getValue()],
  Return: (node) => [node.getValue()],
  MemoryCopy: (node) => [node.getDest(), node.getSource(), node.getSize()],
  MemoryFill: (node) => [node.getDest(), node.getValue(), node.getSize()],
  SIMDExtract: (node) => [node.getVec()],
  SIMDReplace: (node) => [node.getVec(), node.getValue()],
  SIMDShift: (node) => [node.getVec(), node.getShift()],
  SIMDLoad: (node) => [node.getPtr()],
  SIMDLoadStoreLane: (node) => [node.getPtr(), node.getVec()],
  LocalGet: () => [],
  GlobalGet: () => [],
  Const: () => [],
  MemorySize: () => [],
  Nop: () => [],
  Unreachable: () => [],
}
const KINDS = new Map(Object.keys(CHILDREN).map((kind) => [binaryen[`${kind}Id`], kind]))

/** What an expression is, and a view of it; undefined for none. */
function nodeOf(expression) {
  const kind = KINDS.get(binaryen.getExpressionId(expression))
  if (kind === undefined) {
    const text = binaryen.emitText(expression).slice(0, 80)
    throw new Error(`test/instrument.mjs: CHILDREN doesn't know what this has below it: ${text}`)
  }
  // Those that have nothing below them have no class, some of them.
  return { kind, view: CHILDREN[kind].length === 0 ? undefined : new binaryen[kind](expression) }
}

/** Visits an expression and all below it, what is evaluated first being first. */
function walk(expression, visit) {
  if (expression === 0) return
  const { kind, view } = nodeOf(expression)
  for (const child of CHILDREN[kind](view)) walk(child, visit)
  visit(kind, view, expression)
}

/** Functions with a body: name and what it is made of. */
function bodiesOf(module) {
  const bodies = []
  for (let index = 0; index < module.getNumFunctions(); index++) {
    const reference = module.getFunctionByIndex(index)
    const { name, base } = binaryen.getFunctionInfo(reference)
    if (!base) bodies.push({ name, reference, body: binaryen.Function.getBody(reference) })
  }
  return bodies
}

/**
 * Wraps each condition of a module in a call of `trust.hit(id, value)`, which gives what the condition goes on with.
 * Of `a && b` and `a || b`, which are `if` as well, `b` is wrapped too: it decides only when `a` doesn't.
 * @param module of Binaryen's
 * @param locator tells places, as `locatorOf` does
 */
export function wrapConditions(module, locator) {
  const { createType, i32, ConstId, UnreachableId, UnaryId, EqZInt32, getExpressionId } = binaryen
  const sites = []
  const hit = (kind, name, condition, around, targets) => {
    const id = sites.length
    sites.push({ id, kind, targets, ...locator.place(name, [condition, around]) })
    return module.call('trust.hit', [module.i32.const(id), condition], i32)
  }
  const isConst = (expression) => getExpressionId(expression) === ConstId
  /** Wraps the second of two operands. */
  const operand = (name, view, condition, around) => {
    if (view.getType() !== i32) return
    const [first, second] = [view.getIfTrue(), view.getIfFalse()]
    if (isConst(second) && locator.joins(name, condition, first, '&&'))
      view.setIfTrue(hit('operand', name, first, around, 2))
    if (isConst(first) && locator.joins(name, condition, second, '||'))
      view.setIfFalse(hit('operand', name, second, around, 2))
  }
  const bodies = bodiesOf(module)
  module.addFunctionImport('trust.hit', 'trust', 'hit', createType([i32, i32]), i32)
  for (const { name, body } of bodies) {
    walk(body, (kind, view, expression) => {
      if (kind === 'If' || kind === 'Select' || (kind === 'Break' && view.getCondition() !== 0)) {
        const condition = view.getCondition()
        // `for (;;)`: no choice.
        if (isConst(condition)) return
        const isAssert = kind === 'If' && getExpressionId(view.getIfTrue()) === UnreachableId
        if (isAssert && getExpressionId(condition) === UnaryId) {
          // Compiled as "if not so, then stop": what is asserted is the condition.
          const not = new binaryen.Unary(condition)
          if (not.getOp() !== EqZInt32) throw new Error(`${name}: no assert as they were known`)
          not.setValue(hit('assert', name, not.getValue(), expression, 2))
          return
        }
        if (kind === 'If') operand(name, view, condition, expression)
        const kinds = { If: 'if', Select: 'select', Break: 'br_if' }
        view.setCondition(hit(kinds[kind], name, condition, expression, 2))
      } else if (kind === 'Switch') {
        const targets = view.getNumNames() + 1
        view.setCondition(hit('br_table', name, view.getCondition(), expression, targets))
      }
    })
  }
  return sites
}

const isStore = (kind, view) =>
  kind === 'Store' ||
  kind === 'MemoryCopy' ||
  kind === 'MemoryFill' ||
  (kind === 'SIMDLoadStoreLane' && view.isStore())

/** Puts a call of `trust.step(id)` behind each store of a module. */
export function followStores(module, locator) {
  const { createType, i32, none } = binaryen
  const sites = []
  const bodies = bodiesOf(module)
  module.addFunctionImport('trust.step', 'trust', 'step', createType([i32]), none)
  for (const { name, reference, body } of bodies) {
    // A store has no value, so it stands where statements do.
    const followed = (expression) => {
      if (expression === 0) return 0
      const { kind, view } = nodeOf(expression)
      if (!isStore(kind, view)) return expression
      const id = sites.length
      sites.push({ id, kind: 'store', targets: 1, ...locator.place(name, [expression]) })
      return module.block(null, [expression, module.call('trust.step', [module.i32.const(id)], none)], none)
    }
    walk(body, (kind, view) => {
      if (kind === 'Block') {
        for (let index = 0; index < view.getNumChildren(); index++)
          view.setChildAt(index, followed(view.getChildAt(index)))
      } else if (kind === 'If') {
        view.setIfTrue(followed(view.getIfTrue()))
        if (view.getIfFalse() !== 0) view.setIfFalse(followed(view.getIfFalse()))
      } else if (kind === 'Loop') {
        view.setBody(followed(view.getBody()))
      }
    })
    binaryen.Function.setBody(reference, followed(body))
  }
  return sites
}

/** Lets asc compile the debug target, changes the module before it is written, gives the binary. */
async function compileDebug(change) {
  let bytes
  let fault
  class Change {
    afterCompile(module) {
      try {
        change(module, this.program)
      } catch (error) {
        // The compiler would tell it as its own crash.
        fault = error
      }
    }
  }
  const options = ['--config', 'asconfig.json', '--target', 'debug', '--baseDir', root]
  const { error, stderr } = await asc.main(options, {
    transforms: [Change],
    writeFile: (name, contents) => {
      if (name.endsWith('.wasm')) bytes = contents
    },
  })
  if (fault !== undefined) throw fault
  if (error !== null || bytes === undefined) throw new Error(`asc failed: ${error}\n${stderr}`)
  return bytes
}

/** Finds places in assembly/ by what the compiler noted of each expression. */
function locatorOf(program) {
  const ranges = new Map()
  for (const { internalName, debugLocations } of program.instancesByName.values())
    if (debugLocations !== undefined) ranges.set(internalName, debugLocations)
  return {
    /** Where the first of these stands that stands anywhere; the compiler makes some up. */
    place(name, expressions) {
      const found = expressions.map((expression) => ranges.get(name)?.get(expression))
      const range = found.find((known) => known !== undefined)
      if (range === undefined) throw new Error(`test/instrument.mjs: no place is known of a site in ${name}`)
      const { source, start, end } = range
      return {
        function: name.slice(name.lastIndexOf('/') + 1),
        file: source.normalizedPath,
        line: source.lineAt(start),
        column: source.columnAt(),
        text: source.text.slice(start, end).replace(/\s+/g, ' '),
      }
    },
    /** Whether nothing but this operator stands between two expressions. */
    joins(name, left, right, operator) {
      const [before, after] = [left, right].map((expression) => ranges.get(name)?.get(expression))
      if (before === undefined || after === undefined || before.source !== after.source) return false
      return before.source.text.slice(before.end, after.start).replace(/[()\s]/g, '') === operator
    },
  }
}

/** As the shipped core says which build it is: the product refuses another. */
function withId(bytes) {
  const [id] = WebAssembly.Module.customSections(new WebAssembly.Module(shipped()), 'id')
  return Buffer.concat([bytes, Buffer.from([0, 7, 2, ...Buffer.from('id')]), Buffer.from(id)])
}

/**
 * The core, unoptimised and with its asserts, with calls of `trust.hit`, of `trust.step`, or of both.
 * @param {{ conditions?: boolean, stores?: boolean }} which
 */
export async function instrumentDebug({ conditions = false, stores = false }) {
  const made = { conditions: [], stores: [] }
  const bytes = await compileDebug((module, program) => {
    const locator = locatorOf(program)
    if (conditions) made.conditions = wrapConditions(module, locator)
    if (stores) made.stores = followStores(module, locator)
    if (!module.validate()) throw new Error('test/instrument.mjs made an invalid module')
  })
  return { bytes: withId(bytes), ...made }
}

/** The core as it ships, but for a call of `trust.step` behind each store. It knows no names and no lines. */
export function instrumentRelease() {
  const module = binaryen.readBinary(shipped())
  try {
    module.setFeatures(binaryen.Features.All)
    const place = (name) => ({ function: name, file: 'build/core.wasm', line: 0, column: 0, text: '' })
    const stores = followStores(module, { place })
    if (!module.validate()) throw new Error('test/instrument.mjs made an invalid module')
    return { bytes: module.emitBinary(), conditions: [], stores }
  } finally {
    module.dispose()
  }
}
