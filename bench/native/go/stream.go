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

// EventStream is an event stream in mtg's form: a goroutine, a channel and an observer a shard; the stream ID
// decides which by its xxHash32, and events without one go anywhere.
type EventStream struct {
	ctx       context.Context
	ctxCancel context.CancelFunc
	chans     []chan Event
	done      *sync.WaitGroup
}

// NewEventStream starts a goroutine for each observer. Room is how many events a channel holds: 1 in mtg.
func NewEventStream(observers []Observer, room int) EventStream {
	ctx, cancel := context.WithCancel(context.Background())
	stream := EventStream{
		ctx:       ctx,
		ctxCancel: cancel,
		chans:     make([]chan Event, len(observers)),
		done:      &sync.WaitGroup{},
	}
	for i, observer := range observers {
		stream.chans[i] = make(chan Event, room)
		stream.done.Add(1)
		go func(events <-chan Event, observer Observer) {
			defer stream.done.Done()
			process(ctx, events, observer)
		}(stream.chans[i], observer)
	}
	return stream
}

// Send hands an event over, and waits as long as its shard has no room.
func (e EventStream) Send(ctx context.Context, event Event) {
	var hash uint32
	if streamID := event.StreamID(); streamID != "" {
		hash = xxHash32(streamID)
	} else {
		hash = rand.Uint32()
	}
	select {
	case <-ctx.Done():
	case <-e.ctx.Done():
	case e.chans[int(hash)%len(e.chans)] <- event:
	}
}

// Finish waits until all events have been observed. mtg's Shutdown gives up those that are still in channels;
// a comparison of the same work can't.
func (e EventStream) Finish() {
	for _, events := range e.chans {
		close(events)
	}
	e.done.Wait()
	e.ctxCancel()
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
