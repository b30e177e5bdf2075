/* Monotonic time in nanoseconds. */
#ifndef REARM_BENCH_CLOCK_H
#define REARM_BENCH_CLOCK_H

#include <stdint.h>
#include <time.h>

#define SECOND_NS 1000000000LL

static inline int64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * SECOND_NS + time.tv_nsec;
}

#endif
