package main

import (
	"context"
	"math/rand"
	"sync"
)

// Observer has a method an event, as in mtg's events package.
type Observer interface {
	EventStart(EventStart)
	EventConnectedToDC(EventConnectedToDC)
	EventTraffic(EventTraffic)
	EventFinish(EventFinish)
	EventDomainFronting(EventDomainFronting)
	EventConcurrencyLimited(EventConcurrencyLimited)
	EventIPBlocklisted(EventIPBlocklisted)
	EventReplayAttack(EventReplayAttack)
	EventIPListSize(EventIPListSize)
	Shutdown()
}

// EventStream is an event stream in mtg's form (github.com/9seconds/mtg, its events package): a goroutine, a channel
// and an observer a shard; the xxHash32 of the stream ID says which, and events without one go anywhere.
type EventStream struct {
	shards  []chan Event
	running sync.WaitGroup
	stopped context.Context
	stop    context.CancelFunc
}

// NewEventStream starts a goroutine for each observer. Room is how many events a channel holds: 1 in mtg.
func NewEventStream(observers []Observer, room int) *EventStream {
	stream := &EventStream{}
	stream.stopped, stream.stop = context.WithCancel(context.Background())
	for _, observer := range observers {
		events := make(chan Event, room)
		stream.shards = append(stream.shards, events)
		stream.running.Add(1)
		go func(observer Observer) {
			defer stream.running.Done()
			process(stream.stopped, events, observer)
		}(observer)
	}
	return stream
}

func (s *EventStream) shardOf(event Event) chan<- Event {
	var number uint32
	if id := event.StreamID(); id != "" {
		number = xxHash32(id)
	} else {
		number = rand.Uint32()
	}
	return s.shards[int(number)%len(s.shards)]
}

// Send hands an event over, and waits as long as its shard has no room.
func (s *EventStream) Send(ctx context.Context, event Event) {
	shard := s.shardOf(event)
	select {
	case shard <- event:
	case <-ctx.Done():
	case <-s.stopped.Done():
	}
}

// Finish waits until all events have been observed. mtg's own end gives up those that are still in channels;
// a comparison of the same work can't.
func (s *EventStream) Finish() {
	for _, shard := range s.shards {
		close(shard)
	}
	s.running.Wait()
	s.stop()
}

func process(ctx context.Context, events <-chan Event, observer Observer) {
	defer observer.Shutdown()
	for {
		select {
		case <-ctx.Done():
			return
		case event, ok := <-events:
			if !ok {
				return
			}
			switch typed := event.(type) {
			case EventTraffic:
				observer.EventTraffic(typed)
			case EventStart:
				observer.EventStart(typed)
			case EventFinish:
				observer.EventFinish(typed)
			case EventConnectedToDC:
				observer.EventConnectedToDC(typed)
			case EventDomainFronting:
				observer.EventDomainFronting(typed)
			case EventIPBlocklisted:
				observer.EventIPBlocklisted(typed)
			case EventConcurrencyLimited:
				observer.EventConcurrencyLimited(typed)
			case EventReplayAttack:
				observer.EventReplayAttack(typed)
			case EventIPListSize:
				observer.EventIPListSize(typed)
			}
		}
	}
}
