// mtg's events in Protocol Buffers, for the contestants that use them. One message with a kind and all fields,
// where a schema's author may prefer a `oneof` of nine messages: that is a second object and a second length
// an event, and protobufjs took 1.6 times as long for it. Addresses are text, so that nobody has to format them;
// numbers are doubles, as observers take them, where 64-bit integers would be BigInts or Longs.

export const PROTO = `
syntax = "proto3";
package bench;

message Event {
  uint32 kind = 1;
  string streamId = 2;
  double timestamp = 3;
  double traffic = 4;
  bool isRead = 5;
  string remoteIP = 6;
  int32 dc = 7;
  double size = 8;
  bool isBlockList = 9;
}
`
export const MESSAGE = 'bench.Event'
