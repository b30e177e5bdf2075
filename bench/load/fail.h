/* How every program here gives up: one line on stderr that says what went wrong, exit status 1. */
#ifndef REARM_BENCH_FAIL_H
#define REARM_BENCH_FAIL_H

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const char* const program_name;

__attribute__((noreturn, format(printf, 1, 2))) static inline void fail(const char* format, ...) {
  va_list arguments;
  fprintf(stderr, "%s: ", program_name);
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  exit(1);
}

/* For a system call that should not fail: `failed("socket")`. */
__attribute__((noreturn)) static inline void failed(const char* call) {
  fail("%s: %s", call, strerror(errno));
}

#endif
