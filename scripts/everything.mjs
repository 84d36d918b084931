// What `npm run size` measures beside a page: all that the two main entries export.

export * from '../dist/index.js'
export * from '../dist/mtg/index.js'
