// The yardstick of the core: the same code on the same memory layout, compiled by a C compiler. core.h is
// assembly/*.ts in C (../kit/core-in-c.ts); here is what AssemblyScript has of its own, and a contestant around it.
//
// The program is started with `core`, or `memcpy` for the copying alone, and the command that makes the memory's
// image; it speaks the protocol of ../protocol.ts.

#define _GNU_SOURCE
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t i32;
typedef int64_t i64;
typedef double f64;
typedef long long v128 __attribute__((vector_size(16)));
#define INLINE static inline __attribute__((always_inline))

// The memory is where the compiler knows it to be, and so low that its start is part of an instruction's address: a
// sixth fewer instructions than with a start beyond 2 GiB, which takes a register and additions.
#define MEMORY 0x10000000ull
/** Loads may look so far behind the memory's end. */
#define BEHIND_BYTES 65536
#define AT(address) ((void *)(MEMORY + (u32)(address)))

#define FOR_TYPE(T)                                                                        \
  typedef T any_##T __attribute__((aligned(1), may_alias));                                \
  INLINE T load_at_##T(u32 address, u32 offset) {                                          \
    return *(any_##T *)((char *)AT(address) + offset);                                     \
  }                                                                                        \
  INLINE void store_at_##T(u32 address, T value, u32 offset) {                             \
    *(any_##T *)((char *)AT(address) + offset) = value;                                    \
  }
FOR_TYPE(u8)
FOR_TYPE(u16)
FOR_TYPE(u32)
FOR_TYPE(u64)
FOR_TYPE(f64)
FOR_TYPE(v128)

// An offset may be left out.
#define FIRST(one, ...) one
#define SECOND(one, two, ...) two
#define THIRD(one, two, three, ...) three
#define LOAD(T, ...) load_at_##T(FIRST(__VA_ARGS__, 0), SECOND(__VA_ARGS__, 0, 0))
#define STORE(T, ...) store_at_##T(FIRST(__VA_ARGS__, 0), SECOND(__VA_ARGS__, 0), THIRD(__VA_ARGS__, 0, 0))
#define load_u8(...) LOAD(u8, __VA_ARGS__)
#define load_u16(...) LOAD(u16, __VA_ARGS__)
#define load_u32(...) LOAD(u32, __VA_ARGS__)
#define load_u64(...) LOAD(u64, __VA_ARGS__)
#define load_f64(...) LOAD(f64, __VA_ARGS__)
#define load_v128(...) LOAD(v128, __VA_ARGS__)
#define store_u8(...) STORE(u8, __VA_ARGS__)
#define store_u32(...) STORE(u32, __VA_ARGS__)
#define store_u64(...) STORE(u64, __VA_ARGS__)
#define store_f64(...) STORE(f64, __VA_ARGS__)
#define store_v128(...) STORE(v128, __VA_ARGS__)

INLINE u32 rotl_u32(u32 word, u32 bits) { return word << bits | word >> (32 - bits); }
INLINE u32 bswap_u32(u32 word) { return __builtin_bswap32(word); }
INLINE i32 min(i32 one, i32 other) { return one < other ? one : other; }
INLINE void memory_copy(u32 to, u32 from, u32 bytes) { memmove(AT(to), AT(from), bytes); }
INLINE void memory_fill(u32 at, u8 value, u32 bytes) { memset(AT(at), value, bytes); }
INLINE v128 zero_v128(void) { return (v128){0, 0}; }
#define assert(condition) ((void)0)
// C has another one.
#define round xxhash_round

#include "core.h"

// ---- The contestant ---------------------------------------------------------------------

/** What the image begins with. */
struct image {
  u32 bytes;
  u32 pages;
  u32 input_address;
  u32 input_bytes;
};

struct frames {
  u8 *bytes;
  size_t length;
};

static struct image plan;
static u8 *image_bytes;
static struct frames lead_in, timed;
static u32 chunk_bytes;
static bool copies_only;
// FNV-1a, Fowler, Noll and Vo.
#define FNV_BASIS 0x811c9dc5
#define FNV_PRIME 0x01000193

static u32 checksums[MAX_SHARDS];
static u32 refused;
static u64 kinds[65536];
static bool is_verified;

/** What the core counts: the same when it is timed as when it was looked at. */
struct counters {
  f64 received, accepted, evicted;
};

static struct counters expected;

static void stop(const char *what) {
  printf("{\"kind\":\"failed\",\"message\":\"%s\"}\n", what);
  fflush(stdout);
  exit(1);
}

/** The text behind `"name":`; no string of the protocol has a quote in it but as its end. */
static const char *value_of(const char *line, const char *name) {
  char key[64];
  snprintf(key, sizeof key, "\"%s\":", name);
  const char *found = strstr(line, key);
  if (found == NULL) stop("the request lacks something");
  return found + strlen(key);
}

static struct frames read_file(const char *line, const char *name) {
  const char *path = value_of(line, name) + 1;
  char text[4096];
  snprintf(text, sizeof text, "%.*s", (int)strcspn(path, "\""), path);
  FILE *file = fopen(text, "rb");
  if (file == NULL) stop("a load can't be opened");
  fseek(file, 0, SEEK_END);
  struct frames read = {NULL, (size_t)ftell(file)};
  rewind(file);
  read.bytes = malloc(read.length + 1);
  if (fread(read.bytes, 1, read.length, file) != read.length) stop("a load can't be read");
  fclose(file);
  return read;
}

static void make_image(const char *line, char *const *command) {
  char text[8192];
  snprintf(text, sizeof text, "'%s' '%s' %d %d", command[0], command[1], atoi(value_of(line, "shards")),
           atoi(value_of(line, "streams")));
  FILE *output = popen(text, "r");
  if (output == NULL || fread(&plan, sizeof plan, 1, output) != 1) stop("no image of the memory");
  image_bytes = realloc(image_bytes, plan.bytes);
  if (fread(image_bytes, 1, plan.bytes, output) != plan.bytes) stop("the image is cut off");
  pclose(output);
}

/** Fresh memory, all zero but for the image. */
static void make_memory(void) {
  static size_t mapped;
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
  if (mapped != 0) munmap((void *)MEMORY, mapped);
  mapped = (size_t)plan.pages * 65536 + BEHIND_BYTES;
  void *memory = mmap((void *)MEMORY, mapped, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (memory != (void *)MEMORY) stop("no memory at the address that was compiled in");
  memcpy((void *)MEMORY, image_bytes, plan.bytes);
}

/** What the records of a shard say, positions left out. */
static void verify(u32 shard, u32 header) {
  const u32 ring = load_u32(header, SHARD_RING_ADDRESS);
  const u32 mask = load_u32(header, SHARD_RING_BYTES) - 1;
  const u32 tail = load_u32(header, SHARD_TAIL);
  u32 hash = checksums[shard];
  for (u32 position = load_u32(header, SHARD_SETTLED); position != tail;) {
    const u32 at = ring + (position & mask);
    const u32 first = load_u32(at);
    position += first & RECORD_LENGTH_MASK;
    if ((first & RECORD_PADDING) != 0) continue;
    u32 bytes = 12;
    if ((first & RECORD_RELEASE) == 0) {
      const u32 key_bytes = load_u32(at, RECORD_TEMPLATE) >> 16;
      // Header, block, the key's length, the key.
      bytes = RECORD_HEADER_BYTES + 8 + load_u16(at, RECORD_HEADER_BYTES) + 1 + key_bytes;
      kinds[load_u16(at, RECORD_TEMPLATE)]++;
    }
    for (u32 index = 0; index < bytes; index++) hash = (hash ^ load_u8(at + index)) * FNV_PRIME;
  }
  checksums[shard] = hash;
}

/** Notes a frame that isn't accepted. */
static void refuse(u32 status, u32 reason, u32 detail, u32 offset) {
  const u32 words[] = {status, reason, detail, offset};
  for (u32 index = 0; index < 4; index++) refused = (refused ^ words[index]) * FNV_PRIME;
}

/** Empties the rings as a drain does that keeps up: an empty one starts again at its beginning. */
static void drain(void) {
  const u32 shards = load_u32(CONTROL_SHARDS);
  for (u32 shard = 0; shard < shards; shard++) {
    if (load_u8(CONTROL_TOUCHED + shard) == 0) continue;
    store_u8(CONTROL_TOUCHED + shard, 0);
    const u32 header = load_u32(CONTROL_SHARDS_ADDRESS) + shard * SHARD_BYTES;
    if (!is_verified) verify(shard, header);
    const u32 ring_bytes = load_u32(header, SHARD_RING_BYTES);
    const u32 tail = load_u32(header, SHARD_TAIL);
    const u32 start = (tail & (ring_bytes - 1)) == 0 ? tail : (tail | (ring_bytes - 1)) + 1;
    store_u32(header, start, SHARD_TAIL);
    store_u32(header, start, SHARD_TAKEN);
    store_u32(header, start, SHARD_SETTLED);
    if (start == tail) continue;
    store_u32(header, load_u32(header, SHARD_RING_ADDRESS) - start, SHARD_ORIGIN);
    store_u32(header, start + ring_bytes - RECORD_OVERRUN_BYTES, SHARD_LIMIT);
  }
}

/** Feeds a load, chunk by chunk, each behind what was left of the one before: feed of ../kit/core-alone.ts. */
static void feed(struct frames load) {
  u32 left = 0;
  size_t offset = 0;
  for (size_t at = 0; at < load.length; at += chunk_bytes) {
    const u32 bytes = load.length - at < chunk_bytes ? (u32)(load.length - at) : chunk_bytes;
    for (u32 taken = 0; taken < bytes;) {
      const u32 room = plan.input_bytes - left;
      const u32 piece = bytes - taken < room ? bytes - taken : room;
      memcpy(AT(plan.input_address + left), load.bytes + at + taken, piece);
      taken += piece;
      if (copies_only) continue;
      const u32 end = plan.input_address + left + piece;
      u32 next = plan.input_address;
      for (;;) {
        next = ingest(next, end);
        drain();
        const u32 status = load_u32(CONTROL_STATUS);
        if (status == STATUS_DONE || status == STATUS_PARTIAL) break;
        if (status == STATUS_FULL) continue;
        const u32 frame = (u32)offset + load_u32(CONTROL_FRAME_ADDRESS) - plan.input_address;
        if (!is_verified) refuse(status, load_u32(CONTROL_REASON), load_u32(CONTROL_DETAIL), frame);
        if (status == STATUS_LOST) return;
      }
      offset += next - plan.input_address;
      left = end - next;
      memmove(AT(plan.input_address), AT(next), left);
    }
  }
  if (left > 0 && !is_verified) refuse(STATUS_PARTIAL, REASON_TRUNCATED, 0, (u32)offset);
}

static struct counters counters_now(void) {
  return (struct counters){load_f64(CONTROL_RECEIVED), load_f64(CONTROL_ACCEPTED), load_f64(CONTROL_EVICTED)};
}

static i64 now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static void run(void) {
  make_memory();
  feed(lead_in);
  const i64 start = now();
  feed(timed);
  const i64 ns = now() - start;
  const struct counters counted = counters_now();
  if (!copies_only && memcmp(&counted, &expected, sizeof counted) != 0) {
    stop("what was timed differs from what was looked at");
  }
  printf("{\"kind\":\"ran\",\"ns\":%lld,\"tally\":{", (long long)ns);
  if (copies_only) {
    // All of it went by; the last of it is still there.
    const u32 last = (u32)(timed.length % chunk_bytes == 0 ? chunk_bytes : timed.length % chunk_bytes);
    const bool is_same = memcmp(AT(plan.input_address), timed.bytes + timed.length - last, last) == 0;
    printf("\"copied\":%zu", is_same ? timed.length : 0);
  } else {
    u32 checksum = 0;
    for (u32 shard = 0; shard < load_u32(CONTROL_SHARDS); shard++) checksum = checksum * 31 + checksums[shard];
    checksum = checksum * 31 + refused;
    printf("\"kinds\":[");
    for (u32 kind = 0; kind < 9; kind++) printf("%s%llu", kind == 0 ? "" : ",", (unsigned long long)kinds[kind]);
    printf("],\"recordsChecksum\":%u,\"received\":%.0f", checksum, counted.received);
    printf(",\"accepted\":%.0f,\"evicted\":%.0f", counted.accepted, counted.evicted);
  }
  printf("}}\n");
}

/** Looks at all records once, untimed. */
static void verify_all(void) {
  for (u32 shard = 0; shard < MAX_SHARDS; shard++) checksums[shard] = FNV_BASIS;
  refused = FNV_BASIS;
  memset(kinds, 0, sizeof kinds);
  is_verified = false;
  make_memory();
  feed(lead_in);
  feed(timed);
  expected = counters_now();
  is_verified = true;
}

int main(int count, char **words) {
  if (count != 4) return 2;
  copies_only = strcmp(words[1], "memcpy") == 0;
  char *line = NULL;
  size_t room = 0;
  while (getline(&line, &room, stdin) > 0) {
    if (strstr(line, "\"kind\":\"prepare\"") != NULL) {
      free(lead_in.bytes);
      free(timed.bytes);
      lead_in = read_file(line, "leadIn");
      timed = read_file(line, "timed");
      chunk_bytes = (u32)atoi(value_of(line, "chunkBytes"));
      make_image(line, words + 2);
      if (!copies_only) verify_all();
      printf("{\"kind\":\"prepared\",\"versions\":{\"gcc\":\"%d.%d.%d\"}}\n", __GNUC__, __GNUC_MINOR__,
             __GNUC_PATCHLEVEL__);
    } else {
      if (timed.bytes == NULL) stop("not prepared");
      run();
    }
    fflush(stdout);
  }
  return 0;
}
