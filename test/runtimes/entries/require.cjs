// Whoever still writes require() gets the same package.

const { createRouter } = require('shardwire')
const { mtg } = require('shardwire/mtg')

async function main() {
  const seen = []
  const router = createRouter(mtg, {
    observers: [() => ({ eventTraffic: ({ traffic }) => seen.push(traffic) })],
  })
  router.send({ event: 'EventTraffic', streamId: 'a', timestamp: 0, traffic: 5, isRead: true })
  const { delivered } = await router.shutdown()
  const isSame = createRouter === (await import('shardwire')).createRouter
  const isRight = delivered === 1 && seen.join() === '5' && isSame
  const message = isRight ? undefined : `delivered ${delivered}, saw ${seen}, the same as import: ${isSame}`
  console.log(
    `shardwire-case ${JSON.stringify({ name: 'require(): routes, and is what import gives', message })}`,
  )
  console.log('shardwire-end')
}

void main()
