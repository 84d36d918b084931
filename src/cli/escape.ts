// Text from the wire or the file system, made safe for a terminal: whatever could
// move the cursor, change its colours, break a line or turn the reading direction
// round becomes \u and four hexadecimal digits.

// DEL and C1; U+2028 and U+2029, which end lines; the controls of bidirectional
// text; U+FEFF, which nobody sees. JSON.stringify leaves all of these as they are.
const UNSAFE = '\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff'
const C0 = '\\u0000-\\u001f'
const SURROGATES = '\\ud800-\\udfff'
const IN_JSON = new RegExp(`[${UNSAFE}]`, 'g')
/** The same and C0; surrogates that stand alone, since `u` reads pairs as one. */
const IN_TEXT = new RegExp(`[${C0}${UNSAFE}${SURROGATES}]`, 'gu')

function code(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Plain text for one line: messages, file names. */
export function escapeText(text: string): string {
  return text.replace(IN_TEXT, code)
}

/**
 * JSON as JSON.stringify makes it. Such characters can stand in its
 * strings only, so the JSON means the same afterwards.
 */
export function escapeJson(lines: string): string {
  return lines.replace(IN_JSON, code)
}
