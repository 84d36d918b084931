// The end of npm test: which rows it didn't run, and what does.

import { rows } from './rows/index.mjs'

export default function setup() {
  return () => {
    const names = rows.map(({ name }) => name).join('; ')
    console.log(`\nNot run: ${names}. They are: npm run runtimes && npm run test:runtimes`)
  }
}
