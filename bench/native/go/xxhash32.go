package main

import "math/bits"

// xxHash32 with seed 0, as its specification says: github.com/Cyan4973/xxHash, doc/xxhash_spec.md.

const (
	prime1 uint32 = 0x9e3779b1
	prime2 uint32 = 0x85ebca77
	prime3 uint32 = 0xc2b2ae3d
	prime4 uint32 = 0x27d4eb2f
	prime5 uint32 = 0x165667b1
)

func word(text string, at int) uint32 {
	// One load: the compiler knows this form.
	_ = text[at+3]
	return uint32(text[at]) | uint32(text[at+1])<<8 | uint32(text[at+2])<<16 | uint32(text[at+3])<<24
}

func step(lane, word uint32) uint32 {
	return bits.RotateLeft32(lane+word*prime2, 13) * prime1
}

func xxHash32(text string) uint32 {
	at := 0
	hash := prime5
	if len(text) >= 16 {
		one := prime1
		one += prime2
		two := prime2
		three := uint32(0)
		four := uint32(0)
		four -= prime1
		for ; at <= len(text)-16; at += 16 {
			one = step(one, word(text, at))
			two = step(two, word(text, at+4))
			three = step(three, word(text, at+8))
			four = step(four, word(text, at+12))
		}
		hash = bits.RotateLeft32(one, 1) + bits.RotateLeft32(two, 7) + bits.RotateLeft32(three, 12) + bits.RotateLeft32(four, 18)
	}
	hash += uint32(len(text))
	for ; at <= len(text)-4; at += 4 {
		hash = bits.RotateLeft32(hash+word(text, at)*prime3, 17) * prime4
	}
	for ; at < len(text); at++ {
		hash = bits.RotateLeft32(hash+uint32(text[at])*prime5, 11) * prime1
	}
	hash = (hash ^ hash>>15) * prime2
	hash = (hash ^ hash>>13) * prime3
	return hash ^ hash>>16
}
