// A contestant of the bench: an event stream in mtg's form. It speaks the protocol of ../../protocol.ts.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

type request struct {
	Kind     string `json:"kind"`
	LeadIn   string `json:"leadIn"`
	Timed    string `json:"timed"`
	Shards   int    `json:"shards"`
	Observer string `json:"observer"`
}

type prepared struct {
	Kind     string            `json:"kind"`
	Versions map[string]string `json:"versions"`
}

type ran struct {
	Kind  string `json:"kind"`
	Ns    int64  `json:"ns"`
	Tally Tally  `json:"tally"`
}

type failed struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
}

// contest is what prepare has made.
type contest struct {
	request
	leadIn []Event
	timed  []Event
}

func prepare(asked request) (*contest, error) {
	made := &contest{request: asked}
	for _, part := range []struct {
		file   string
		events *[]Event
	}{{asked.LeadIn, &made.leadIn}, {asked.Timed, &made.timed}} {
		frames, err := os.ReadFile(part.file)
		if err != nil {
			return nil, err
		}
		if *part.events, err = readFrames(frames); err != nil {
			return nil, err
		}
	}
	return made, nil
}

func (c *contest) run(room int) ran {
	meters := make([]*Meter, c.Shards)
	observers := make([]Observer, c.Shards)
	for i := range meters {
		meters[i] = NewMeter(c.Observer != "count")
		observers[i] = meters[i]
	}
	// As whoever sends in a proxy has one.
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stream := NewEventStream(observers, room)
	for _, event := range c.leadIn {
		stream.Send(ctx, event)
	}
	runtime.GC()
	start := time.Now()
	for _, event := range c.timed {
		stream.Send(ctx, event)
	}
	stream.Finish()
	return ran{"ran", time.Since(start).Nanoseconds(), merge(meters)}
}

func main() {
	room := flag.Int("room", 1, "events that a channel holds")
	flag.Parse()
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	answers := json.NewEncoder(os.Stdout)
	var made *contest
	for lines.Scan() {
		var asked request
		var answer interface{}
		err := json.Unmarshal(lines.Bytes(), &asked)
		switch {
		case err != nil:
		case asked.Kind == "prepare":
			made, err = prepare(asked)
			answer = prepared{"prepared", map[string]string{"go": strings.TrimPrefix(runtime.Version(), "go")}}
		case asked.Kind == "run" && made != nil:
			answer = made.run(*room)
		default:
			err = fmt.Errorf("not prepared, or asked for %q", asked.Kind)
		}
		if err != nil {
			answer = failed{"failed", err.Error()}
		}
		if err := answers.Encode(answer); err != nil {
			os.Exit(1)
		}
	}
}
