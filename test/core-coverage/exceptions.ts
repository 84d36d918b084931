import type { Exception } from './hits.js'

export const exceptions: readonly Exception[] = []
