package main

import "time"

// Tally is the answer of all observers: what ../../tally.ts says, but for the letters of addresses, which here
// are bytes that nobody has asked to be text.
type Tally struct {
	Kinds          [9]int64 `json:"kinds"`
	BytesRead      int64    `json:"bytesRead"`
	BytesWritten   int64    `json:"bytesWritten"`
	Live           int64    `json:"live"`
	StreamChecksum int32    `json:"streamChecksum"`
	DataCentres    int64    `json:"dataCentres"`
	ListSizes      int64    `json:"listSizes"`
	Newest         float64  `json:"newest"`
}

// Meter is an observer that counts; with sessions, it keeps each stream's bytes, too.
type Meter struct {
	tally    Tally
	newest   time.Time
	sessions map[string]uint64
}

// NewMeter makes an observer. keepsState: whether it has sessions.
func NewMeter(keepsState bool) *Meter {
	meter := &Meter{}
	if keepsState {
		meter.sessions = make(map[string]uint64)
	}
	return meter
}

func foldStream(count uint64) int32 {
	mixed := uint32(count)
	mixed = (mixed ^ mixed>>16) * 0x7feb352d
	mixed = (mixed ^ mixed>>15) * 0x846ca68b
	return int32(mixed ^ mixed>>16)
}

func (m *Meter) seen(kind int, event eventBase) {
	m.tally.Kinds[kind]++
	if event.timestamp.After(m.newest) {
		m.newest = event.timestamp
	}
}

func (m *Meter) EventStart(event EventStart) {
	m.seen(0, event.eventBase)
	m.tally.Live++
	if m.sessions != nil {
		m.sessions[event.streamID] = 0
	}
}

func (m *Meter) EventConnectedToDC(event EventConnectedToDC) {
	m.seen(1, event.eventBase)
	m.tally.DataCentres += int64(event.DC)
}

func (m *Meter) EventTraffic(event EventTraffic) {
	m.seen(2, event.eventBase)
	if event.IsRead {
		m.tally.BytesRead += int64(event.Traffic)
	} else {
		m.tally.BytesWritten += int64(event.Traffic)
	}
	if m.sessions != nil {
		m.sessions[event.streamID] += uint64(event.Traffic)
	}
}

func (m *Meter) EventFinish(event EventFinish) {
	m.seen(3, event.eventBase)
	m.tally.Live--
	if m.sessions != nil {
		m.tally.StreamChecksum += foldStream(m.sessions[event.streamID])
		delete(m.sessions, event.streamID)
	}
}

func (m *Meter) EventDomainFronting(event EventDomainFronting) { m.seen(4, event.eventBase) }

func (m *Meter) EventConcurrencyLimited(event EventConcurrencyLimited) { m.seen(5, event.eventBase) }

func (m *Meter) EventIPBlocklisted(event EventIPBlocklisted) { m.seen(6, event.eventBase) }

func (m *Meter) EventReplayAttack(event EventReplayAttack) { m.seen(7, event.eventBase) }

func (m *Meter) EventIPListSize(event EventIPListSize) {
	m.seen(8, event.eventBase)
	if event.IsBlockList {
		m.tally.ListSizes += int64(event.Size)
	} else {
		m.tally.ListSizes -= int64(event.Size)
	}
}

// Shutdown adds the streams that haven't finished.
func (m *Meter) Shutdown() {
	for _, count := range m.sessions {
		m.tally.StreamChecksum += foldStream(count)
	}
	if !m.newest.IsZero() {
		ns := m.newest.UnixNano()
		m.tally.Newest = float64(ns/1e6) + float64(ns%1e6)/1e6
	}
}

func merge(meters []*Meter) Tally {
	var sum Tally
	for _, meter := range meters {
		one := meter.tally
		for kind, count := range one.Kinds {
			sum.Kinds[kind] += count
		}
		sum.BytesRead += one.BytesRead
		sum.BytesWritten += one.BytesWritten
		sum.Live += one.Live
		sum.StreamChecksum += one.StreamChecksum
		sum.DataCentres += one.DataCentres
		sum.ListSizes += one.ListSizes
		if one.Newest > sum.Newest {
			sum.Newest = one.Newest
		}
	}
	return sum
}
