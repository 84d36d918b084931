// A page that runs the suite in a Web Worker, which Vite bundles, and hears its lines.

const worker = new Worker(new URL('./in-worker.js', import.meta.url), { type: 'module' })
worker.onmessage = ({ data }) => console.log(data)
worker.onerror = ({ message }) => console.error(`the worker failed: ${message}`)
