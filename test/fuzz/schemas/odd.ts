// What schemas hold that isn't usual: names that mean something elsewhere, numbers at
// edges, text that would like to leave its place.

/** In text that must stay in a comment or string: code that holds it has been broken out of. */
export const MARK = 'stolen'

/** Identifiers that the language, its objects, the generated module or the router know. */
export const ODD_NAMES =
  `constructor toString toLocaleString valueOf hasOwnProperty isPrototypeOf __proto__ then prototype
  propertyIsEnumerable __defineGetter__ toJSON length name class default enum await yield let static async of get set
  as is satisfies type declare namespace module abstract accessor readonly unique infer keyof Event Input Observer
  EventBatch eventBatch Columns columns kinds kind fields start end numbers
  ObserverBase Schema Template templates dispatch decode encode decoders encoders decoder encoder observer template
  view at slot streamId event version next key value index result bytes bits self that undefined NaN Infinity null true
  false arguments eval globalThis window process require exports Object Array Symbol Proxy Map Set Promise Error
  RangeError Number String BigInt Boolean Uint8Array DataView Partial Readonly Record string number never unknown any
  bigint object symbol void shutdown Shutdown StreamReleased streamReleased EventInput MInput decodeM encodeM eachM RecordInHand loops record ids nameOfE
  valueOfE unknownEvent milliseconds fail room flag text ip timestamp _ __ _0 a A aA Aa x1 ${'L'.repeat(200)}
  messageHeader blockLength templateId schemaId numGroups varData int8 uint64 float double char`.split(/\s+/)

/** Names that are no identifiers, or hardly. */
export const BAD_NAMES = [
  '',
  ' ',
  '1a',
  'a-b',
  'a.b',
  'a b',
  'é',
  'ａ',
  '\u200b',
  'a\u0301',
  '*/',
  '*/stolen()/*',
  "'+stolen+'",
  'a;b',
  'a\nb',
  '\u202ea',
  'constructor\u0000',
  `${'L'.repeat(201)}`,
  '../../etc/passwd',
  '𝒳',
] as const

export const ODD_NUMBERS = [
  ...[
    '0',
    '1',
    '-1',
    '2',
    '7',
    '8',
    '16',
    '31',
    '32',
    '63',
    '64',
    '127',
    '128',
    '254',
    '255',
    '256',
    '65534',
    '65535',
  ],
  ...['65536', '2147483647', '2147483648', '4294967294', '4294967295', '4294967296', '9007199254740991'],
  ...['9007199254740992', '9223372036854775807', '-9223372036854775808', '18446744073709551615'],
  ...[
    '18446744073709551616',
    '-0',
    '+5',
    '007',
    '0x10',
    '1e3',
    '1.5',
    ' 3 ',
    '',
    'NaN',
    'Infinity',
    '-Infinity',
    '١',
  ],
  ...['1'.repeat(400), '-128', '-32768', '0.1', '1e400', '--1', '1_000', '5n'],
] as const

/** Texts that would end a comment, a string, a line, or turn them round. */
export const ODD_TEXTS = [
  `*/ globalThis.${MARK} = 1 /*`,
  `*/*/${MARK}`,
  `*\u200b/ ${MARK}`,
  `*\n/ ${MARK}`,
  `* / ${MARK} *\t/`,
  `'; ${MARK}; '`,
  `\\'; ${MARK} //`,
  `\u2028 ${MARK} \u2029`,
  `\r\n${MARK}\r`,
  `\`\${${MARK}}\``,
  `</script><script>${MARK}`,
  `@type {${MARK}} @ts-ignore @internal`,
  '\u202e gnihtyna \u202c',
  '\u2066 isolated \u2069 \u200f \u061c',
  '\ufeff',
  '\ud800',
  '\udc00\ud800',
  '\u0085\u009b31m',
  '\u007f',
  '𝒳é漢',
  'x'.repeat(3_000),
  '* '.repeat(200),
  '/* /* // /**',
  '#!/usr/bin/env node',
] as const

/** Pieces of XML that belong nowhere, or are dangerous. */
export const ODD_PIECES = [
  '&a;',
  '&#0;',
  '&#x1F4A9;',
  '&#xD800;',
  '&#1114112;',
  '&lt;',
  '&amp;#60;',
  '<![CDATA[ ]]>',
  '<![CDATA[<field name="a" id="1" type="int8"/>]]>',
  ']]>',
  '<!-- -->',
  '<!-- -- -->',
  '<!--',
  '<?php echo 1 ?>',
  '<?xml version="1.0"?>',
  '<!DOCTYPE x>',
  '<!DOCTYPE x [<!ENTITY a "b"><!ENTITY % p SYSTEM "http://127.0.0.1:9/">%p;]>',
  '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="../../../etc/passwd" parse="text"/>',
  '<include href="/etc/passwd"/>',
  '<group name="g" id="99"><field name="b" id="98" type="int8"/></group>',
  '<field/>',
  '<field name="f" id="97" type="int8"/>',
  '<data name="d" id="96" type="varString8"/>',
  '<types/>',
  '<type name="t" primitiveType="int8"/>',
  '<ref name="r" type="messageHeader"/>',
  '<ref name="self" type="Nested"/>',
  '<composite name="c"/>',
  '<composite name="c"><ref name="c" type="c"/></composite>',
  '<enum name="e" encodingType="uint8"/>',
  '<choice name="c">0</choice>',
  '<validValue name="v">0</validValue>',
  '<message name="M" id="1"/>',
  '<messageSchema id="1"/>',
  '</types>',
  '</message>',
  '<a:b/>',
  '<xmlns:x/>',
  '<x xmlns:xml="urn:x"/>',
  '\u0000',
  '\u0008',
  '\ufffe',
  '\ufeff',
  '\ud83d',
  '<',
  '>',
  '"',
  "'",
  '/',
  '=',
] as const
