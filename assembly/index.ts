// The ABI: what the binary exports. src/core.ts is its only user.

export { ingest } from './ingest'
export { fillColumn, readRows } from './rows'
export { xxHash32 } from './xxhash32'
