// The type of core.wasm where a bundler or platform imports it as a compiled module.

declare const core: import('./platform-types.js').CoreModule
export default core
