/* What message number `sequence` of connection `id` says. Both ends of a check compute it, so nothing
 * is stored per message, and an answer that belongs to another connection, to another message, or is
 * shifted by a byte never compares equal.
 *
 * The first bytes are the identity (4 digits) and the sequence number (4 digits), to the base 64, least
 * significant first, so that even a message of one byte tells neighbouring connections apart; the rest
 * is noise that starts at a place of its own for each message. All of it is printable and
 * without blanks, so that it can travel in a line protocol. */
#ifndef REARM_BENCH_PAYLOAD_H
#define REARM_BENCH_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PAYLOAD_NOISE 8192
#define PAYLOAD_HEADER 8

static const char payload_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";
static char payload_noise[2 * PAYLOAD_NOISE];

static inline void payload_prepare(void) {
  uint32_t state = 2463534242u;
  for (int index = 0; index < PAYLOAD_NOISE; index++) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    payload_noise[index] = payload_noise[index + PAYLOAD_NOISE] = payload_digits[state >> 26];
  }
}

/* Writes bytes `from` to `from + length` of the message. */
static inline void payload_copy(char* to, uint32_t id, uint64_t sequence, size_t from,
                                size_t length) {
  const size_t start = (id * 2654435761u + (uint32_t)sequence * 40503u) % PAYLOAD_NOISE;
  size_t done = 0;
  for (; done < length && from + done < PAYLOAD_HEADER; done++) {
    const size_t digit = from + done;
    const uint64_t value = digit < 4 ? id : sequence;
    to[done] = payload_digits[(value >> (6 * (digit % 4))) & 63];
  }
  while (done < length) {
    const size_t place = (start + from + done) % PAYLOAD_NOISE;
    size_t piece = length - done;
    if (piece > PAYLOAD_NOISE) piece = PAYLOAD_NOISE;
    memcpy(to + done, payload_noise + place, piece);
    done += piece;
  }
}

#endif
