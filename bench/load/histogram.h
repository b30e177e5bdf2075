/* A histogram of durations whose buckets grow with the value: 64 to each power of two, so that any
 * percentile is exact to 1.6 %, whatever its size, in constant memory and without sorting. */
#ifndef REARM_BENCH_HISTOGRAM_H
#define REARM_BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BUCKETS (64 * 60)

struct histogram {
  uint64_t total;
  int64_t max;
  uint64_t buckets[HISTOGRAM_BUCKETS];
};

static inline void histogram_add(struct histogram* histogram, int64_t value) {
  const uint64_t bits = value < 0 ? 0 : (uint64_t)value;
  /* Below 128 a bucket is one value; above, the seven leading bits choose it. */
  const int shift = bits < 128 ? 0 : 57 - __builtin_clzll(bits);
  histogram->buckets[shift * 64 + (int)(bits >> shift)]++;
  histogram->total++;
  if (value > histogram->max) histogram->max = value;
}

/* The value that `share` (0 to 1) of all values do not exceed: the middle of its bucket. */
static inline double histogram_percentile(const struct histogram* histogram, double share) {
  const uint64_t wanted = (uint64_t)(share * (double)histogram->total + 0.5);
  uint64_t seen = 0;
  for (int index = 0; index < HISTOGRAM_BUCKETS; index++) {
    seen += histogram->buckets[index];
    if (seen == 0 || seen < wanted) continue;
    const int shift = index < 128 ? 0 : index / 64 - 1;
    const double low = (double)((uint64_t)(index - shift * 64) << shift);
    const double middle = low + (double)(1ULL << shift) / 2;
    return middle < (double)histogram->max ? middle : (double)histogram->max;
  }
  return (double)histogram->max;
}

#endif
