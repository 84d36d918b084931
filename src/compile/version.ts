// The package's version, as the first line of generated files says it. A test holds it to package.json.

export const VERSION = '0.1.0'
