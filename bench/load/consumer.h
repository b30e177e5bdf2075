/* The process that signal-load measures: it inherits the descriptors (their numbers in $DESCRIPTORS, separated by
 * commas), prints the line "ready", and on SIGUSR2, and on SIGTERM before it ends, what it has done so far:
 * {"callbacks": n, "events": n}. */
#ifndef REARM_BENCH_CONSUMER_H
#define REARM_BENCH_CONSUMER_H

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>

#include "clock.h"
#include "cpu.h"
#include "fail.h"

#define TIMEOUT_S 10
/* Longer than a clock tick: the kernel brings the counts of a thread up to date in each, and when it sleeps. */
#define IDLE_US 20000

struct report {
  unsigned long long callbacks, events;
};

static pid_t consumer;
static int consumer_output;

static void kill_consumer(void) {
  if (consumer > 0) kill(consumer, SIGKILL);
}

static void pin(int core) {
  if (core < 0) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  if (sched_setaffinity(0, sizeof set, &set) < 0) failed("sched_setaffinity");
}

static void start_consumer(char** command, int core) {
  int output[2];
  if (pipe2(output, O_CLOEXEC) < 0) failed("pipe2");
  consumer = fork();
  if (consumer < 0) failed("fork");
  if (consumer == 0) {
    pin(core);
    dup2(output[1], STDOUT_FILENO);
    execvp(command[0], command);
    failed(command[0]);
  }
  atexit(kill_consumer);
  close(output[1]);
  consumer_output = output[0];
}

/* Reads one line of the consumer's output. */
static void read_line(char* line, size_t size) {
  size_t length = 0;
  for (;;) {
    struct pollfd output = {.fd = consumer_output, .events = POLLIN};
    if (poll(&output, 1, TIMEOUT_S * 1000) <= 0) fail("the consumer says nothing");
    if (length + 1 == size || read(consumer_output, line + length, 1) != 1) {
      fail("the consumer ended before its time");
    }
    if (line[length] == '\n') break;
    length++;
  }
  line[length] = '\0';
}

static void await_ready(void) {
  char line[256];
  read_line(line, sizeof line);
  if (strcmp(line, "ready") != 0) fail("the consumer said \"%s\" instead of \"ready\"", line);
}

static struct report ask_consumer(int signal) {
  char line[256];
  struct report report;
  if (kill(consumer, signal) < 0) failed("kill");
  read_line(line, sizeof line);
  if (sscanf(line, "{\"callbacks\":%llu,\"events\":%llu}", &report.callbacks, &report.events) != 2) {
    fail("the consumer was asked what it has done, and said \"%s\"", line);
  }
  return report;
}

/* Waits until the consumer has used no CPU time for a while. */
static void await_idle(void) {
  const int64_t start = now_ns();
  uint64_t before, running = sched_time_of(&consumer, 1).running;
  do {
    if (now_ns() - start > TIMEOUT_S * SECOND_NS) fail("the consumer is busy with nothing");
    usleep(IDLE_US);
    before = running;
    running = sched_time_of(&consumer, 1).running;
  } while (running != before);
}

#endif
