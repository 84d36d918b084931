// The core in C: assembly/*.ts says the same in both languages, once its syntax is changed, so that the yardstick does
// what the core does, today and after the next change. What this doesn't know, the C compiler refuses.
//
// It expects what the formatter makes: a statement that goes on ends in an operator, a comma or an open bracket, or
// goes on with an operator.

/** Files of the core in the order in which C wants them; what only batches need isn't among them. */
export const CORE_FILES = ['xxhash32', 'utf8', 'frame', 'ring', 'streams', 'ingest'] as const

const TYPES = 'u8|u16|u32|u64|i32|i64|f64|bool|v128|void'

/** Constants of src/layout.ts. */
function definesOf(layout: Readonly<Record<string, number>>): string {
  return Object.entries(layout)
    .map(([name, value]) => `#define ${name} ${value}\n`)
    .join('')
}

/** Without comments, imports, and what is checked when the core is compiled. */
function bare(source: string): string {
  return source
    .replace(/\/\*\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/^import [\s\S]*?from '.*'$/gm, '')
    .replace(/^export \{[\s\S]*?\} from '.*'$/gm, '')
    .replace(/^if \([^\n]*\) ERROR\('.*'\)$/gm, '')
}

/** `name: type = …` as C has it. */
function declarations(text: string): string {
  return text
    .replace(new RegExp(`\\bconst (\\w+): (${TYPES})\\b`, 'g'), 'const $2 $1')
    .replace(new RegExp(`\\blet (\\w+): (${TYPES})\\b`, 'g'), '$2 $1')
}

function functions(text: string): string {
  const head = new RegExp(`(@inline\\n)?(?:export )?function (\\w+)\\(([^)]*)\\): (${TYPES}) \\{`, 'g')
  return text.replace(head, (_, inline: string | undefined, name: string, list: string, result: string) => {
    const parameters = [...list.matchAll(/(\w+): (\w+)/g)].map(
      ([, parameter, type]) => `${type} ${parameter}`,
    )
    return `${inline === undefined ? 'static' : 'INLINE'} ${result} ${name}(${parameters.join(', ') || 'void'}) {`
  })
}

/** Generic calls and casts. */
function generics(text: string): string {
  return text
    .replace(/\bv128\.splat<i64>\(0\)/g, 'zero_v128()')
    .replace(/\bv128\.(load|store)\(/g, '$1_v128(')
    .replace(/\bmemory\.(fill|copy)\(/g, 'memory_$1(')
    .replace(new RegExp(`\\b(load|store|rotl|bswap)<(${TYPES})>\\(`, 'g'), '$1_$2(')
    .replace(new RegExp(`<(${TYPES})>`, 'g'), '($1)')
}

/** How many brackets are open at the end of a text. */
const depthOf = (text: string): number => text.split('(').length - text.split(')').length

/** `if (…)` and the like, with the statement on a line of its own. */
function isHead(line: string): boolean {
  if (!/^\s*(if|for|while) \(/.test(line) || !line.endsWith(')')) return false
  const closed = [...line.matchAll(/\)/g)].find(({ index }) => depthOf(line.slice(0, index + 1)) === 0)
  return closed?.index === line.length - 1
}

/** Where lines end, statements do, unless they go on. */
function semicolons(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  let depth = 0
  const ended = lines.map((line, index) => {
    depth += depthOf(line)
    const goesOn = isHead(line) || (/[{},(=+|&?:<>*-]$/.test(line) && !/\+\+$|--$/.test(line))
    const isLoopEnd = /^\s*\} while \(.*\)$/.test(line)
    const next = lines[index + 1] ?? ''
    const isContinued = /^\s*([?:|&+*=]|&&|\|\|)/.test(next)
    return isLoopEnd || (depth === 0 && !goesOn && !isContinued) ? `${line};` : line
  })
  return ended.join('\n')
}

/** A file of the core as C, behind the declarations of its functions. */
function toC(source: string): string {
  const text = declarations(functions(generics(bare(source))))
    .replace(/^@inline$/gm, '')
    .replace(/^export /gm, '')
    .replace(/^(const|u32|u64|bool) /gm, 'static $1 ')
  return semicolons(text)
}

/** Variables of files, which C wants before the functions that use them. */
const VARIABLE = /^static (?:u32|u64|bool) \w+ = .*;\n/gm

/** All files of the core as one header. @param sources their texts, in the order of `CORE_FILES` */
export function coreInC(layout: Readonly<Record<string, number>>, sources: readonly string[]): string {
  const code = sources.map((source) => `${toC(source)}\n`).join('')
  const variables = (code.match(VARIABLE) ?? []).join('')
  return definesOf(layout) + prototypesOf(code) + variables + code.replace(VARIABLE, '')
}

function prototypesOf(code: string): string {
  return [...code.matchAll(/^((?:static|INLINE) \w+ \w+\([^)]*\)) \{/gm)]
    .map(([, head]) => `${head};\n`)
    .join('')
}
