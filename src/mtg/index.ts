// `shardwire/mtg`: the events of mtg, the MTProto proxy. All of it is generated
// from schema/mtg.xml and schema/mtg.routing.json: `npm run generate`.

export * from './events.gen.js'
