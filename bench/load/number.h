/* Numbers on the command line, with their bounds. */
#ifndef REARM_BENCH_NUMBER_H
#define REARM_BENCH_NUMBER_H

#include "fail.h"

static inline double number_option(const char* name, const char* text, double least, double most) {
  char* end;
  errno = 0;
  const double value = strtod(text, &end);
  if (errno != 0 || end == text || *end != '\0' || !(value >= least && value <= most)) {
    fail("--%s must be a number from %g to %g, not \"%s\"", name, least, most, text);
  }
  return value;
}

static inline long integer_option(const char* name, const char* text, long least, long most) {
  const double value = number_option(name, text, (double)least, (double)most);
  if (value != (double)(long)value) fail("--%s must be an integer, not \"%s\"", name, text);
  return (long)value;
}

#endif
