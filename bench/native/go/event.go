package main

import (
	"net"
	"time"
)

// Event is what travels through the stream: mtg's messages are structs of this form, made by the proxy.
type Event interface {
	StreamID() string
	Timestamp() time.Time
}

type eventBase struct {
	streamID  string
	timestamp time.Time
}

func (e eventBase) StreamID() string     { return e.streamID }
func (e eventBase) Timestamp() time.Time { return e.timestamp }

type EventStart struct {
	eventBase
	RemoteIP net.IP
}

type EventConnectedToDC struct {
	eventBase
	RemoteIP net.IP
	DC       int
}

type EventTraffic struct {
	eventBase
	Traffic uint
	IsRead  bool
}

type EventFinish struct{ eventBase }

type EventDomainFronting struct{ eventBase }

type EventConcurrencyLimited struct{ eventBase }

type EventIPBlocklisted struct {
	eventBase
	RemoteIP    net.IP
	IsBlockList bool
}

type EventReplayAttack struct{ eventBase }

type EventIPListSize struct {
	eventBase
	Size        int
	IsBlockList bool
}
