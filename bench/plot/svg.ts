// SVG as text: elements, escaped, and the look that all plots share, in light and dark.

type Attributes = Readonly<Record<string, string | number>>

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** For text and attributes. What XML has no letter for is left out. */
export function escaped(words: string): string {
  return words
    .replace(/\p{Noncharacter_Code_Point}|[^\P{Cc}\t\n\r]/gu, '')
    .replace(/[&<>"']/g, (letter) => ENTITIES[letter]!)
}

const number = (value: number): string => String(Math.round(value * 100) / 100)

/** An element. @param inside is markup already */
export function element(name: string, attributes: Attributes, inside = ''): string {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === 'number' ? number(value) : escaped(value)}"`,
  )
  return inside === '' ? `<${name}${written.join('')}/>` : `<${name}${written.join('')}>${inside}</${name}>`
}

export const text = (words: string, attributes: Attributes): string =>
  element('text', attributes, escaped(words))

/** What a contestant is drawn with. Relatives have one hue, told apart by dashes. */
interface Look {
  readonly hue: keyof typeof HUES
  readonly dashed?: boolean
  readonly bold?: boolean
}

/** On white, and on black: each at least 4.5 to 1 against its ground, as WCAG 2 asks of text. */
const HUES = {
  blue: ['#0550ae', '#79c0ff'],
  teal: ['#0b7285', '#39c5cf'],
  orange: ['#bc4c00', '#f0883e'],
  purple: ['#6639ba', '#d2a8ff'],
  pink: ['#bf3989', '#f778ba'],
  brown: ['#7d4e00', '#e3b341'],
  green: ['#116329', '#56d364'],
  red: ['#a40e26', '#ff7b72'],
  grey: ['#59636e', '#9198a1'],
} as const

const LOOKS: Readonly<Record<string, Look>> = {
  shardwire: { hue: 'blue', bold: true },
  'shardwire-map': { hue: 'blue', dashed: true },
  'shardwire-batch': { hue: 'teal', bold: true },
  twin: { hue: 'orange' },
  'twin-batch': { hue: 'orange', dashed: true },
  'json-slot': { hue: 'purple', dashed: true },
  'json-map': { hue: 'purple' },
  rxjs: { hue: 'pink' },
  msgpackr: { hue: 'brown' },
  protobufjs: { hue: 'green' },
  'protobuf-es': { hue: 'green', dashed: true },
  go: { hue: 'red' },
  'go-buffered': { hue: 'red', dashed: true },
}
const OTHER: Look = { hue: 'grey', dashed: true }

/** The class names of what stands for a contestant. */
export function classOf(contestant: string): string {
  const { hue, dashed, bold } = LOOKS[contestant] ?? OTHER
  return [hue, dashed ? 'dashed' : '', bold ? 'bold' : ''].filter((name) => name !== '').join(' ')
}

const GROUND = {
  ink: ['#1f2328', '#f0f6fc'],
  muted: ['#59636e', '#9198a1'],
  grid: ['#d8dee4', '#30363d'],
  paper: ['#ffffff', '#0d1117'],
} as const

function style(): string {
  const colours = { ...GROUND, ...HUES }
  const values = (index: 0 | 1): string =>
    Object.entries(colours)
      .map(([name, pair]) => `--${name}:${pair[index]}`)
      .join(';')
  const hues = Object.keys(HUES).map((hue) => `.${hue}{--hue:var(--${hue})}`)
  return [
    `svg{${values(0)};font:13px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}`,
    `@media (prefers-color-scheme:dark){svg{${values(1)}}}`,
    ...hues,
    '.paper{fill:var(--paper)}text{fill:var(--ink)}text.muted{fill:var(--muted)}.title{font-size:17px;font-weight:600}',
    '.grid{stroke:var(--grid);stroke-width:1}.axis{stroke:var(--muted);stroke-width:1}',
    '.line{fill:none;stroke:var(--hue);stroke-width:1.75;stroke-linejoin:round}.line.bold{stroke-width:3}',
    '.line.dashed{stroke-dasharray:6 4}.range{stroke:var(--hue);stroke-width:1;opacity:.6}',
    '.dot{fill:var(--hue);stroke:var(--paper);stroke-width:1}.leader{fill:none;stroke:var(--hue);stroke-width:1;opacity:.5}',
    'text.name{fill:var(--hue)}text.bold{font-weight:600}',
    '.bar{fill:var(--hue)}.bar.dashed{fill-opacity:.55}',
  ].join('\n')
}

/** A whole file. @param what is told to those who don't see it */
export function document(width: number, height: number, title: string, what: string, inside: string): string {
  const head = element('title', {}, escaped(title)) + element('desc', {}, escaped(what))
  const paper = element('rect', { class: 'paper', width, height, rx: 6 })
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: 'img',
  }
  return `${element('svg', attributes, `\n${head}\n<style>\n${style()}\n</style>\n${paper}\n${inside}\n`)}\n`
}
