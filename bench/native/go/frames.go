package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"time"
)

// readFrames makes events of well-formed frames of mtg's schema. It is never timed: mtg's events begin as structs.
func readFrames(frames []byte) ([]Event, error) {
	var events []Event
	// As in a proxy, a stream's events share one string.
	ids := make(map[string]string)
	little := binary.LittleEndian
	for at := 0; at < len(frames); {
		length := int(binary.BigEndian.Uint32(frames[at:]))
		block := frames[at+14:]
		key := frames[at+14+int(little.Uint16(frames[at+6:])) : at+length]
		id, known := ids[string(key[1:])]
		if !known {
			id = string(key[1:])
			ids[id] = id
		}
		base := eventBase{id, time.Unix(0, int64(little.Uint64(block))).UTC()}
		address := func() net.IP { return append(net.IP(nil), block[8:24]...) }
		switch template := little.Uint16(frames[at+8:]); template {
		case 1:
			events = append(events, EventStart{base, address()})
		case 2:
			events = append(events, EventConnectedToDC{base, address(), int(int32(little.Uint32(block[24:])))})
		case 3:
			events = append(events, EventTraffic{base, uint(little.Uint64(block[8:])), block[16] == 1})
		case 4:
			events = append(events, EventFinish{base})
		case 5:
			events = append(events, EventDomainFronting{base})
		case 6:
			events = append(events, EventConcurrencyLimited{base})
		case 7:
			events = append(events, EventIPBlocklisted{base, address(), block[24] == 1})
		case 8:
			events = append(events, EventReplayAttack{base})
		case 9:
			events = append(events, EventIPListSize{base, int(int64(little.Uint64(block[8:]))), block[16] == 1})
		default:
			return nil, fmt.Errorf("template %d is not one of mtg's", template)
		}
		at += length
	}
	return events, nil
}
