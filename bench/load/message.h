/* Message number `sequence` of connection `id`: what is sent, and what must come back, byte for byte.
 *
 *   echo    a payload                        the same payload
 *   lines   `ask`, a payload, a newline      `expect`, the same payload, a newline
 *   pairs   a request line of a file         its answer line, computed by whoever wrote the file
 *
 * All requests of a run are equally long, and all answers: so a position in the stream says which message
 * it is in, and nothing is stored per message. */
#ifndef REARM_BENCH_MESSAGE_H
#define REARM_BENCH_MESSAGE_H

#include "fail.h"
#include "payload.h"

/* A line of the pairs' file: as long as the longest lines of protocols are. */
#define LONGEST_PAIR (2 * 65536 + 16)

struct frame {
  const char* head;
  size_t head_length;
  size_t payload; /* bytes */
  size_t size;    /* of all: one more than head and payload when a newline ends it */
  char* lines;    /* pairs: all requests, or all answers, one after the other */
};

static struct frame request, answer;
static size_t pair_count, pairs_each;

static inline void use_echo(size_t payload) {
  request = answer = (struct frame){.payload = payload, .size = payload};
}

static inline void use_lines(const char* ask, const char* expect, size_t payload) {
  request = (struct frame){ask, strlen(ask), payload, strlen(ask) + payload + 1, NULL};
  answer = (struct frame){expect, strlen(expect), payload, strlen(expect) + payload + 1, NULL};
}

static inline void append_line(struct frame* frame, const char* line, size_t length,
                               const char* what, const char* path) {
  if (pair_count == 0) frame->size = length + 1;
  if (length + 1 != frame->size) {
    fail("%s: %s %zu is not as long as the first one", path, what, pair_count + 1);
  }
  frame->lines = realloc(frame->lines, (pair_count + 1) * frame->size);
  if (frame->lines == NULL) fail("out of memory");
  char* to = frame->lines + pair_count * frame->size;
  memcpy(to, line, length);
  to[length] = '\n';
}

/* Reads lines of the form "REQUEST<tab>ANSWER" and shares them out: as many to each connection. */
static inline void use_pairs(const char* path, int connections) {
  static char line[LONGEST_PAIR];
  FILE* file = fopen(path, "re");
  if (file == NULL) fail("%s: %s", path, strerror(errno));
  while (fgets(line, sizeof line, file) != NULL) {
    char *tab = strchr(line, '\t'), *end = strchr(line, '\n');
    if (tab == NULL || end == NULL) fail("%s: line %zu is no pair", path, pair_count + 1);
    append_line(&request, line, (size_t)(tab - line), "request", path);
    append_line(&answer, tab + 1, (size_t)(end - tab - 1), "answer", path);
    pair_count++;
  }
  fclose(file);
  pairs_each = pair_count / (size_t)connections;
  if (pairs_each == 0) fail("%s has fewer pairs than there are connections", path);
}

/* Writes bytes `from` to `from + length` of a request or an answer. */
static inline void frame_copy(const struct frame* frame, char* to, uint32_t id, uint64_t sequence,
                              size_t from, size_t length) {
  if (frame->lines != NULL) {
    const size_t pair = id * pairs_each + (size_t)(sequence % pairs_each);
    memcpy(to, frame->lines + pair * frame->size + from, length);
    return;
  }
  const size_t text = frame->head_length + frame->payload;
  while (length > 0) {
    const size_t end = from < frame->head_length ? frame->head_length : from < text ? text : from + 1;
    const size_t piece = end - from < length ? end - from : length;
    if (from < frame->head_length) {
      memcpy(to, frame->head + from, piece);
    } else if (from < text) {
      payload_copy(to, id, sequence, from - frame->head_length, piece);
    } else {
      *to = '\n';
    }
    to += piece;
    from += piece;
    length -= piece;
  }
}

/* How many bytes of answers `sent` bytes of requests can have brought about. An echo may answer a part. */
static inline uint64_t answerable(uint64_t sent) {
  if (request.size == request.payload) return sent;
  return sent / request.size * answer.size;
}

#endif
